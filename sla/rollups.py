"""Counts of judged cycles by day, so that a report of two years reads thousands of rows instead of clocks.

A day is rolled up once it has settled: every cycle judged in it was, as far as anybody then knew, written an
hour ago at least. Whoever later writes something that may change a settled day marks it stale in the same
transaction; a report counts days that are stale, or not rolled up, from the clocks themselves. So it is exact
always, and the job that rolls up may come late or never. A day's row is there (stale) for a minute before
it is first counted: a writer that could not see it has ended by then. Who marks waits for who counts, and
the other way round, by the lock of that row.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby, pairwise
from typing import Any, cast

from sqlalchemy import Table, bindparam, case, delete, func, select, update

from servicedesk.kernel import clock
from servicedesk.kernel.db import (
    connection,
    insert_missing,
    insert_rows,
    is_postgresql,
    session,
    transaction,
)
from servicedesk.kernel.many_rows import NUMBERS, among_given, update_rows
from servicedesk.kernel.prepared import Prepared
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.periods import DAY, day_of, edges_of, midnight
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.reporting.buckets import period_of
from sla.core.cycle import Cycle
from sla.core.steps import judged_at
from sla.models import Clock, CountedDay, DayCount

JUDGED = ("met", "missed", "overdue")
# Changes of what was judged this long ago mark its day; days are rolled up a little later than that.
SETTLED, MARGIN = timedelta(hours=12), timedelta(hours=1)
SEEN = timedelta(minutes=1)
DAYS_AT_ONCE = 31
_DAYS, _COUNTS = (cast(Table, model.__table__) for model in (CountedDay, DayCount))


def settled_days(cycles: Iterable[Cycle], *, now: datetime) -> set[date]:
    """Return the settled days in which cycles were judged."""
    zone, limit = the_settings().zone, now - SETTLED
    judged = (judged_at(cycle) for cycle in cycles)
    return {day_of(at, zone) for at in judged if at is not None and at < limit}


def days_of_stored(ticket_ids: Collection[int], *, now: datetime) -> set[date]:
    """Return the settled days in which the stored cycles of tickets were judged."""
    if not ticket_ids:
        return set()
    query = select(Clock.judged_at).where(
        Clock.subject_kind == STREAM,
        Clock.subject_id.in_(sorted(ticket_ids)),
        Clock.judged_at < now - SETTLED,
    )
    zone = the_settings().zone
    return {day_of(at, zone) for at in session().scalars(query) if at is not None}


def mark_stale(days: Collection[date], *, now: datetime) -> None:
    """Let reports count these days from the clocks until they are rolled up again."""
    if days:
        # In order, so that two writers cannot wait for each other.
        numbers = sorted(day.toordinal() for day in days)
        known = _known_days(is_postgresql=is_postgresql()).rows(connection(), days=numbers)
        rows = [{"day": row.day, "is_stale": True, "marked_at": now} for row in known]
        update_rows(connection(), _DAYS, rows, ("day",))


@cache
def _known_days(*, is_postgresql: bool) -> Prepared:
    these = among_given(_DAYS.c.day, bindparam("days", type_=NUMBERS), is_postgresql=is_postgresql)
    return Prepared(select(_DAYS.c.day).where(these).order_by(_DAYS.c.day).with_for_update())


def fresh_days(first: date, last: date, zone: str) -> list[date]:
    """Return the rolled-up days from `first` to `last` of a desk in `zone`, in order."""
    between = _DAYS.c.day.between(first.toordinal(), last.toordinal())
    query = select(_DAYS.c.day).where(between, _DAYS.c.zone == zone, _DAYS.c.is_stale.is_(False))
    return [date.fromordinal(number) for number in session().scalars(query.order_by(_DAYS.c.day))]


def roll_up() -> int:
    """Count every settled day that is stale or new, a month at a time; return how many days were counted."""
    now, zone = clock.now(), the_settings().zone
    _begin_days(now, zone)
    counted = 0
    while days := _stale_days(now):
        with transaction():
            counted += _count(days, zone, now)
    return counted


def _begin_days(now: datetime, zone: str) -> None:
    """Add the rows of days that have settled since; a desk that moved to another zone begins anew."""
    last = day_of(now - SETTLED - MARGIN, zone) - DAY
    begun = select(func.min(Clock.judged_at)).where(Clock.judged_at.is_not(None))
    with transaction():
        others = select(_DAYS.c.day).where(_DAYS.c.zone != zone)
        session().execute(delete(_COUNTS).where(_COUNTS.c.day.in_(others)))
        session().execute(delete(_DAYS).where(_DAYS.c.zone != zone))
        first_judged = session().scalar(begun)
        if first_judged is None:
            return
        known = set(session().scalars(select(_DAYS.c.day)))
        days = range(day_of(first_judged, zone).toordinal(), last.toordinal() + 1)
        new = [day for day in days if day not in known]
        rows = [{"day": day, "zone": zone, "is_stale": True, "marked_at": now} for day in new]
        for place in range(0, len(rows), DAYS_AT_ONCE):
            insert_missing(CountedDay, rows[place : place + DAYS_AT_ONCE], ["day"])


def _stale_days(now: datetime) -> Sequence[int]:
    """Return the next days to count, of one month at most."""
    query = select(_DAYS.c.day).where(_DAYS.c.is_stale, _DAYS.c.marked_at <= now - SEEN)
    found = session().scalars(query.order_by(_DAYS.c.day).limit(DAYS_AT_ONCE)).all()
    return [day for day in found if day - found[0] < DAYS_AT_ONCE]


def _count(days: Sequence[int], zone: str, now: datetime) -> int:
    locked = select(_DAYS.c.day).where(
        _DAYS.c.day.in_(days), _DAYS.c.is_stale, _DAYS.c.marked_at <= now - SEEN
    )
    held = list(session().scalars(locked.order_by(_DAYS.c.day).with_for_update()))
    session().execute(delete(_COUNTS).where(_COUNTS.c.day.in_(held)))
    for run in runs([date.fromordinal(number) for number in held]):
        insert_rows(DayCount, _counts(run, zone))
    fresh = update(_DAYS).where(_DAYS.c.day.in_(held)).values(is_stale=False, marked_at=now)
    session().execute(fresh)
    return len(held)


def _counts(days: Sequence[date], zone: str) -> list[dict[str, Any]]:
    edges = edges_of(days, DAY, zone)
    place = period_of(Clock.judged_at.expression, edges[1:-1]).label("place")
    met = func.sum(case((Clock.state == "met", 1), else_=0))
    query = (
        select(place, Clock.kind, Ticket.group_id, func.count(), met)
        .join(Ticket, (Clock.subject_kind == STREAM) & (Clock.subject_id == Ticket.id))
        .where(Clock.state.in_(JUDGED), Ticket.times_known)
        .where(Clock.judged_at >= edges[0], Clock.judged_at < edges[-1])
        .group_by("place", Clock.kind, Ticket.group_id)
    )
    return [
        {
            "kind": kind,
            "day": days[number].toordinal(),
            "group_id": group_id,
            "met": int(kept),
            "judged": int(total),
            "month": month_of(days[number]),
        }
        for number, kind, group_id, total, kept in session().execute(query)
    ]


def month_of(day: date) -> int:
    """Return a day's month as a number that grows with time: 202611."""
    return day.year * 100 + day.month


def runs(days: Sequence[date]) -> list[list[date]]:
    """Return ascending days as runs without a gap."""
    numbered = groupby(enumerate(days), key=lambda each: each[1].toordinal() - each[0])
    return [[day for _place, day in run] for _key, run in numbered]


def gaps(fresh: Sequence[date], first: date, last: date, zone: str) -> list[tuple[datetime, datetime]]:
    """Return the times from `first` to `last` that are in no rolled-up day, as half-open intervals."""
    around = [first - DAY, *fresh, last + DAY]
    return [
        (midnight(before + DAY, zone), midnight(after, zone))
        for before, after in pairwise(around)
        if after - before > DAY
    ]
