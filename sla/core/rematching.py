"""A ticket's promises made again: each time that what rules look at changed, the first rule that held.

The twin of what every save does (subscribers.py), for whole logs at once and under any policy.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby, pairwise
from typing import Any, NamedTuple, Protocol

from servicedesk.tickets.core.standing_log import standing
from sla.core.events import AgreementAssigned
from sla.core.policy import NOTHING, Moment, Policy, Terms

LOOKED_AT = frozenset(
    {"priority", "category_id", "item_id", "organisation_id", "branch_id", "group_id", "channel", "kind"}
)
_AT_OPENING = (*sorted(LOOKED_AT), "language", "requester_id")
_READ = frozenset({"ticket_opened", "fields_changed", "assigned"})
Columns = dict[str, Any]
FactsOf = Callable[[Mapping[str, Any], datetime], Mapping[str, object]]


class Entry(Protocol):
    """An event of the log, as far as promises look at it."""

    @property
    def seq(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def at_known(self) -> bool: ...
    @property
    def imported(self) -> bool: ...
    @property
    def command_id(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...


class Promised(NamedTuple):
    """Terms in force from the moment of `entry` on; `last_seq` is the end of its save."""

    entry: Entry
    terms: Terms
    last_seq: int


class Look(NamedTuple):
    """A moment at which the desk looked for the rule that holds: what of, and what the save said of it."""

    entry: Entry
    facts: Mapping[str, object]
    last_seq: int


@dataclass(frozen=True, slots=True)
class Looks:
    """Every look at one ticket, in the order in which they were taken; `columns` are those of its end.

    shown: the clocks that its history can show, None for all. is_in_order: nothing was written that took
    effect before what was there.
    """

    looks: Sequence[Look]
    columns: Mapping[str, Any]
    shown: tuple[str, ...] | None
    is_in_order: bool
    log: Sequence[Entry]

    def said(self, entry: Entry) -> object:
        """Return what the log says was promised with an entry, None where nothing new was."""
        for each in self.log:
            if each.type == "agreement_assigned" and (each.command_id, each.at) == (
                entry.command_id,
                entry.at,
            ):
                targets = {kind: tuple(target) for kind, target in each.body["targets"].items()}
                return each.body["version_id"], each.body["rule"], tuple(sorted(targets.items()))
        return None


def looks_at(log: Sequence[Entry], facts_of: FactsOf) -> Looks:
    """Return when and at what the desk looked over a ticket's log, which comes in order of seq."""
    entries = [entry for entry in standing(log) if entry.type in _READ]
    ends = {entry.command_id: entry.seq for entry in entries}
    is_in_order = all(one.at <= other.at for one, other in pairwise(entries))
    found: list[Look] = []
    columns: Columns = {}
    for known, fresh in [(entries, None)] if is_in_order else _save_by_save(entries):
        columns = {}
        for entry in known:
            columns = changed(columns, entry)
            if (fresh is None or entry.command_id == fresh) and is_looked_at(entry):
                found.append(Look(entry, facts_of(columns, entry.at), ends[entry.command_id]))
    shown = next((entry.body["clocks"] for entry in entries if entry.type == "ticket_opened"), None)
    return Looks(found, columns, None if shown is None else tuple(shown), is_in_order, log)


def promised(looks: Looks, policy: Policy) -> list[Promised]:
    """Return what `policy` promises at these looks: at the opening, and wherever another rule holds.

    What the log says of its promises decides only where two versions may have been read.
    """
    found: list[Promised] = []
    for entry, facts, last_seq in looks.looks:
        when = Moment(entry.at, entry.received_at)
        terms = policy.terms(facts, when, looks.shown, partial(looks.said, entry))
        if entry.type == "ticket_opened" or terms.choice != _in_force(found, entry, looks).choice:
            found.append(Promised(entry, terms, last_seq))
    return found


def _in_force(found: Sequence[Promised], entry: Entry, looks: Looks) -> Terms:
    """Return the terms before an entry, by effect."""
    if looks.is_in_order:
        return found[-1].terms if found else NOTHING
    # A promise follows the save that it was made in; those of this very save were made just before.
    before = [
        each
        for each in found
        if (each.entry.at, each.last_seq) < (entry.at, entry.seq)
        or (each.entry.command_id == entry.command_id and each.entry.at <= entry.at)
    ]
    last = max(before, key=lambda each: (each.entry.at, each.last_seq, each.entry.seq), default=None)
    return last.terms if last else NOTHING


def _save_by_save(entries: Sequence[Entry]) -> Iterator[tuple[list[Entry], str]]:
    """Yield, for each save, what was known by its end in order of effect, and its id."""
    count = 0
    for command_id, together in groupby(entries, key=lambda entry: entry.command_id):
        count += len(list(together))
        yield sorted(entries[:count], key=lambda entry: (entry.at, entry.seq)), command_id


def is_looked_at(entry: Entry) -> bool:
    """Say whether an entry changes something that rules look at."""
    if entry.type == "fields_changed":
        return not LOOKED_AT.isdisjoint(entry.body["changes"])
    if entry.type == "assigned":
        return bool(entry.body["group_id"] != entry.body["from_group_id"])
    return entry.type == "ticket_opened"


def changed(columns: Columns, entry: Entry) -> Columns:
    """Return a ticket's columns after an entry, of those that rules look at."""
    if entry.type == "ticket_opened":
        return {name: entry.body[name] for name in _AT_OPENING} | {"opened_at": entry.at}
    if entry.type == "fields_changed":
        new = {name: pair[1] for name, pair in entry.body["changes"].items() if name in LOOKED_AT}
        return columns | new
    if entry.type == "assigned":
        return columns | {"group_id": entry.body["group_id"]}
    return columns


def as_events(promises: Iterable[Promised]) -> Iterator[AgreementAssigned]:
    """Yield the promises as the clock fold reads them."""
    for place, (entry, terms, last_seq) in enumerate(promises):
        yield AgreementAssigned(
            id=f"promise {place}",
            at=entry.at,
            order=last_seq,
            save=entry.command_id,
            received_at=entry.received_at,
            imported=entry.imported,
            at_known=entry.at_known,
            agreement_version_id=terms.version_id,
            rule=terms.rule,
            targets=terms.targets,
            retarget=terms.retarget,
            reopen=terms.reopen,
            continue_within_seconds=terms.continue_within_seconds,
        )
