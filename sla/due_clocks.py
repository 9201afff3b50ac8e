"""Which tickets have a step that is due, and how their clocks stand: what the sweep asks the database."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, select

from servicedesk.kernel import clock
from servicedesk.kernel.db import connection, is_postgresql, session
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.kernel.many_rows import NUMBERS, among_given
from servicedesk.kernel.prepared import Prepared
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import Save, know_head
from servicedesk.tickets.events import STREAM
from sla.core.clock import fold
from sla.forecast.moments import FORECASTS
from sla.history import History, statuses, stored_histories
from sla.standings import PERCENTS, RISK_AT
from sla.storing import CLOCKS, Folded, store

ClockRow = Row[Any]
_READ = [
    CLOCKS.c[name]
    for name in (
        *("id", "subject_id", "kind", "cycle", "target_epoch", "rule_version", "state", "fired_step"),
        *("warn_75_at", "warn_90_at", "late_at", "quiet_until", "stopped_at", "breached_at", "judged_at"),
        *("last_event_seq", "target_seconds", "consumed_seconds", "running_since", "due_at", "breach_at"),
        *("calendar_version", "type", "rule", "plan", "next_fire_at"),
    )
]
_NEXT = select(func.min(CLOCKS.c.next_fire_at)).where(CLOCKS.c.next_fire_at.is_not(None))


def oldest_unfired(now: datetime) -> timedelta:
    """Return how long the step that waits longest has been due; zero if none waits."""
    first = next_step_at()
    return max(now - first, timedelta(0)) if first else timedelta(0)


def next_step_at() -> datetime | None:
    """Return when the next step is due, which may be past; None where none is to come."""
    found: datetime | None = session().scalar(_NEXT)
    return found


def is_anything_due() -> bool:
    """Say whether the sweep has something to do."""
    # Asked for the first, not for any: for any, stale statistics could send the database through the table.
    first = next_step_at()
    return first is not None and first <= clock.now()


def head_of_clock(*, is_postgresql: bool) -> ColumnElement[bool]:
    """Return the predicate that joins the end of a log to its subject's clocks."""
    kind, subject_id = CLOCKS.c.subject_kind, CLOCKS.c.subject_id
    if is_postgresql:
        return (StreamHead.kind == kind) & (StreamHead.id == subject_id)
    # SQLite would go through all logs or all clocks for each batch. What is worked out from a column has no
    # index, so that only the one by the next step is left to begin with. (PostgreSQL begins there by itself,
    # and would take what is worked out for rare.)
    return (StreamHead.kind == kind.concat("")) & (StreamHead.id == subject_id + 0)


def claim(save: Save, batch: int) -> dict[int, int]:
    """Lock tickets with due clocks and return the last event number of each; busy ones are left out."""
    heads: dict[int, int] = {}
    for row in _claiming(is_postgresql=is_postgresql()).rows(connection(), now=save.now, batch=batch):
        heads[row.id] = row.last_seq
        know_head(StreamRef(STREAM, row.id), row.last_seq, row.head_hash)
    return heads


def clocks_of(heads: Mapping[int, int], *, now: datetime) -> list[ClockRow]:
    """Return all clocks of claimed tickets, the first due first.

    They are folded again where the log has grown since one that may still have steps was folded.
    """
    rows = _read(heads)
    stale = {
        row.subject_id for row in rows if is_watched(row) and row.last_event_seq != heads[row.subject_id]
    }
    if not stale:
        return rows
    histories = stored_histories(stale).values()
    store([_folded(history, heads[history.ticket_id], now) for history in histories], now=now)
    return _read(heads)


def is_watched(row: ClockRow) -> bool:
    """Say whether a clock is open, or has a step left that came before it ended."""
    return row.stopped_at is None or row.next_fire_at is not None


def _folded(history: History, last_seq: int, now: datetime) -> Folded:
    cycles = fold(history.core_events(), statuses=statuses(), now=now)
    return Folded(history.ticket_id, cycles, history.last_state(), last_seq, is_new=False)


def _read(ticket_ids: Collection[int]) -> list[ClockRow]:
    return _reading(is_postgresql=is_postgresql()).rows(connection(), tickets=sorted(ticket_ids))


@cache
def _claiming(*, is_postgresql: bool) -> Prepared:
    return Prepared(
        select(StreamHead.id, StreamHead.last_seq, StreamHead.head_hash)
        .join(CLOCKS, head_of_clock(is_postgresql=is_postgresql))
        .where(CLOCKS.c.next_fire_at <= bindparam("now", type_=UtcDateTime()), StreamHead.kind == STREAM)
        .order_by(CLOCKS.c.next_fire_at)
        .limit(bindparam("batch"))
        .with_for_update(of=StreamHead, skip_locked=True)
    )


@cache
def _reading(*, is_postgresql: bool) -> Prepared:
    tickets = bindparam("tickets", type_=NUMBERS)
    return Prepared(
        select(*_READ, RISK_AT, PERCENTS)
        .outerjoin(FORECASTS, FORECASTS.c.clock_id == CLOCKS.c.id)
        .where(CLOCKS.c.subject_kind == STREAM)
        .where(among_given(CLOCKS.c.subject_id, tickets, is_postgresql=is_postgresql))
        .order_by(CLOCKS.c.next_fire_at, CLOCKS.c.id)
    )
