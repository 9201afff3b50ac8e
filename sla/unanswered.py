"""Promises as customers see them while a reply may still be taken back: as if it had not been sent yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from servicedesk.calendars.queries import hours_of
from servicedesk.tickets.held import shown_until
from sla.core.clock import fold
from sla.core.cycle import Cycle
from sla.core.fuse import Burning, fuse
from sla.entries import Entry
from sla.history import History, statuses, stored_histories
from sla.queries import ClockRow

_OF_REPLIES = frozenset({"message_added", "status_changed"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A clock as far as customers hear of it. look: how far it is burnt."""

    kind: str
    state: str
    due_at: datetime | None
    left_seconds: int
    look: str


def clocks_without_held(
    clocks: Mapping[int, Sequence[ClockRow]], *, now: datetime
) -> Mapping[int, Sequence[Seen]]:
    """Return the clocks of those tickets whose newest reply waits, as they are without it."""
    until = shown_until(now)
    moved = [ticket_id for ticket_id, rows in clocks.items() if any(_is_newer(row, until) for row in rows)]
    histories = stored_histories(moved) if moved else {}
    return {
        ticket_id: _seen(history, saves, now)
        for ticket_id, history in histories.items()
        if (saves := _held_saves(history, until))
    }


def _is_newer(clock: ClockRow, until: datetime) -> bool:
    changes = (clock.started_at, clock.stopped_at, clock.spans[-1].from_at)
    return any(at is not None and at > until for at in changes)


def _held_saves(history: History, until: datetime) -> Collection[str]:
    """Return the saves of replies that wait; none once somebody else spoke."""
    words = [entry for entry in history.entries if entry.type == "message_added"]
    if not words or words[-1].body["by"] != "agent":
        return ()
    return {entry.command_id for entry in words if entry.body["by"] == "agent" and entry.at > until}


def _seen(history: History, saves: Collection[str], now: datetime) -> Sequence[Seen]:
    told = [each for each in history.entries if not _goes_with(each, saves)]
    cycles = fold(History(history.ticket_id, told).core_events(), statuses=statuses(), now=now)
    is_ended = [cycle for cycle in cycles if not cycle.is_open]
    ordered = [cycle for cycle in cycles if cycle.is_open]
    ordered += sorted(is_ended, key=lambda cycle: cycle.started_at, reverse=True)
    return [_of(cycle, now) for cycle in ordered]


def _goes_with(entry: Entry, saves: Collection[str]) -> bool:
    return entry.command_id in saves and entry.type in _OF_REPLIES


def _of(cycle: Cycle, now: datetime) -> Seen:
    burning = Burning(
        kind=cycle.kind,
        state=cycle.state,
        target_seconds=cycle.target_seconds,
        consumed_seconds=cycle.consumed_seconds,
        running_since=cycle.running_since,
        due_at=cycle.due_at,
    )
    burnt = fuse(burning, hours_of(cycle.calendar_version_id or 0), now=now)
    return Seen(cycle.kind, cycle.state, cycle.due_at, burnt.left_seconds, burnt.shape)
