"""Today's risk: open tickets by whether a promise is late, at risk, or falls due before the day ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Subquery, and_, case, func, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.core.periods import day_of, midnight
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queue import open_tickets
from sla.models import Clock
from sla.reports import LIST_LIMIT

# A ticket counts once, under the first that fits: a clock is past its target; one is past three quarters of
# it; one falls due before midnight.
Risk: TypeAlias = Literal["late", "at_risk", "due_today"]
RISKS: tuple[Risk, ...] = ("late", "at_risk", "due_today")


@dataclass(frozen=True, slots=True)
class GroupToday:
    """A group's open tickets by risk. `calm` are those that nothing threatens today."""

    group_id: int
    late: int
    at_risk: int
    due_today: int
    calm: int

    @property
    def open(self) -> int:
        """Return how many are open."""
        return self.late + self.at_risk + self.due_today + self.calm


@dataclass(frozen=True, slots=True)
class RiskRow:
    """An open ticket at risk; `due_at` is the due moment that comes (or came) first."""

    ticket_id: int
    subject: str
    group_id: int
    priority: int
    risk: Risk
    due_at: datetime | None


def risk_today(viewer: Actor, *, now: datetime, zone: str) -> tuple[GroupToday, ...]:
    """Return the open tickets of each group by risk, by group id; their sums are the desk's."""
    clocks = _clocks(now, zone)
    risk = _risk(clocks)
    query = _open(viewer, clocks, Ticket.group_id, risk.label("risk"), func.count())
    counts: dict[int, dict[str, int]] = {}
    for group_id, name, count in session().execute(query.group_by(Ticket.group_id, "risk")):
        counts.setdefault(group_id, {})[name or "calm"] = count
    return tuple(
        GroupToday(group_id, *(found.get(name, 0) for name in (*RISKS, "calm")))
        for group_id, found in sorted(counts.items())
    )


def tickets_at_risk(
    viewer: Actor, risk: Risk, *, now: datetime, zone: str, group_id: int | None = None, limit: int = 50
) -> tuple[RiskRow, ...]:
    """Return the tickets that `risk_today` counts under one risk, the first due first."""
    clocks = _clocks(now, zone)
    columns = (Ticket.id, Ticket.subject, Ticket.group_id, Ticket.priority, clocks.c.due_at)
    query = _open(viewer, clocks, *columns).where(_risk(clocks) == risk)
    if group_id is not None:
        query = query.where(Ticket.group_id == group_id)
    rows = session().execute(query.order_by(clocks.c.due_at, Ticket.id).limit(min(limit, LIST_LIMIT)))
    return tuple(RiskRow(row.id, row.subject, row.group_id, row.priority, risk, row.due_at) for row in rows)


def _open(viewer: Actor, clocks: Subquery, *columns: Any) -> AnySelect:
    return (
        select(*columns)
        .select_from(Ticket)
        .outerjoin(clocks, clocks.c.subject_id == Ticket.id)
        .where(open_tickets(), visible_to(viewer, Permission.REPORT_SEE))
    )


def _clocks(now: datetime, zone: str) -> Subquery:
    """Return, per ticket with open clocks: is one late, is one at risk, is one due today, the first due."""
    tomorrow = midnight(day_of(now, zone) + timedelta(days=1), zone)
    at_risk = and_(Clock.warn_75_at <= now, Clock.late_at > now)
    due_today = and_(Clock.late_at > now, Clock.due_at < tomorrow)
    return (
        select(
            Clock.subject_id,
            _any(Clock.late_at <= now).label("late"),
            _any(at_risk).label("at_risk"),
            _any(due_today).label("due_today"),
            func.min(Clock.due_at).label("due_at"),
        )
        .where(Clock.subject_kind == STREAM, Clock.stopped_at.is_(None), Clock.type == "sla")
        .group_by(Clock.subject_id)
        .subquery()
    )


def _any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.max(case((condition, 1), else_=0))


def _risk(clocks: Subquery) -> ColumnElement[str]:
    return case(*((clocks.c[name] == 1, name) for name in RISKS))
