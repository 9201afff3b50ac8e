"""Tickets' places in the queue, renewed when time alone has moved them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import case, func, select

from servicedesk.kernel.db import connection, session
from servicedesk.kernel.many_rows import among, update_rows
from servicedesk.tickets.events import STREAM
from sla.forecast.moments import FORECASTS
from sla.leads import Lead, standing_row
from sla.storing import CLOCKS, STANDINGS

_PLACED = (STANDINGS.c.ticket_id, STANDINGS.c.priority, STANDINGS.c.waits_since)
# When a clock is forecast to miss, or has used three quarters of its target where there is no forecast.
RISK_AT = func.coalesce(FORECASTS.c.risk_at, CLOCKS.c.warn_75_at).label("risk_at")
PERCENTS = case((FORECASTS.c.target_epoch == CLOCKS.c.target_epoch, FORECASTS.c.percents)).label("percents")
_OF_A_LEAD = (
    *("kind", "state", "target_seconds", "consumed_seconds", "running_since"),
    *("due_at", "breach_at", "late_at", "calendar_version"),
)


def place_again(open_clocks: Mapping[int, Sequence[Lead]], *, now: datetime) -> None:
    """Bring the places of tickets to what their open clocks say at `now`; what has no place gets none."""
    tickets = session().execute(select(*_PLACED).where(among(STANDINGS.c.ticket_id, open_clocks))).all()
    rows = [
        standing_row(ticket_id, open_clocks[ticket_id], priority=priority, waits_since=waits_since, now=now)
        for ticket_id, priority, waits_since in tickets
    ]
    update_rows(connection(), STANDINGS, rows, ("ticket_id",))


def place_by_stored_clocks(ticket_ids: Collection[int], *, now: datetime) -> None:
    """Bring the places of tickets to what their stored clocks and forecasts say at `now`."""
    query = (
        select(CLOCKS.c.subject_id, *(CLOCKS.c[name] for name in _OF_A_LEAD), RISK_AT, PERCENTS)
        .outerjoin(FORECASTS, FORECASTS.c.clock_id == CLOCKS.c.id)
        .where(CLOCKS.c.subject_kind == STREAM, among(CLOCKS.c.subject_id, ticket_ids))
        .where(CLOCKS.c.stopped_at.is_(None), CLOCKS.c.type == "sla")
        .order_by(CLOCKS.c.id)
    )
    found: dict[int, list[Lead]] = {ticket_id: [] for ticket_id in ticket_ids}
    for row in session().execute(query):
        lead = {name: getattr(row, name) for name in (*_OF_A_LEAD, "risk_at", "percents")}
        found[row.subject_id].append(Lead(**lead))
    place_again(found, now=now)
