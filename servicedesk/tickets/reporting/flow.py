"""What comes and what goes: created, taken up again and closed in each week or day, and how they add up.

created + taken up again - closed of a period is exactly by how much the backlog grew in it (backlog.py), for
the same tickets: those whose opening and end are known. Each end counts, so a ticket that was resolved,
reopened and resolved again closes twice and comes back once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select, union_all

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.core.periods import DAY, WEEK, edges_of, mondays
from servicedesk.tickets.models import Reopening, Ticket
from servicedesk.tickets.reporting.buckets import period_of
from servicedesk.tickets.reporting.listing import ListedTicket, Place, listed
from servicedesk.tickets.reporting.lives import done_at, has_known_life

Movement = Literal["created", "reopened", "closed"]
MOVEMENTS: tuple[Movement, ...] = ("created", "reopened", "closed")
LONGEST_PERIODS = 106
FLOW = "tickets.flow"


@dataclass(frozen=True, slots=True)
class Flow:
    """What came and went in [from_at, to_at); `grown` is the growth since the first period began."""

    begins_on: date
    from_at: datetime
    to_at: datetime
    created: int
    reopened: int
    closed: int
    grown: int

    @property
    def difference(self) -> int:
        """Return by how much the backlog grew in this period."""
        return self.created + self.reopened - self.closed


def flow_by_week(
    viewer: Actor, *, weeks: int, until: date, zone: str, group_id: int | None = None
) -> tuple[Flow, ...]:
    """Return the flow of each of the last `weeks` weeks, oldest first."""
    return _flow(viewer, mondays(until, min(weeks, LONGEST_PERIODS)), WEEK, zone, group_id)


def flow_by_day(
    viewer: Actor, *, days: int, until: date, zone: str, group_id: int | None = None
) -> tuple[Flow, ...]:
    """Return the flow of each of the last `days` days, oldest first."""
    shown = [until - timedelta(days=back) for back in range(min(days, LONGEST_PERIODS) - 1, -1, -1)]
    return _flow(viewer, shown, DAY, zone, group_id)


def tickets_moved(
    viewer: Actor,
    movement: Movement,
    *,
    from_at: datetime,
    to_at: datetime,
    group_id: int | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> tuple[ListedTicket, ...]:
    """Return the tickets behind one number of a flow, latest first."""
    parts = [
        select(Ticket.id.label("ticket_id"), moment.label("at"))
        .select_from(source)
        .where(moment >= from_at, moment < to_at, has_known_life())
        for source, moment in _sources(movement)
    ]
    moments: AnySelect = select(union_all(*parts).subquery())
    return listed(viewer, moments, group_id=group_id, after=after, limit=limit)


def _flow(
    viewer: Actor, days: Sequence[date], step: timedelta, zone: str, group_id: int | None
) -> tuple[Flow, ...]:
    edges = edges_of(days, step, zone)
    counted = {movement: _counts(viewer, movement, edges, group_id) for movement in MOVEMENTS}
    found, grown = [], 0
    for place, day in enumerate(days):
        created, reopened, closed = (counted[movement].get(place, 0) for movement in MOVEMENTS)
        grown += created + reopened - closed
        found.append(Flow(day, edges[place], edges[place + 1], created, reopened, closed, grown))
    return tuple(found)


def _counts(
    viewer: Actor, movement: Movement, edges: Sequence[datetime], group_id: int | None
) -> dict[int, int]:
    found: dict[int, int] = {}
    for source, moment in _sources(movement):
        period = period_of(moment, edges[1:-1]).label("period")
        query = select(period, func.count()).select_from(source).where(has_known_life())
        query = query.where(moment >= edges[0], moment < edges[-1], visible_to(viewer, Permission.REPORT_SEE))
        if group_id is not None:
            query = query.where(Ticket.group_id == group_id)
        for place, count in session().execute(query.group_by("period")):
            found[place] = found.get(place, 0) + count
    return found


def _sources(movement: Movement) -> list[tuple[Any, ColumnElement[datetime]]]:
    """Return where the moments of a movement stand: in tickets, in reopenings, or in both."""
    tickets = Ticket.__table__
    reopenings = tickets.join(Reopening.__table__, Reopening.ticket_id == Ticket.id)
    sources: dict[Movement, list[tuple[Any, ColumnElement[datetime]]]] = {
        "created": [(tickets, Ticket.opened_at.expression)],
        "reopened": [(reopenings, Reopening.reopened_at.expression)],
        "closed": [(tickets, done_at()), (reopenings, Reopening.done_at.expression)],
    }
    return sources[movement]
