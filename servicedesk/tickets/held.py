"""Replies that may still be taken back: customers do not see them yet, nor what they did to the request.

The reply is in the log and stops its clocks from the moment it was sent; only reading waits.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import BindParameter, ColumnElement, func, or_, select

from servicedesk.kernel import clock
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import session
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.events import from_row
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.standing_log import TAKEN_BACK, standing
from servicedesk.tickets.core.statuses import BY_KEY
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Message

# A taking back that began in time may end a little later, and clocks of machines differ a little.
GRACE = timedelta(seconds=5)
# Moves that a reply may bring along.
_OF_REPLIES = frozenset({"start", "wait", "resolve"})


class Row(Protocol):
    """What is looked at of a ticket's row."""

    @property
    def id(self) -> int: ...
    @property
    def last_by(self) -> str | None: ...
    @property
    def last_message_at(self) -> datetime | None: ...
    @property
    def answered_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class _Word:
    """The last thing said that customers may see."""

    by: str
    at: datetime


def may_be_taken_back_for() -> timedelta:
    """Return how long after sending a reply may be taken back."""
    return timedelta(seconds=the_settings().undo_seconds)


def shown_until(now: datetime | None = None) -> datetime:
    """Return up to when customers see what agents said."""
    now, wait = now or clock.now(), may_be_taken_back_for()
    return now - wait - GRACE if wait else now


def is_shown(until: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the predicate over messages that holds for those that no longer wait."""
    return or_(Message.by != "agent", Message.at <= until)


def is_shown_event(event: LoggedEvent, until: datetime) -> bool:
    """Say whether customers see an event between the messages: not what may go with a reply that waits."""
    waits = event.type == "status_changed" and event.body["move"] in _OF_REPLIES
    return event.at <= until or not waits or event.actor.kind != "person"


def as_before(rows: Iterable[Row]) -> Mapping[int, dict[str, Any]]:
    """Return what customers see instead in the rows of tickets whose last word waits, by ticket id."""
    until = shown_until()
    held = {row.id: row for row in rows if _is_held(row, until)}
    if not held:
        return {}
    words, moves = _words_before(held, until), _statuses_before(held, until)
    return {ticket_id: _before(row, words.get(ticket_id), moves, until) for ticket_id, row in held.items()}


def _is_held(row: Row, until: datetime) -> bool:
    return row.last_by == "agent" and row.last_message_at is not None and row.last_message_at > until


def _before(row: Row, word: _Word | None, moves: Mapping[int, str], until: datetime) -> dict[str, Any]:
    first = row.answered_at if row.answered_at and row.answered_at <= until else None
    found: dict[str, Any] = {
        "answered_at": first,
        "last_by": word.by if word else None,
        "last_message_at": word.at if word else None,
        "preview": "",
    }
    if row.id in moves:
        status = moves[row.id]
        found |= {"status": status, "status_category": str(BY_KEY[status].category)}
        found |= dict.fromkeys(("resolved_at", "closed_at", "wake_at"))
    return found


def _words_before(ticket_ids: Collection[int], until: datetime) -> dict[int, _Word]:
    last = (
        select(Message.ticket_id, func.max(Message.seq).label("seq"))
        .where(Message.ticket_id.in_(sorted(ticket_ids)), Message.public, is_shown(until))
        .group_by(Message.ticket_id)
        .subquery()
    )
    query = select(Message.ticket_id, Message.by, Message.at).join(
        last, (last.c.ticket_id == Message.ticket_id) & (last.c.seq == Message.seq)
    )
    return {row.ticket_id: _Word(row.by, row.at) for row in session().execute(query)}


def _statuses_before(ticket_ids: Collection[int], until: datetime) -> dict[int, str]:
    """Return the status before the first reply that waits, of those tickets that it moved."""
    query = (
        select(EventRow)
        .where(EventRow.stream_kind == STREAM, EventRow.stream_id.in_(sorted(ticket_ids)))
        .where(EventRow.at > until, EventRow.type.in_(("message_added", "status_changed", TAKEN_BACK)))
        .order_by(EventRow.stream_id, EventRow.seq)
    )
    logs: dict[int, list[LoggedEvent]] = {}
    for row in session().scalars(query):
        logs.setdefault(row.stream_id, []).append(from_row(row))
    found = {ticket_id: _status_before(standing(log)) for ticket_id, log in logs.items()}
    return {ticket_id: status for ticket_id, status in found.items() if status}


def _status_before(log: Collection[LoggedEvent]) -> str:
    saves = {e.command_id for e in log if e.type == "message_added" and e.body["by"] == "agent"}
    moves = [event for event in log if event.type == "status_changed"]
    if not moves or any(move.command_id not in saves for move in moves):
        return ""
    return str(moves[0].body["from_status"])
