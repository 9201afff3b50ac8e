"""Weekly hours as a person types them: "mon-fri 09:00-13:00 14:00-18:00, sat 10:00-14:00"."""

import re

from servicedesk.calendars.core.exchange import WEEKDAYS, WeeklyPlan, zone_in
from servicedesk.calendars.core.values import InvalidCalendar, Minutes, minutes_in

_SEPARATORS = re.compile(r"[\s,;]+")
_DAYS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")
_HOURS = re.compile(r"([0-9]{1,2}:[0-9]{2})-([0-9]{1,2}:[0-9]{2})")


def plan_from_text(text: str, *, zone: str) -> WeeklyPlan:
    """Return the plan of a text: one or more days or ranges of days, then their hours, and so on.

    Days are mon … sun in any case; "fri-mon" goes over the weekend. Raises InvalidCalendar.
    """
    week: list[set[Minutes]] = [set() for _ in WEEKDAYS]
    days: list[int] = []
    days_have_hours = True
    for word in _SEPARATORS.split(text.strip(" ,;\n\t").lower()):
        if hours := _HOURS.fullmatch(word):
            if not days:
                raise _bad(word, "has no day before it")
            for day in days:
                week[day].add(minutes_in(hours[1].zfill(5), hours[2].zfill(5), "week", "week"))
            days_have_hours = True
        else:
            days = _days_of(word) if days_have_hours else days + _days_of(word)
            days_have_hours = False
    if not days_have_hours:
        raise _bad(text, "needs days and then their hours")
    return WeeklyPlan(zone_in(zone, "tz"), tuple(tuple(sorted(hours_of_day)) for hours_of_day in week))


def _days_of(word: str) -> list[int]:
    found = _DAYS.fullmatch(word)
    if not found or found[1] not in WEEKDAYS or (found[2] or found[1]) not in WEEKDAYS:
        raise _bad(word, "is neither days like mon-fri nor hours like 09:00-18:00")
    first, last = WEEKDAYS.index(found[1]), WEEKDAYS.index(found[2] or found[1])
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _bad(word: str, reason: str) -> InvalidCalendar:
    return InvalidCalendar("calendar.bad_text", "week", f"{reason}: {word[:60]!r}")
