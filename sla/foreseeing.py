"""What would become of open tickets if an agreement were changed for their clocks too: looked at only (P5).

Each ticket's own log is folded as it is, and with the promise that it would get added to it now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.facts import matched_facts
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queue import open_tickets
from servicedesk.tickets.touched import SHOWN, Touched
from sla.agreements import VersionRow, first_promise
from sla.core.clock import fold
from sla.core.cycle import Cycle
from sla.entries import Entry
from sla.history import History, statuses
from sla.repromising import Anew, anew
from sla.subscribers import assignment

MOST_TICKETS = 2_000
MOST_PAST_TICKETS = 5_000
_BATCH = 200


@dataclass(frozen=True, slots=True)
class ClockChange:
    """An open clock before and after; None where there is none. Seconds are of open time, moments UTC."""

    ticket_id: int
    subject: str
    kind: str
    target_before: int | None
    target_after: int | None
    due_before: datetime | None
    due_after: datetime | None
    was_late: bool
    is_late: bool

    @property
    def becomes_late(self) -> bool:
        """Say whether it is late only by what is to come."""
        return self.is_late and not self.was_late

    @property
    def stops_being_late(self) -> bool:
        """Say whether it is late only by what is there now."""
        return self.was_late and not self.is_late


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The open clocks that change; `is_cut` where there are more open tickets than were looked at."""

    changes: tuple[ClockChange, ...]
    is_cut: bool


def foresee(viewer: Actor, key: str, tried: Sequence[VersionRow], *, now: datetime) -> Foreseen:
    """Return the open clocks that change if `tried`, in their order, count for what is under `key`."""
    query = select(Ticket.id, Ticket.subject).where(open_tickets(), visible_to(viewer))
    found = session().execute(query.order_by(Ticket.id).limit(MOST_TICKETS + 1)).all()
    subjects = {row.id: row.subject for row in found[:MOST_TICKETS]}
    ids = list(subjects)
    changes = [
        change
        for start in range(0, len(ids), _BATCH)
        for each in anew(key, tried, ids[start : start + _BATCH], now)
        for change in _changes(each, subjects[each.history.ticket_id], now)
    ]
    return Foreseen(tuple(changes), len(found) > MOST_TICKETS)


def _changes(each: Anew, subject: str, now: datetime) -> Iterator[ClockChange]:
    history = each.history
    before = _open_cycles(history, now)
    promised = _promised(each, now)
    after = _open_cycles(History(history.ticket_id, [*history.entries, promised]), now)
    for kind in sorted(before.keys() | after.keys()):
        old, new = before.get(kind), after.get(kind)
        change = ClockChange(
            history.ticket_id,
            subject,
            kind,
            old.target_seconds if old else None,
            new.target_seconds if new else None,
            old.due_at if old else None,
            new.due_at if new else None,
            old is not None and old.state == "overdue",
            new is not None and new.state == "overdue",
        )
        if (change.target_before, change.due_before) != (change.target_after, change.due_after):
            yield change


def _promised(each: Anew, now: datetime) -> Entry:
    """Return the promise as the entry that it would be, the last of the log."""
    ticket_id, seq = each.history.ticket_id, each.history.entries[-1].seq + 1
    empty = Entry(ticket_id, seq, "", now, now, at_known=True, imported=False, command_id="anew", body={})
    said = assignment(each.history, empty, each.promise)
    return empty._replace(type=said.type, body=said.facts())


def _open_cycles(history: History, now: datetime) -> Mapping[str, Cycle]:
    cycles = fold(history.core_events(), statuses=statuses(), now=now)
    return {cycle.kind: cycle for cycle in cycles if cycle.is_open}


def without_promise(
    viewer: Actor, tried: Sequence[VersionRow], *, since: datetime, now: datetime
) -> tuple[Touched, int]:
    """Return the tickets filed since then that no rule of these versions holds for, and how many there are.

    They are judged by what they are today, the newest first and 5,000 at most.
    """
    query = select(Ticket).where(Ticket.opened_at >= since, visible_to(viewer))
    tickets = session().scalars(query.order_by(Ticket.opened_at.desc()).limit(MOST_PAST_TICKETS)).all()
    unmatched = [
        (ticket.id, ticket.subject)
        for ticket in tickets
        if first_promise(tried, matched_facts(ticket).as_facts(), now) is None
    ]
    return Touched(len(unmatched), tuple(unmatched[:SHOWN])), len(tickets)
