"""Tickets' places in the queue, renewed from stored clocks when time alone has moved them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, select

from servicedesk.kernel.db import session
from servicedesk.kernel.many_rows import among
from servicedesk.tickets.events import STREAM
from sla.forecast.moments import FORECASTS
from sla.storing import CLOCKS, STANDINGS, Lead, standing_row, write_standings

_PLACED = (STANDINGS.c.ticket_id, STANDINGS.c.priority, STANDINGS.c.waits_since)
_READ = [
    CLOCKS.c[name]
    for name in (
        *("subject_id", "kind", "state", "target_seconds", "consumed_seconds", "running_since"),
        *("due_at", "breach_at", "late_at", "calendar_version"),
    )
]
_RISK_AT = func.coalesce(FORECASTS.c.risk_at, CLOCKS.c.warn_75_at).label("risk_at")
_PERCENTS = case((FORECASTS.c.target_epoch == CLOCKS.c.target_epoch, FORECASTS.c.percents)).label("percents")


def place_again(ticket_ids: Collection[int], *, now: datetime) -> None:
    """Bring the places of these open tickets to what their stored clocks say at `now`."""
    tickets = session().execute(select(*_PLACED).where(among(STANDINGS.c.ticket_id, ticket_ids))).all()
    clocks = _open_clocks([ticket.ticket_id for ticket in tickets])
    rows = [
        standing_row(
            ticket.ticket_id,
            [_lead(row) for row in clocks.get(ticket.ticket_id, ())],
            priority=ticket.priority,
            waits_since=ticket.waits_since,
            now=now,
        )
        for ticket in tickets
    ]
    write_standings(rows)


def _open_clocks(ticket_ids: Sequence[int]) -> dict[int, list[Any]]:
    query = (
        select(*_READ, _RISK_AT, _PERCENTS)
        .outerjoin(FORECASTS, FORECASTS.c.clock_id == CLOCKS.c.id)
        .where(CLOCKS.c.subject_kind == STREAM, among(CLOCKS.c.subject_id, ticket_ids))
        .where(CLOCKS.c.stopped_at.is_(None))
        .order_by(CLOCKS.c.id)
    )
    found: dict[int, list[Any]] = {}
    for row in session().execute(query):
        found.setdefault(row.subject_id, []).append(row)
    return found


def _lead(row: Row[Any]) -> Lead:
    return Lead(
        kind=row.kind,
        state=row.state,
        target_seconds=row.target_seconds,
        consumed_seconds=row.consumed_seconds,
        running_since=row.running_since,
        due_at=row.due_at,
        breach_at=row.breach_at,
        risk_at=row.risk_at,
        late_at=row.late_at,
        percents=row.percents,
        calendar_version=row.calendar_version,
    )
