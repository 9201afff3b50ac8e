"""The audit of choices: a ticket is promised what the first rule says that held, each time it was looked at.

The log is lived through save by save: what the ticket was by then, which versions were published by then,
and which rule of theirs is the first to hold. How a condition reads is shared with what decides (it has two
readings of its own, which its tests keep equal); what is in force when, and for what, is written anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, zip_longest
from typing import Any

from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.conditions import Condition, holds
from sla.core.audit_log import KNOWN
from sla.core.audit_promises import BadPromise

Facts = Mapping[str, Any]
# (version id, name of the rule); both None where nothing is promised.
Choice = tuple[int | None, str | None]

NOTHING: Choice = (None, None)
# A version may be published while a save that began before it still reads the old ones.
LONGEST_SAVE = timedelta(seconds=30)
_LOOKED_AT = frozenset(
    {"priority", "category_id", "item_id", "organisation_id", "branch_id", "group_id", "channel", "kind"}
)
_AT_OPENING = _LOOKED_AT | {"language", "requester_id"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A version as it was published: `position` is the agreement's place in the order from then on.

    rules: names with their conditions, in order; None is the default.
    """

    agreement_id: int
    version_id: int
    number: int
    position: int
    published_at: datetime
    begins: datetime
    rules: Sequence[tuple[str, Condition | None]]
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that was ever published, and how a ticket's columns read as fields of conditions."""

    offers: Sequence[Offer]
    facts_of: Callable[[Facts], Mapping[str, object]]

    def as_seen_by(self, began_at: datetime) -> Iterator["Choices"]:
        """Yield what a save that began then may have read: all that was published, or less of the newest."""
        published = sorted(self.offers, key=lambda offer: (offer.published_at, offer.version_id))
        known = [offer for offer in published if offer.published_at <= began_at]
        certain = sum(offer.published_at <= began_at - LONGEST_SAVE for offer in known)
        for count in range(len(known), certain - 1, -1):
            yield Choices(known[:count], self.facts_of)

    def first(self, columns: Facts, *, at: datetime) -> Choice:
        """Return the first rule that holds at `at`."""
        facts = self.facts_of(columns)
        for offer in self._in_force(at):
            for name, condition in offer.rules:
                if condition is None or holds(condition, facts, now=at):
                    return offer.version_id, name
        return NOTHING

    def _in_force(self, at: datetime) -> list[Offer]:
        by_agreement: dict[int, list[Offer]] = {}
        for offer in sorted(self.offers, key=lambda offer: offer.number):
            by_agreement.setdefault(offer.agreement_id, []).append(offer)
        places = {agreement_id: offers[-1].position for agreement_id, offers in by_agreement.items()}
        chosen = [
            max(
                (offer for offer in offers if offer.begins <= at),
                key=lambda offer: (offer.begins, offer.number),
                default=offers[0],
            )
            for offers in by_agreement.values()
        ]
        active = [offer for offer in chosen if offer.is_active]
        return sorted(active, key=lambda offer: places[offer.agreement_id])


def audit_choices(log: Sequence[LoggedEvent], choices: Choices) -> Iterator[BadPromise]:
    """Yield the promises that are not what the first rule said, and those that are missing, save by save."""
    for _command, grouped in groupby(log, key=lambda event: event.command_id):
        save = list(grouped)
        said = [event for event in save if event.type == "agreement_assigned"]
        if not any(_is_looked_at(event) for event in save):
            yield from _promised_again(log, said, choices)
            continue
        told = [(event.at, _choice(event)) for event in said]
        owed = [list(_due(log, save, seen)) for seen in choices.as_seen_by(save[0].received_at)]
        if told in owed:
            continue
        due = owed[0] if owed else []
        for position, (given, wanted) in enumerate(zip_longest(told, due)):
            if given != wanted:
                seq = (said[position] if position < len(said) else save[-1]).seq
                yield BadPromise(seq, "rule chosen", given, wanted)


def _promised_again(
    log: Sequence[LoggedEvent], said: Sequence[LoggedEvent], choices: Choices
) -> Iterator[BadPromise]:
    """Yield what is wrong with promises made anew though the ticket had not changed: the agreements had."""
    for event in said:
        columns: dict[str, Any] = {}
        for earlier in sorted(log, key=lambda each: (each.at, each.seq)):
            if earlier.seq < event.seq and earlier.type == "ticket_opened":
                opening: Any = earlier.body
                columns = {name: opening[name] for name in _AT_OPENING} | {"opened_at": earlier.at}
            elif earlier.seq < event.seq and columns:
                columns |= _changed(earlier)
        owed = [seen.first(columns, at=event.at) for seen in choices.as_seen_by(event.received_at)]
        if _choice(event) not in owed:
            yield BadPromise(event.seq, "rule chosen", _choice(event), owed[0] if owed else NOTHING)


def _due(
    log: Sequence[LoggedEvent], save: Sequence[LoggedEvent], choices: Choices
) -> Iterator[tuple[datetime, Choice]]:
    """Yield the promises that a save owes by effect: at the opening, and where another rule holds."""
    fresh = {event.seq for event in save}
    earlier = [event for event in log if event.type in KNOWN and event.seq <= save[-1].seq]
    columns: dict[str, Any] | None = None
    promised = NOTHING
    for event in sorted(earlier, key=lambda event: (event.at, event.seq)):
        said: Any = event.body
        if event.type == "agreement_assigned":
            promised = promised if event.seq in fresh else _choice(event)
            continue
        if event.type == "ticket_opened":
            columns = {name: said[name] for name in _AT_OPENING} | {"opened_at": event.at}
        if columns is None:
            continue
        columns |= _changed(event)
        if event.seq in fresh and _is_looked_at(event):
            chosen = choices.first(columns, at=event.at)
            if event.type == "ticket_opened" or chosen != promised:
                yield event.at, chosen
            promised = chosen


def _choice(event: LoggedEvent) -> Choice:
    said: Any = event.body
    return said["version_id"], said["rule"]


def _changed(event: LoggedEvent) -> dict[str, Any]:
    said: Any = event.body
    if event.type == "fields_changed":
        return {name: new for name, (_old, new) in said["changes"].items() if name in _LOOKED_AT}
    return {"group_id": said["group_id"]} if event.type == "assigned" else {}


def _is_looked_at(event: LoggedEvent) -> bool:
    """Say whether an event changes something that rules look at."""
    said: Any = event.body
    if event.type == "fields_changed":
        return bool(_LOOKED_AT & set(said["changes"]))
    if event.type == "assigned":
        return bool(said["group_id"] != said["from_group_id"])
    return event.type == "ticket_opened"
