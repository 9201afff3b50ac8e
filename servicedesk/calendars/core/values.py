"""The smallest parts of a calendar document: shapes, dates and times of day, each refused with its field."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

DAY = 24 * 60
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
_SOME_LEAP_YEAR = 2000


class InvalidCalendar(ValueError):
    """A calendar that cannot be used: `field` is the path of the fault, `code` its stable name."""

    def __init__(self, code: str, field: str, reason: str) -> None:
        super().__init__(f"{field or 'calendar'} {reason}")
        self.code = code
        self.field = field
        self.reason = reason


class Minutes(NamedTuple):
    """A span of one day's wall clock in minutes after 00:00; past midnight `end` is above 1440."""

    start: int
    end: int


def child(field: str, name: str | int) -> str:
    """Return the path of a part of `field`, as in "week.mon.0"."""
    return f"{field}.{name}" if field else str(name)


def mapping_in(value: object, field: str, *, allowed: frozenset[str]) -> Mapping[str, object]:
    """Return `value` as an object that has only the allowed keys."""
    if not isinstance(value, Mapping):
        raise InvalidCalendar("calendar.wrong_type", field, "must be an object")
    for key in value:
        if key not in allowed:
            raise InvalidCalendar("calendar.unknown_key", child(field, str(key)[:60]), "is not known")
    return value


def list_in(value: object, field: str, *, most: int) -> Sequence[object]:
    """Return `value` as a list of at most so many entries."""
    if not isinstance(value, list | tuple):
        raise InvalidCalendar("calendar.wrong_type", field, "must be a list")
    if len(value) > most:
        raise InvalidCalendar("calendar.too_many", field, f"has more than {most} entries")
    return value


def pair_in(value: object, field: str) -> tuple[object, object]:
    """Return `value` as a list of two."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise InvalidCalendar("calendar.wrong_type", field, "must be a pair")
    return value[0], value[1]


def text_in(value: object, field: str) -> str:
    """Return `value` as text."""
    if not isinstance(value, str):
        raise InvalidCalendar("calendar.wrong_type", field, "must be text")
    return value


def date_in(value: object, field: str) -> date:
    """Return a date written 2026-12-16, the only form accepted."""
    text = text_in(value, field)
    if not _DATE.fullmatch(text):
        raise InvalidCalendar("calendar.bad_date", field, "must be a date like 2026-12-16")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidCalendar("calendar.bad_date", field, f"is not a date: {text}") from None


def month_day_in(value: object, field: str) -> tuple[int, int]:
    """Return (month, day) of a date written 12-16; 02-29 comes in leap years only."""
    text = text_in(value, field)
    found = _MONTH_DAY.fullmatch(text)
    if found is None:
        raise InvalidCalendar("calendar.bad_date", field, "must be a month and day like 12-16")
    month, day = int(found[1]), int(found[2])
    try:
        date(_SOME_LEAP_YEAR, month, day)
    except ValueError:
        raise InvalidCalendar("calendar.bad_date", field, f"is not a day of the year: {text}") from None
    return month, day


def minutes_in(start: object, end: object, start_field: str, end_field: str) -> Minutes:
    """Return the span between two times of day; an end not after the start is on the next day."""
    begun = _time_in(start, start_field)
    if begun == DAY:
        raise InvalidCalendar("calendar.bad_time", start_field, "cannot be 24:00, use 00:00 of the next day")
    ended = _time_in(end, end_field)
    return Minutes(begun, ended if ended > begun else ended + DAY)


def written_minutes(minutes: Minutes) -> list[str]:
    """Return the two times of day of a span, midnight at its end as 24:00."""
    end = minutes.end if minutes.end <= DAY else minutes.end - DAY
    return [_written_time(minutes.start), _written_time(end)]


def _time_in(value: object, field: str) -> int:
    text = text_in(value, field)
    if not _TIME.fullmatch(text):
        raise InvalidCalendar("calendar.bad_time", field, "must be a time of day like 09:30, at most 24:00")
    return int(text[:2]) * 60 + int(text[3:])


def _written_time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
