"""A ticket's promises made again: each time that what rules look at changed, the first rule that held.

The twin of what every save does (subscribers.py), for whole logs at once and under any policy.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any, NamedTuple, Protocol

from servicedesk.tickets.core.standing_log import standing
from sla.core.events import AgreementAssigned
from sla.core.policy import NOTHING, Moment, Policy, Terms

LOOKED_AT = frozenset(
    {"priority", "category_id", "item_id", "organisation_id", "branch_id", "group_id", "channel", "kind"}
)
_AT_OPENING = (*sorted(LOOKED_AT), "language", "requester_id")
Columns = dict[str, Any]


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


class Rematched(NamedTuple):
    """What was promised, in order of effect within each save, and the ticket's columns at the end."""

    promises: Sequence[Promised]
    columns: Mapping[str, Any]


def rematched(log: Sequence[Entry], policy: Policy) -> Rematched:
    """Return what `policy` promises over a log in order of seq.

    What the log says of its promises decides only where two versions may have been read.
    """
    entries = [entry for entry in standing(log) if entry.type != "agreement_assigned"]
    walk = _Walk(policy, _recorded(log), _shown(entries))
    if all(one.at <= other.at for one, other in pairwise(entries)):
        walk.over(entries, frozenset(entry.seq for entry in entries))
    else:
        for count in _ends_of_saves(entries):
            known = sorted(entries[:count], key=lambda entry: (entry.at, entry.seq))
            walk.over(known, _of_save(entries, count))
    return Rematched(walk.promises, walk.columns)


class _Walk:
    """Looks at entries in order of effect; what was promised before is kept from one look to the next."""

    def __init__(
        self, policy: Policy, recorded: Mapping[tuple[str, datetime], object], shown: list[str] | None
    ) -> None:
        self.policy, self.recorded, self.shown = policy, recorded, shown
        self.promises: list[Promised] = []
        self.columns: Columns = {}

    def over(self, entries: Sequence[Entry], fresh: frozenset[int]) -> None:
        """Promise anew at each fresh entry that changes what rules look at."""
        earlier = iter(sorted(self.promises, key=lambda each: (each.entry.at, each.last_seq)))
        before = next(earlier, None)
        ends = _last_seqs(entries)
        current, self.columns = NOTHING, {}
        for entry in entries:
            while before is not None and (before.entry.at, before.last_seq) < (entry.at, entry.seq):
                current, before = before.terms, next(earlier, None)
            self.columns = changed(self.columns, entry)
            if entry.seq not in fresh or not is_looked_at(entry):
                continue
            said = self.recorded.get((entry.command_id, entry.at))
            terms = self.policy.terms(self.columns, Moment(entry.at, entry.received_at), self.shown, said)
            if entry.type == "ticket_opened" or terms.choice != current.choice:
                self.promises.append(Promised(entry, terms, ends[entry.command_id]))
                current = terms


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


def _recorded(log: Iterable[Entry]) -> dict[tuple[str, datetime], object]:
    found: dict[tuple[str, datetime], object] = {}
    for entry in log:
        if entry.type == "agreement_assigned":
            targets = {kind: tuple(target) for kind, target in entry.body["targets"].items()}
            said = (entry.body["version_id"], entry.body["rule"], tuple(sorted(targets.items())))
            found[entry.command_id, entry.at] = said
    return found


def _shown(entries: Sequence[Entry]) -> list[str] | None:
    shown: list[str] | None = next(
        (entry.body["clocks"] for entry in entries if entry.type == "ticket_opened"), None
    )
    return shown


def _ends_of_saves(entries: Sequence[Entry]) -> Iterator[int]:
    """Yield after how many entries each save ends."""
    count = 0
    for _command, together in groupby(entries, key=lambda entry: entry.command_id):
        count += len(list(together))
        yield count


def _of_save(entries: Sequence[Entry], count: int) -> frozenset[int]:
    command_id = entries[count - 1].command_id
    return frozenset(entry.seq for entry in entries[:count] if entry.command_id == command_id)


def _last_seqs(entries: Iterable[Entry]) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in entries:
        found[entry.command_id] = max(entry.seq, found.get(entry.command_id, 0))
    return found
