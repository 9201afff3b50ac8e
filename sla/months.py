"""Which share of promises each team kept in each month: by roll-ups, by clocks where those have gaps."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import case, func, literal_column, select, union_all

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.kernel.db import AnySelect, session
from servicedesk.tickets.access import sight_of, visible_to
from servicedesk.tickets.core.periods import DAY, midnight
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from sla.models import Clock, DayCount
from sla.reports import without_wide_rows
from sla.rollups import JUDGED, fresh_days, gaps, month_of

LONGEST_MONTHS = 24
# Days that are stale here and there are counted one by one; so many gaps are not worth it.
MOST_GAPS = 12

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """Promises kept, of those that ended in time or became late."""

    met: int
    judged: int

    @property
    def share(self) -> float | None:
        """Return the share from 0 to 1, None where there is nothing to share."""
        return self.met / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Month:
    """One month: its first day, its edges, the figure of the desk and that of each team."""

    begins_on: date
    from_at: datetime
    to_at: datetime
    whole: Kept
    groups: Mapping[int, Kept] = field(default_factory=dict)


def kept_by_month(
    viewer: Actor, kind: str, *, months: int, until: date, zone: str, anew: bool = False
) -> tuple[Month, ...]:
    """Return the figures of the last `months` months, oldest first.

    anew: count everything from the clocks. Both ways give the same figures. The team is the present one.
    """
    begins = _months(until, min(months, LONGEST_MONTHS))
    last = _next(begins[-1]) - DAY
    sees_all = Scope.ALL in sight_of(viewer, Permission.REPORT_SEE).scopes
    fresh = fresh_days(begins[0], last, zone) if sees_all and not anew else []
    open_times = gaps(fresh, begins[0], last, zone)
    if len(open_times) > MOST_GAPS:
        fresh, open_times = [], gaps([], begins[0], last, zone)
    found = _counted(viewer, kind, begins, open_times, zone)
    for key, kept in (_rolled_up(kind, fresh) if fresh else {}).items():
        before = found.get(key, Kept(0, 0))
        found[key] = Kept(before.met + kept.met, before.judged + kept.judged)
    return tuple(_month(day, found, zone) for day in begins)


def _rolled_up(kind: str, fresh: Sequence[date]) -> dict[Key, Kept]:
    """Add up the fresh days. The rows of stale ones are passed over by leaving out what lies between."""
    query = select(DayCount.month, DayCount.group_id, func.sum(DayCount.met), func.sum(DayCount.judged))
    query = query.where(DayCount.kind == kind, DayCount.day.between(*_span(fresh)))
    whole = range(_span(fresh)[0], _span(fresh)[1] + 1)
    if missing := set(whole).difference(day.toordinal() for day in fresh):
        query = query.where(DayCount.day.not_in(sorted(missing)))
    rows = session().execute(query.group_by(DayCount.month, DayCount.group_id))
    return {(month, group_id): Kept(int(met), int(judged)) for month, group_id, met, judged in rows}


def _span(fresh: Sequence[date]) -> tuple[int, int]:
    return fresh[0].toordinal(), fresh[-1].toordinal()


def _counted(
    viewer: Actor,
    kind: str,
    begins: Sequence[date],
    times: Sequence[tuple[datetime, datetime]],
    zone: str,
) -> dict[Key, Kept]:
    """Count the clocks that were judged in `times`: each month by itself, which spares sorting them."""
    parts = [
        _part(viewer, kind, place, low, high)
        for place, low, high in _within_months(times, [midnight(day, zone) for day in begins[1:]])
    ]
    found: dict[Key, Kept] = {}
    for place, group_id, met, judged in session().execute(union_all(*parts)) if parts else ():
        key = month_of(begins[place]), group_id
        before = found.get(key, Kept(0, 0))
        found[key] = Kept(before.met + int(met), before.judged + int(judged))
    return found


def _part(viewer: Actor, kind: str, place: int, low: datetime, high: datetime) -> AnySelect:
    met = func.sum(case((Clock.state == "met", 1), else_=0))
    query: AnySelect = (
        select(literal_column(str(place)), Ticket.group_id, met, func.count())
        .select_from(Clock)
        .join(Ticket, (Clock.subject_kind == STREAM) & (Clock.subject_id == Ticket.id))
        .where(Clock.kind == kind, Clock.state.in_(JUDGED), Clock.judged_at >= low, Clock.judged_at < high)
        .where(visible_to(viewer, Permission.REPORT_SEE), Ticket.times_known)
        .group_by(Ticket.group_id)
    )
    return without_wide_rows(viewer, query)


def _within_months(
    times: Sequence[tuple[datetime, datetime]], edges: Sequence[datetime]
) -> Iterator[tuple[int, datetime, datetime]]:
    """Yield the times cut at the ascending edges of months, each with the number of its month."""
    for low, high in times:
        cuts = [low, *(edge for edge in edges if low < edge < high), high]
        for begin, end in pairwise(cuts):
            yield bisect_right(edges, begin), begin, end


def _month(day: date, found: Mapping[Key, Kept], zone: str) -> Month:
    groups = {group_id: kept for (month, group_id), kept in found.items() if month == month_of(day)}
    whole = Kept(sum(kept.met for kept in groups.values()), sum(kept.judged for kept in groups.values()))
    return Month(day, midnight(day, zone), midnight(_next(day), zone), whole, dict(sorted(groups.items())))


def _months(until: date, count: int) -> list[date]:
    last = until.year * 12 + until.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(last - count + 1, last + 1)]


def _next(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
