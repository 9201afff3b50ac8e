"""The exchange form of a calendar: read with every doubt refused, written back in one canonical way.

`{"tz", "week", "holidays", "holidays_yearly", "holiday_ranges", "closed", "open"}` or
`{"all_of": [A, B]}`. Only "tz" is required; a range of holidays includes both of its ends.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeVar

from servicedesk.calendars.core.values import (
    InvalidCalendar,
    Minutes,
    child,
    date_in,
    list_in,
    mapping_in,
    minutes_in,
    month_day_in,
    pair_in,
    text_in,
    written_minutes,
)
from servicedesk.calendars.core.wallclock import UnknownZone, zone

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Far above any real calendar; they keep one hostile document from occupying a process.
MOST_ENTRIES = 5000
MOST_SPANS_A_DAY = 48
MOST_SHARED = 8
DEEPEST_NESTING = 3

_WEEKLY_KEYS = frozenset({"tz", "week", "holidays", "holidays_yearly", "holiday_ranges", "closed", "open"})
_SHARED_KEYS = frozenset({"all_of"})
_DATED_KEYS = frozenset({"date", "from", "to"})
_Entry = TypeVar("_Entry", bound=date | tuple[object, ...])


class DatedMinutes(NamedTuple):
    """A span of the wall clock that begins on one date."""

    on: date
    minutes: Minutes


class DateRange(NamedTuple):
    """Dates from the first to the last, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class WeeklyPlan:
    """One calendar: weekly hours, Monday first, and the dates that differ."""

    zone: str
    week: tuple[tuple[Minutes, ...], ...] = ((),) * 7
    holidays: tuple[date, ...] = ()
    yearly: tuple[tuple[int, int], ...] = ()
    ranges: tuple[DateRange, ...] = ()
    closures: tuple[DatedMinutes, ...] = ()
    openings: tuple[DatedMinutes, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedPlan:
    """Open when every one of `plans` is; its dates are those of the first one's zone."""

    plans: tuple["Plan", ...]

    @property
    def zone(self) -> str:
        return self.plans[0].zone


Plan = WeeklyPlan | SharedPlan


def read_plan(document: object, field: str = "", depth: int = 0) -> Plan:
    """Return the plan a document describes; raises InvalidCalendar."""
    if isinstance(document, Mapping) and "all_of" in document:
        shared = mapping_in(document, field, allowed=_SHARED_KEYS)
        return _shared_in(shared["all_of"], child(field, "all_of"), depth)
    entries = mapping_in(document, field, allowed=_WEEKLY_KEYS)
    return WeeklyPlan(
        zone=_zone_in(entries, field),
        week=_week_in(entries.get("week", {}), child(field, "week")),
        holidays=_entries_in(entries, "holidays", date_in, field),
        yearly=_entries_in(entries, "holidays_yearly", month_day_in, field),
        ranges=_joined(_entries_in(entries, "holiday_ranges", _range_in, field)),
        closures=_entries_in(entries, "closed", _dated_in, field),
        openings=_entries_in(entries, "open", _dated_in, field),
    )


def written_plan(plan: Plan) -> dict[str, object]:
    """Return the exchange form: sorted, without doubles and without empty parts."""
    if isinstance(plan, SharedPlan):
        return {"all_of": [written_plan(each) for each in plan.plans]}
    days = zip(WEEKDAYS, plan.week, strict=True)
    document: dict[str, object] = {
        "tz": plan.zone,
        "week": {day: [written_minutes(span) for span in hours] for day, hours in days if hours},
        "holidays": [day.isoformat() for day in plan.holidays],
        "holidays_yearly": [f"{month:02}-{day:02}" for month, day in plan.yearly],
        "holiday_ranges": [[each.first.isoformat(), each.last.isoformat()] for each in plan.ranges],
        "closed": [_written_dated(each) for each in plan.closures],
        "open": [_written_dated(each) for each in plan.openings],
    }
    return {key: value for key, value in document.items() if value or key == "week"}


def has_part(plan: Plan, one_of: Collection[Plan]) -> bool:
    """Say whether a plan is one of several of which one, however deep it stands, is one of these."""
    if not isinstance(plan, SharedPlan):
        return False
    return any(each in one_of or has_part(each, one_of) for each in plan.plans)


def with_part(plan: Plan, old: Collection[Plan], new: Plan) -> Plan:
    """Return a plan of several with `new` in place of each part that is one of `old`, however deep."""
    if not isinstance(plan, SharedPlan):
        return plan
    return SharedPlan(tuple(new if each in old else with_part(each, old, new) for each in plan.plans))


def _shared_in(value: object, field: str, depth: int) -> SharedPlan:
    members = list_in(value, field, most=MOST_SHARED)
    if len(members) < 2:
        raise InvalidCalendar("calendar.too_few", field, "needs two calendars or more")
    if depth >= DEEPEST_NESTING:
        raise InvalidCalendar("calendar.too_deep", field, "is nested too deeply")
    plans = (read_plan(each, child(field, place), depth + 1) for place, each in enumerate(members))
    return SharedPlan(tuple(plans))


def zone_in(value: object, field: str) -> str:
    """Return the name of a known zone."""
    name = text_in(value, field)
    try:
        zone(name)
    except UnknownZone:
        raise InvalidCalendar("calendar.unknown_zone", field, f"is not a known zone: {name[:60]!r}") from None
    return name


def _zone_in(entries: Mapping[str, object], field: str) -> str:
    here = child(field, "tz")
    if "tz" not in entries:
        raise InvalidCalendar("calendar.missing", here, "is required")
    return zone_in(entries["tz"], here)


def _week_in(value: object, field: str) -> tuple[tuple[Minutes, ...], ...]:
    days = mapping_in(value, field, allowed=frozenset(WEEKDAYS))
    return tuple(_hours_in(days.get(day, []), child(field, day)) for day in WEEKDAYS)


def _hours_in(value: object, field: str) -> tuple[Minutes, ...]:
    hours: set[Minutes] = set()
    for place, pair in enumerate(list_in(value, field, most=MOST_SPANS_A_DAY)):
        here = child(field, place)
        start, end = pair_in(pair, here)
        hours.add(minutes_in(start, end, child(here, 0), child(here, 1)))
    return tuple(sorted(hours))


def _entries_in(
    entries: Mapping[str, object], key: str, entry_in: Callable[[object, str], _Entry], field: str
) -> tuple[_Entry, ...]:
    here = child(field, key)
    found = list_in(entries.get(key, []), here, most=MOST_ENTRIES)
    return tuple(sorted({entry_in(each, child(here, place)) for place, each in enumerate(found)}))


def _range_in(value: object, field: str) -> DateRange:
    first, last = pair_in(value, field)
    dates = DateRange(date_in(first, child(field, 0)), date_in(last, child(field, 1)))
    if dates.last < dates.first:
        raise InvalidCalendar("calendar.range_reversed", field, "ends before it begins")
    return dates


def _dated_in(value: object, field: str) -> DatedMinutes:
    entries = mapping_in(value, field, allowed=_DATED_KEYS)
    for key in ("date", "from", "to"):
        if key not in entries:
            raise InvalidCalendar("calendar.missing", child(field, key), "is required")
    minutes = minutes_in(entries["from"], entries["to"], child(field, "from"), child(field, "to"))
    return DatedMinutes(date_in(entries["date"], child(field, "date")), minutes)


def _written_dated(each: DatedMinutes) -> dict[str, str]:
    start, end = written_minutes(each.minutes)
    return {"date": each.on.isoformat(), "from": start, "to": end}


def _joined(ranges: tuple[DateRange, ...]) -> tuple[DateRange, ...]:
    """Return sorted ranges with overlapping and neighbouring ones made one."""
    joined: list[DateRange] = []
    for each in ranges:
        if joined and each.first.toordinal() <= joined[-1].last.toordinal() + 1:
            joined[-1] = DateRange(joined[-1].first, max(each.last, joined[-1].last))
        else:
            joined.append(each)
    return tuple(joined)
