"""Did we keep our promises? Figures of finished cycles, each with its parts and the filter of its tickets.

A cycle is in the figures of the period in which it ended in time or became late, once; cancelled and
running ones are in none, and tickets of unknown times have no cycles at all. Periods are half-open, and
days and weeks are those of `zone`, which every figure names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from servicedesk.calendars.queries import hours_of
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.kernel.db import AnySelect, session
from servicedesk.tickets.access import sight_of, visible_to
from servicedesk.tickets.core.periods import WEEK, day_of, edges_of, mondays
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.reporting.buckets import period_of
from sla.models import Clock

LONGEST_WEEKS = 106
JUDGED = ("met", "missed", "overdue")
LIST_LIMIT = 200

# Keys of what figures mean; the words stand with the page. Met / (met + late), by when a cycle was met or
# became late.
ATTAINMENT = "sla.attainment"


@dataclass(frozen=True, slots=True)
class Filter:
    """Exactly the cycles, and so the tickets, behind a figure. None stands for any."""

    kind: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    group_id: int | None = None
    priority: int | None = None
    is_met: bool | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A share: `numerator` of `denominator`, the key of what it means, and what lies behind it."""

    definition: str
    numerator: int
    denominator: int
    filter: Filter

    @property
    def share(self) -> float | None:
        """Return the share from 0 to 1, None where there is nothing to share."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def missed(self) -> Filter:
        """Return the filter of the late ones."""
        chosen = self.filter
        return Filter(
            chosen.kind, chosen.from_at, chosen.to_at, chosen.group_id, chosen.priority, is_met=False
        )


@dataclass(frozen=True, slots=True)
class WeekFigure:
    """One ISO week; `begins_on` is its Monday."""

    year: int
    week: int
    begins_on: date
    figure: Figure


@dataclass(frozen=True, slots=True)
class Cell:
    """On-time share of one group and priority."""

    group_id: int
    priority: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class CycleRow:
    """A cycle behind a figure. late_seconds: open time beyond the target, 0 where met."""

    clock_id: int
    ticket_id: int
    subject: str
    kind: str
    cycle: int
    state: str
    group_id: int
    priority: int
    judged_at: datetime
    target_seconds: int
    late_seconds: int


def attainment(viewer: Actor, chosen: Filter) -> Figure:
    """Return the on-time share of the cycles that `chosen` selects."""
    query = _cycles(viewer, chosen, func.count(), func.coalesce(func.sum(_is_met()), 0))
    total, met = session().execute(without_wide_rows(viewer, query)).one()
    return Figure(ATTAINMENT, int(met), int(total), chosen)


def attainment_by_week(
    viewer: Actor, kind: str, *, weeks: int, now: datetime, zone: str, chosen: Filter = Filter()
) -> tuple[WeekFigure, ...]:
    """Return the on-time share of one kind of clock in each of the last `weeks` ISO weeks, oldest first."""
    begins = mondays(day_of(now, zone), min(weeks, LONGEST_WEEKS))
    edges = edges_of(begins, WEEK, zone)
    whole = Filter(kind, edges[0], edges[-1], chosen.group_id, chosen.priority)
    week_of = period_of(Clock.judged_at.expression, edges[1:-1]).label("week")
    query = _cycles(viewer, whole, week_of, func.count(), func.sum(_is_met())).group_by("week")
    query = without_wide_rows(viewer, query)
    counted = {place: (int(total), int(met)) for place, total, met in session().execute(query)}
    found = []
    for place, day in enumerate(begins):
        total, met = counted.get(place, (0, 0))
        of_week = Filter(kind, edges[place], edges[place + 1], chosen.group_id, chosen.priority)
        year, week, _day = day.isocalendar()
        found.append(WeekFigure(year, week, day, Figure(ATTAINMENT, met, total, of_week)))
    return tuple(found)


def attainment_by_group_and_priority(viewer: Actor, chosen: Filter) -> tuple[Cell, ...]:
    """Return the on-time share for each group and priority that has any cycle, by group id and priority.

    Group and priority are the ticket's present ones.
    """
    query = _cycles(viewer, chosen, Ticket.group_id, Ticket.priority, func.count(), func.sum(_is_met()))
    query = without_wide_rows(viewer, query.group_by(Ticket.group_id, Ticket.priority))
    rows = session().execute(query)
    return tuple(
        Cell(
            group_id,
            priority,
            Figure(
                ATTAINMENT,
                int(met),
                int(total),
                Filter(chosen.kind, chosen.from_at, chosen.to_at, group_id, priority),
            ),
        )
        for group_id, priority, total, met in sorted(rows.all())
    )


def cycles_behind(
    viewer: Actor,
    chosen: Filter,
    *,
    now: datetime,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> tuple[CycleRow, ...]:
    """Return the cycles a filter selects, latest first; `after`: (judged_at, clock id) of the last row."""
    query = _cycles(viewer, chosen, Clock, Ticket.subject, Ticket.group_id, Ticket.priority)
    if after is not None:
        at, clock_id = after
        same = and_(Clock.judged_at == at, Clock.id < clock_id)
        query = query.where(or_(Clock.judged_at < at, same))
    query = query.order_by(Clock.judged_at.desc(), Clock.id.desc()).limit(min(limit, LIST_LIMIT))
    return tuple(_cycle_row(*values, now=now) for values in session().execute(query))


def _cycle_row(clock: Clock, subject: str, group_id: int, priority: int, *, now: datetime) -> CycleRow:
    used = clock.consumed_seconds
    if clock.running_since is not None:
        used += hours_of(clock.calendar_version).elapsed(clock.running_since, now)
    return CycleRow(
        clock_id=clock.id,
        ticket_id=clock.subject_id,
        subject=subject,
        kind=clock.kind,
        cycle=clock.cycle,
        state=clock.state,
        group_id=group_id,
        priority=priority,
        judged_at=clock.judged_at or now,
        target_seconds=clock.target_seconds,
        late_seconds=max(used - clock.target_seconds, 0),
    )


def _cycles(viewer: Actor, chosen: Filter, *columns: Any) -> AnySelect:
    """Return the one selection that counts and lists share."""
    query: AnySelect = (
        select(*columns)
        .select_from(Clock)
        .join(Ticket, (Clock.subject_kind == STREAM) & (Clock.subject_id == Ticket.id))
        .where(
            Clock.judged_at.is_not(None),
            Clock.state.in_(JUDGED),
            visible_to(viewer, Permission.REPORT_SEE),
            Ticket.times_known,
        )
    )
    for condition in _conditions(chosen):
        query = query.where(condition)
    return query


def without_wide_rows(viewer: Actor, query: AnySelect) -> AnySelect:
    """Let a count of clocks learn from an index what it asks of tickets: team, priority, known times.

    Rows of tickets are wide, and SQLite does not see by itself that the index is enough. Who sees only some
    tickets needs more of the row.
    """
    if Scope.ALL not in sight_of(viewer, Permission.REPORT_SEE).scopes:
        return query
    return query.with_hint(Ticket, "INDEXED BY ix_ticket_team", "sqlite")


def _conditions(chosen: Filter) -> Iterator[ColumnElement[bool]]:
    if chosen.kind is not None:
        yield Clock.kind == chosen.kind
    if chosen.from_at is not None:
        yield Clock.judged_at >= chosen.from_at
    if chosen.to_at is not None:
        yield Clock.judged_at < chosen.to_at
    if chosen.group_id is not None:
        yield Ticket.group_id == chosen.group_id
    if chosen.priority is not None:
        yield Ticket.priority == chosen.priority
    if chosen.is_met is not None:
        yield Clock.state == "met" if chosen.is_met else Clock.state != "met"


def _is_met() -> ColumnElement[int]:
    return case((Clock.state == "met", 1), else_=0)
