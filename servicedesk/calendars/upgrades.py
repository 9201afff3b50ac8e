"""What newer holiday or zone data would change: shown and asked about, never applied by itself."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias

from servicedesk.calendars.core.wallclock import boundary, tzdata_version, zone
from servicedesk.calendars.holidays_source import holidays_of
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.queries import (
    CalendarVersionRow,
    calendar_in_force,
    calendars,
    holidays_of_version,
    hours_of,
)

Difference = Literal["added", "removed", "confirmed"]
Span: TypeAlias = tuple[datetime, datetime]
# How far newer zone data is looked at: countries seldom decide on later years.
LOOKED_AHEAD = timedelta(days=2 * 366)


@dataclass(frozen=True, slots=True)
class HolidayDifference:
    """What the installed package says of a date, compared with a published version.

    added: a holiday the version does not have; removed: one that is none any more; confirmed: an
    estimated one is now certain.
    """

    falls_on: date
    name: str
    difference: Difference


def holiday_differences(calendar_version_id: int) -> tuple[HolidayDifference, ...]:
    """Return by date where the installed package disagrees with what a version took over from it.

    Dates that the publisher left out on purpose are among the added.
    """
    known = {row.falls_on: row for row in holidays_of_version(calendar_version_id)}
    if not known:
        return ()
    source = next(iter(known.values())).source
    current = {
        each.falls_on: each for each in holidays_of(source, range(min(known).year, max(known).year + 1))
    }
    names = {day: each.name for day, each in known.items()} | {
        day: each.name for day, each in current.items()
    }
    added: dict[date, Difference] = dict.fromkeys(current.keys() - known.keys(), "added")
    removed: dict[date, Difference] = dict.fromkeys(known.keys() - current.keys(), "removed")
    confirmed: dict[date, Difference] = {
        day: "confirmed"
        for day in known.keys() & current.keys()
        if current[day].is_confirmed and not known[day].is_confirmed
    }
    found = sorted((added | removed | confirmed).items())
    return tuple(HolidayDifference(day, names[day], difference) for day, difference in found)


@dataclass(frozen=True, slots=True)
class ZoneDifference:
    """A date whose open spans lie elsewhere by newer zone data: `then` as published, `now` as installed."""

    on: date
    then: tuple[Span, ...]
    now: tuple[Span, ...]


def zone_differences(calendar_version_id: int, since: datetime) -> tuple[ZoneDifference, ...]:
    """Return by date what the installed zone data moves of a version's hours in two years from that day on.

    Spans are instants, those of a date the ones that begin on it in the calendar's zone, as published.
    """
    published = hours_of(calendar_version_id)
    installed = OpeningHours.from_exchange(published.to_exchange())
    if published.is_same_as(installed):
        return ()
    where = zone(published.zone)
    begin = boundary(where, datetime.combine(since.astimezone(where).date(), time()))
    then, now = (set(hours.spans(begin, begin + LOOKED_AHEAD)) for hours in (published, installed))
    days: dict[date, tuple[list[Span], list[Span]]] = {}
    for place, moved in enumerate((then - now, now - then)):
        for span in sorted(moved):
            days.setdefault(span[0].astimezone(where).date(), ([], []))[place].append(span)
    return tuple(ZoneDifference(on, tuple(old), tuple(new)) for on, (old, new) in sorted(days.items()))


def versions_with_other_zone_data(at: datetime) -> tuple[CalendarVersionRow, ...]:
    """Return the versions in force at a moment that were published with other zone data than is installed."""
    in_force = (calendar_in_force(calendar.key, at) for calendar in calendars())
    return tuple(version for version in in_force if version.tzdata_version != tzdata_version())
