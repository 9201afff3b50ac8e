"""The next fourteen days of a calendar, drawn as their reader will live through them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from servicedesk.calendars.hours import OpeningHours
from servicedesk.kernel import clock
from servicedesk.kernel.display import day as day_words
from servicedesk.kernel.i18n import current_locale, reader

DRAWN_DAYS = 14
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class DrawnDay:
    """A day of the reader's zone: its words, hours, bars as (from, length) in minutes, and if it differs.

    `there`: the same hours on the calendar's own clock; empty where both clocks show the same.
    """

    name: str
    date: str
    hours: str
    there: str
    bars: tuple[tuple[int, int], ...]
    is_other: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Fourteen days in the zone `zone`; `calendar_zone` is empty where it is the same."""

    zone: str
    calendar_zone: str
    days: tuple[DrawnDay, ...]


def picture_of(hours: OpeningHours, before: OpeningHours | None, begins: datetime) -> Picture:
    """Return fourteen days from today, or from the day on which the hours begin to count."""
    here = ZoneInfo(reader().zone)
    there = None if here.key == hours.zone else ZoneInfo(hours.zone)
    first = max(begins, clock.now()).astimezone(here).date()
    days = []
    for step in range(DRAWN_DAYS):
        on = first + timedelta(days=step)
        midnight = datetime.combine(on, time(), tzinfo=here)
        following = datetime.combine(on + timedelta(days=1), time(), tzinfo=here)
        spans = hours.spans(midnight, following)
        local = [(opened.astimezone(here), closed.astimezone(here)) for opened, closed in spans]
        days.append(
            DrawnDay(
                name=format_date(on, "EEEE", locale=current_locale()),
                date=day_words(on),
                hours=" · ".join(f"{opened:%H:%M}–{_ending(closed, following)}" for opened, closed in local),
                there=_on_their_clock(spans, there) if there else "",
                bars=tuple((_minute(opened, midnight), _length(opened, closed)) for opened, closed in local),
                is_other=before is not None and before.spans(midnight, following) != spans,
            )
        )
    return Picture(here.key, there.key if there else "", tuple(days))


def _on_their_clock(spans: Sequence[tuple[datetime, datetime]], there: ZoneInfo) -> str:
    local = ((opened.astimezone(there), closed.astimezone(there)) for opened, closed in spans)
    return " · ".join(f"{opened:%H:%M}–{closed:%H:%M}" for opened, closed in local)


def _ending(closed: datetime, following: datetime) -> str:
    return "24:00" if closed == following else f"{closed:%H:%M}"


def _minute(at: datetime, midnight: datetime) -> int:
    return at.hour * 60 + at.minute if at.date() == midnight.date() else _DAY_MINUTES


def _length(opened: datetime, closed: datetime) -> int:
    return int((closed - opened).total_seconds()) // 60
