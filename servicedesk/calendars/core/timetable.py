"""From a plan to its open spans as instants: precedence, shift tails and zone changes happen here.

Holiday beats closure beats opening beats week. An opening replaces the hours that begin on its date;
the tail of a shift begun the evening before stays. Holidays and closures cut whatever lies in them.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import reduce
from itertools import chain
from typing import Protocol
from zoneinfo import ZoneInfo

from servicedesk.calendars.core.exchange import DatedMinutes, Plan, SharedPlan, WeeklyPlan
from servicedesk.calendars.core.intervals import Seconds, difference, intersection, union, within
from servicedesk.calendars.core.values import DAY, Minutes
from servicedesk.calendars.core.wallclock import boundary_epoch, instant, wall_at, zone

_ONE_DAY = timedelta(days=1)
_WHOLE_DAY = Minutes(0, DAY)
# A span lasts at most one day beyond its date, and a zone has skipped a whole date before.
_MARGIN = timedelta(days=3)


class Timetable(Protocol):
    """What the arithmetic needs to know of a calendar."""

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone whose dates count."""

    def open_between(self, start: int, end: int) -> list[Seconds]:
        """Return the open spans between two moments, apart and in order."""

    def begun_on(self, day: date) -> list[Seconds]:
        """Return what is open of the hours begun on a date, also past midnight; nothing on a holiday."""

    def is_holiday(self, day: date) -> bool:
        """Return whether a date is a holiday."""

    def zones(self) -> tuple[ZoneInfo, ...]:
        """Return the zones whose wall clocks are read, in the order of the plan."""


Zones = Callable[[str], ZoneInfo]


def timetable_of(plan: Plan, zones: Zones = zone) -> Timetable:
    """Return the timetable that a plan describes, in zones as `zones` tells them by name."""
    if isinstance(plan, SharedPlan):
        return _Shared([timetable_of(each, zones) for each in plan.plans])
    return _Weekly(plan, zones(plan.zone))


class _Weekly:
    def __init__(self, plan: WeeklyPlan, where: ZoneInfo) -> None:
        self.zone = where
        self._week = plan.week
        self._openings = _by_date(plan.openings)
        self._closures = _by_date(plan.closures)
        self._holidays = frozenset(plan.holidays)
        self._yearly = frozenset(plan.yearly)
        self._ranges = plan.ranges

    def open_between(self, start: int, end: int) -> list[Seconds]:
        first = wall_at(instant(start), self.zone).date() - _MARGIN
        last = wall_at(instant(end), self.zone).date() + _MARGIN
        hours = union(self._on_instants(day, span) for day in _days(first, last) for span in self._hours(day))
        return within(difference(hours, self._shut_between(first, last)), start, end)

    def begun_on(self, day: date) -> list[Seconds]:
        if self._holidays_between(day, day):
            return []
        hours = union(self._on_instants(day, span) for span in self._hours(day))
        return difference(hours, self._shut_between(day - _MARGIN, day + _MARGIN))

    def is_holiday(self, day: date) -> bool:
        return bool(self._holidays_between(day, day))

    def zones(self) -> tuple[ZoneInfo, ...]:
        return (self.zone,)

    def _hours(self, day: date) -> tuple[Minutes, ...]:
        return self._openings.get(day) or self._week[day.weekday()]

    def _shut_between(self, first: date, last: date) -> list[Seconds]:
        shut = [self._on_instants(day, _WHOLE_DAY) for day in self._holidays_between(first, last)]
        for day in _days(first, last):
            shut.extend(self._on_instants(day, span) for span in self._closures.get(day, ()))
        return union(shut)

    def _holidays_between(self, first: date, last: date) -> set[date]:
        ranged = (_days(max(first, each.first), min(last, each.last)) for each in self._ranges)
        single = (
            day for day in _days(first, last) if day in self._holidays or (day.month, day.day) in self._yearly
        )
        return set(chain(single, *ranged))

    def _on_instants(self, day: date, span: Minutes) -> Seconds:
        midnight = datetime.combine(day, time.min)
        return (
            boundary_epoch(self.zone, midnight + timedelta(minutes=span.start)),
            boundary_epoch(self.zone, midnight + timedelta(minutes=span.end)),
        )


class _Shared:
    def __init__(self, members: list[Timetable]) -> None:
        self.zone = members[0].zone
        self._members = members

    def open_between(self, start: int, end: int) -> list[Seconds]:
        return reduce(intersection, (each.open_between(start, end) for each in self._members))

    def begun_on(self, day: date) -> list[Seconds]:
        begun = self._members[0].begun_on(day)
        if not begun:
            return []
        start, end = begun[0][0], begun[-1][1]
        return reduce(intersection, (each.open_between(start, end) for each in self._members[1:]), begun)

    def is_holiday(self, day: date) -> bool:
        return any(each.is_holiday(day) for each in self._members)

    def zones(self) -> tuple[ZoneInfo, ...]:
        return tuple(where for each in self._members for where in each.zones())


def _by_date(entries: tuple[DatedMinutes, ...]) -> dict[date, tuple[Minutes, ...]]:
    found: dict[date, tuple[Minutes, ...]] = {}
    for each in entries:
        found[each.on] = (*found.get(each.on, ()), each.minutes)
    return found


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += _ONE_DAY
