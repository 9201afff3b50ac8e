"""The same questions answered minute by minute, with nothing in common with the product but zone data.

A clock on the wall that is never turned back, only stopped, shows the latest time shown so far. A
minute is open when the minute this clock shows is open on its date.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from servicedesk.calendars.core.wallclock import zone

MINUTE = timedelta(minutes=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Reference:
    """The open minutes of one calendar between two UTC moments on the minute."""

    def __init__(self, document: Mapping[str, Any], start: datetime, end: datetime) -> None:
        self.start = start
        on_date = cache(lambda day: _minutes_of(document, day))
        walls = _walls(zone(document["tz"]), start, end)
        self.open = [bool(on_date(wall.date())[wall.hour * 60 + wall.minute]) for wall in walls]

    def elapsed(self, start: datetime, end: datetime) -> int:
        return 60 * sum(self.open[self._place(start) : self._place(end)])

    def due(self, start: datetime, seconds: int) -> datetime | None:
        """Return the first minute mark by which that much was open."""
        worked, place = 0, self._place(start)
        while worked < seconds and place < len(self.open):
            worked += 60 * self.open[place]
            place += 1
        return self.start + place * MINUTE if worked == seconds else None

    def spans(self) -> list[tuple[datetime, datetime]]:
        found: list[tuple[datetime, datetime]] = []
        for place, is_open in enumerate(self.open):
            now = self.start + place * MINUTE
            if is_open and found and found[-1][1] == now:
                found[-1] = (found[-1][0], now + MINUTE)
            elif is_open:
                found.append((now, now + MINUTE))
        return found

    def _place(self, at: datetime) -> int:
        return (at - self.start) // MINUTE


# Many calendars are walked through around the same night.
@lru_cache(maxsize=2)
def _walls(where: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    now = start - timedelta(days=2)
    latest, walls = _wall(now, where), []
    while now < end:
        latest = max(latest, _wall(now, where))
        if now >= start:
            walls.append(latest)
        now += MINUTE
    return walls


def _wall(at: datetime, where: ZoneInfo) -> datetime:
    return at.astimezone(where).replace(tzinfo=None, fold=0)


def _minutes_of(document: Mapping[str, Any], day: date) -> bytearray:
    """Return for each minute of the wall clock on a date whether it is open."""
    minutes = bytearray(2 * 1440)
    for on in (day - timedelta(days=1), day):
        _mark(minutes, day, on, _hours(document, on), 1)
    for on in (day - timedelta(days=1), day):
        _mark(minutes, day, on, _dated(document, "closed", on), 0)
    if _is_holiday(document, day):
        return bytearray(1440)
    return minutes[:1440]


def _mark(minutes: bytearray, day: date, on: date, spans: list[list[str]], value: int) -> None:
    shift = 1440 * (day - on).days
    for start, end in spans:
        length = (_minute(end) - _minute(start) - 1) % 1440 + 1
        for minute in range(_minute(start) - shift, _minute(start) - shift + length):
            minutes[max(minute, -1)] = value  # what lies on the day before lands past the end


def _hours(document: Mapping[str, Any], day: date) -> list[list[str]]:
    weekly: list[list[str]] = document.get("week", {}).get(DAYS[day.weekday()], [])
    return _dated(document, "open", day) or weekly


def _dated(document: Mapping[str, Any], key: str, day: date) -> list[list[str]]:
    return [[e["from"], e["to"]] for e in document.get(key, []) if e["date"] == day.isoformat()]


def _is_holiday(document: Mapping[str, Any], day: date) -> bool:
    text = day.isoformat()
    return (
        text in document.get("holidays", [])
        or text[5:] in document.get("holidays_yearly", [])
        or any(first <= text <= last for first, last in document.get("holiday_ranges", []))
    )


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
