"""What newer holiday or zone data would change: shown and asked about, never applied by itself."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from servicedesk.calendars.core.wallclock import tzdata_version
from servicedesk.calendars.holidays_source import holidays_of
from servicedesk.calendars.queries import (
    CalendarVersionRow,
    calendar_in_force,
    calendars,
    holidays_of_version,
)

Difference = Literal["added", "removed", "confirmed"]


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


def versions_with_other_zone_data(at: datetime) -> tuple[CalendarVersionRow, ...]:
    """Return the versions in force at a moment that were published with other zone data than is installed."""
    in_force = (calendar_in_force(calendar.key, at) for calendar in calendars())
    return tuple(version for version in in_force if version.tzdata_version != tzdata_version())
