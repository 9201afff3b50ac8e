"""Opening hours: how much working time lies between two moments, and when some of it will have passed.

All arithmetic is in whole seconds: a moment is first rounded down to its second, so everybody who asks
about the same event gets the same number. A span is open from its first second up to, but not
including, the moment it closes. Everything here is pure and safe to share between threads.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import Literal, NamedTuple, Self

from servicedesk.calendars.core.business_days import business_day_from
from servicedesk.calendars.core.exchange import (
    Plan,
    WeeklyPlan,
    has_part,
    read_plan,
    with_part,
    written_plan,
    zone_in,
)
from servicedesk.calendars.core.horizon import (
    NeverOpen,
    OutOfRange,
    checked_moment,
    horizon_after,
    horizon_before,
)
from servicedesk.calendars.core.intervals import union
from servicedesk.calendars.core.timetable import Zones, timetable_of
from servicedesk.calendars.core.values import DAY, InvalidCalendar, Minutes
from servicedesk.calendars.core.wallclock import boundary, boundary_epoch, epoch_of, instant, typed, wall_at
from servicedesk.calendars.core.wallclock import zone as zone_installed
from servicedesk.calendars.core.weekly_text import plan_from_text
from servicedesk.calendars.core.window import Window

__all__ = [
    "Deadline",
    "InvalidCalendar",
    "NeverOpen",
    "OpeningHours",
    "OutOfRange",
    "Snap",
    "boundary",
    "due_at",
    "typed",
]

Snap = Literal["keep_time", "end_of_day", "active"]

# Compiled in blocks of about a year, counted from 1970.
_BLOCK_SECONDS = 366 * 86400


class Deadline(NamedTuple):
    """Work is due at the first moment; it is late only after the second.

    They differ when the working time ends together with the opening hours: due on Monday at closing
    time, and in time until the desk opens on Tuesday. Nothing opening again, `breach_at` is the horizon.
    """

    due_at: datetime
    breach_at: datetime


def due_at(started_at: datetime, target: timedelta, hours: "OpeningHours") -> datetime:
    """Return the first moment by which `target` of working time has passed.

    started_at: aware, any zone. target: working time, positive. Returns UTC.
    Raises NeverOpen if `hours` does not reach it within ten years.
    Openings begin and end on the local wall clock; between those edges real
    time is counted, so a night shift across a DST change has 7 or 9 hours.
    """
    return hours.add(started_at, target // timedelta(seconds=1)).due_at


class OpeningHours:
    """A calendar that answers questions; the years they touch are compiled when first needed.

    Moments are aware datetimes in any zone and answers are in UTC; the methods with `_seconds` take
    and give seconds since 1970. Moments before 1900 or after 2199 raise OutOfRange.
    """

    __slots__ = ("_lock", "_plan", "_timetable", "_window", "zone")

    def __init__(self, plan: Plan, zones: Zones = zone_installed) -> None:
        self.zone: str = plan.zone
        self._plan = plan
        self._timetable = timetable_of(plan, zones)
        self._window = Window(0, 0, [])
        self._lock = Lock()

    @classmethod
    def weekly(cls, text: str, *, zone: str) -> Self:
        """Return hours like "mon-fri 09:00-13:00 14:00-18:00, sat 10:00-14:00"; raises InvalidCalendar."""
        return cls(plan_from_text(text, zone=zone))

    @classmethod
    def around_the_clock(cls, zone: str = "UTC") -> Self:
        """Return hours that are always open; the zone only says where a day begins."""
        return cls(WeeklyPlan(zone_in(zone, "tz"), ((Minutes(0, DAY),),) * 7))

    @classmethod
    def from_exchange(cls, document: Mapping[str, object], zones: Zones = zone_installed) -> Self:
        """Return the hours an exchange document describes; raises InvalidCalendar.

        zones: how its zones are, by name; as the installed zone data says where nothing else is given.
        """
        return cls(read_plan(document), zones)

    def to_exchange(self) -> dict[str, object]:
        """Return the document in its canonical form: equal calendars give equal documents."""
        return written_plan(self._plan)

    def is_same_as(self, other: "OpeningHours") -> bool:
        """Return whether both say the same in zones that are the same, be they compiled once or twice."""
        said = (self._plan, self._timetable.zones())
        return self is other or said == (other._plan, other._timetable.zones())

    @property
    def zones(self) -> frozenset[str]:
        """The names of all zones whose wall clocks are read; several where calendars are combined."""
        return frozenset(where.key for where in self._timetable.zones())

    def with_part(self, old: "Collection[OpeningHours]", new: "OpeningHours") -> "OpeningHours":
        """Return these with `new` for `old` parts, by the installed zone data; itself without such a part."""
        plan = with_part(self._plan, [each._plan for each in old], new._plan)
        return OpeningHours(plan) if self.has_part(old) else self

    def has_part(self, one_of: "Collection[OpeningHours]") -> bool:
        """Return whether this combines calendars, and one of them says the same as one of these."""
        return has_part(self._plan, [each._plan for each in one_of])

    def is_open(self, at: datetime) -> bool:
        """Return whether the desk is open at that moment; at closing time it no longer is."""
        moment = epoch_of(at)
        return self._covering(moment, moment + 1).is_open(moment)

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Return the seconds of open time between two moments, 0 if the end is not after the start."""
        return self.elapsed_seconds(epoch_of(start), epoch_of(end))

    def add(self, start: datetime, seconds: int) -> Deadline:
        """Return when that much open time will have passed since `start`.

        Raises NeverOpen if that takes more than ten years, ValueError if `seconds` is negative.
        """
        due, breach = self.add_seconds(epoch_of(start), seconds)
        due_at = instant(due)
        return Deadline(due_at, due_at if breach == due else instant(breach))

    def sub(self, end: datetime, seconds: int) -> tuple[datetime, datetime]:
        """Return the earliest and the latest moment from which that much open time passes until `end`.

        Raises NeverOpen if that goes back more than ten years, ValueError if `seconds` is negative.
        """
        earliest, latest = self.sub_seconds(epoch_of(end), seconds)
        return instant(earliest), instant(latest)

    def next_open(self, at: datetime) -> datetime:
        """Return `at` if the desk is open then, else the moment it opens next; raises NeverOpen."""
        moment = epoch_of(at)
        opens = self._next_open(moment)
        return at.astimezone(UTC) if opens == moment else instant(opens)

    def spans(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return the open spans between two moments, in order and apart; together they last `elapsed`."""
        first, last = epoch_of(start), epoch_of(end)
        if last <= first:
            return []
        found = self._covering(first, last).spans_between(first, last)
        return [(instant(opened), instant(closed)) for opened, closed in found]

    def is_business_day(self, day: date) -> bool:
        """Return whether hours begin on that local date and are not all closed; a tail does not count."""
        checked_moment(epoch_of(datetime(day.year, day.month, day.day, tzinfo=UTC)))
        return bool(self._timetable.begun_on(day))

    def is_holiday(self, day: date) -> bool:
        """Return whether that local date is a holiday: of any of the calendars where several are shared."""
        checked_moment(epoch_of(datetime(day.year, day.month, day.day, tzinfo=UTC)))
        return self._timetable.is_holiday(day)

    def business_days(self, at: datetime, days: int, snap: Snap) -> datetime:
        """Return the moment so many business days after (before, if negative) the local date of `at`.

        keep_time: at the same time of day, at the latest when that day's hours end. end_of_day: when
        they end. active: at the same time of day, then on to the nearest open moment in the direction
        of the step. No step from a date without hours goes on to the next one that has some, except
        for active. Raises NeverOpen if ten years do not hold so many.
        """
        moment = checked_moment(epoch_of(at))
        here = wall_at(instant(moment), self._timetable.zone)
        if days == 0 and snap == "active":
            return instant(self._next_open(moment))
        day = business_day_from(here.date(), days, self._timetable)
        wall = moment if day == here.date() else self._on_wall(day, here)
        if snap == "active":
            return instant(self._next_open(wall) if days > 0 else self._last_open(wall))
        closing = self._timetable.begun_on(day)[-1][1]
        return instant(closing if snap == "end_of_day" else min(wall, closing))

    def elapsed_seconds(self, start: int, end: int) -> int:
        """Return the seconds of open time between two moments, 0 if the end is not after the start."""
        if end <= start:
            return 0
        window = self._covering(start, end)
        return window.worked_until(end) - window.worked_until(start)

    def add_seconds(self, start: int, seconds: int) -> tuple[int, int]:
        """Return (due, breach) as `add` does."""
        if seconds < 0:
            raise ValueError("Working time to add cannot be negative.")
        window, goal = self._reaching(start, seconds)
        limit = horizon_after(start)
        due = window.first_with(goal) if seconds else start
        if due is None or due > limit:
            raise NeverOpen
        breach = window.last_with(goal)
        return due, limit if breach is None or breach > limit else breach

    def sub_seconds(self, end: int, seconds: int) -> tuple[int, int]:
        """Return (earliest, latest) as `sub` does; nothing open before, the earliest is the horizon."""
        if seconds < 0:
            raise ValueError("Working time to subtract cannot be negative.")
        window, goal = self._reaching_back(end, seconds)
        limit = horizon_before(end)
        latest = window.last_with(goal) if seconds else end
        if goal < 0 or latest is None or latest < limit:
            raise NeverOpen
        earliest = window.first_with(goal) if goal > 0 else None
        return limit if earliest is None or earliest < limit else earliest, latest

    def window(self, start: int, end: int) -> Window:
        """Return a compiled stretch of time that holds both moments, for who asks about many at once."""
        return self._covering(min(start, end), max(start, end))

    def _next_open(self, moment: int) -> int:
        window, goal = self._reaching(moment, 0)
        opens = window.last_with(goal)
        if opens is None or opens > horizon_after(moment):
            raise NeverOpen
        return opens

    def _last_open(self, moment: int) -> int:
        """Return `moment` if open then, else the closing time before it."""
        if self._covering(moment, moment + 1).is_open(moment):
            return moment
        window, goal = self._reaching_back(moment, 0)
        closed = window.first_with(goal) if goal > 0 else None
        if closed is None or closed < horizon_before(moment):
            raise NeverOpen
        return closed

    def _reaching(self, start: int, seconds: int) -> tuple[Window, int]:
        """Return a window with `seconds` of work and more after `start`, or one up to the horizon."""
        window = self._covering(start, start)
        goal = window.worked_until(start) + seconds
        limit, step = horizon_after(start), _BLOCK_SECONDS
        while window.total <= goal and window.ends < limit:
            window = self._covering(start, min(limit, window.ends + step))
            goal = window.worked_until(start) + seconds
            step *= 2
        return window, goal

    def _reaching_back(self, end: int, seconds: int) -> tuple[Window, int]:
        """Return a window with `seconds` of work and more before `end`, or one back to the horizon."""
        window = self._covering(end, end)
        goal = window.worked_until(end) - seconds
        limit, step = horizon_before(end), _BLOCK_SECONDS
        while goal <= 0 and window.begins > limit:
            window = self._covering(max(limit, window.begins - step), end)
            goal = window.worked_until(end) - seconds
            step *= 2
        return window, goal

    def _covering(self, start: int, end: int) -> Window:
        window = self._window
        if window.begins <= start and end <= window.ends:
            return window
        return self._grown(start, end)

    def _on_wall(self, day: date, here: datetime) -> int:
        return boundary_epoch(self._timetable.zone, datetime.combine(day, here.time()))

    def _grown(self, start: int, end: int) -> Window:
        begins = checked_moment(start) // _BLOCK_SECONDS * _BLOCK_SECONDS
        ends = -(-checked_moment(end) // _BLOCK_SECONDS) * _BLOCK_SECONDS
        with self._lock:
            known = self._window
            if known.begins == known.ends:
                known = Window(begins, begins, [])
            begins, ends = min(begins, known.begins), max(ends, known.ends)
            earlier = self._timetable.open_between(begins, known.begins)
            later = self._timetable.open_between(known.ends, ends)
            self._window = Window(begins, ends, union([*earlier, *known.spans(), *later]))
            return self._window
