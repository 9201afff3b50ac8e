"""How moments, durations and numbers are written for the reader of a page."""

import math
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time
from babel.numbers import format_decimal, format_percent
from flask import Flask

from servicedesk.kernel import clock, i18n
from servicedesk.kernel.db import instant_text
from servicedesk.kernel.i18n import current_locale
from servicedesk.kernel.i18n import gettext as _

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as pages show it."""

    iso: str
    words: str
    title: str


def init_app(app: Flask) -> None:
    """Give templates the filters of this module."""
    app.jinja_env.filters.update(
        when=when,
        when_full=when_full,
        moment=moment,
        day=day,
        duration=duration,
        working_duration=working_duration,
        number=number,
        percent=percent,
        localised=i18n.localised,
        iso=instant_text,
    )


def when(at: datetime | None) -> str:
    """Return a moment in few words, in the reader's zone: "today 15:10", "Tue 09:14", "3 Nov 2025"."""
    return moment_in_words(at)[0] if at is not None else ""


def when_full(at: datetime | None) -> str:
    """Return a moment with its weekday, date, time and zone, as a title for the short form."""
    return moment_in_words(at)[1] if at is not None else ""


def moment_in_words(at: datetime) -> tuple[str, str]:
    """Return `when` and `when_full` of a moment together: most pages write both."""
    name, locale = i18n.reader().zone, current_locale()
    zone = ZoneInfo(name)
    local = at.astimezone(zone)
    on, time_of_day = local.date(), f"{local:%H:%M}"
    short = _short(on, _time(local.hour, local.minute, locale), clock.now().astimezone(zone).date(), locale)
    return short, f"{_date(on, 'EEEE, d MMMM y', locale)}, {time_of_day} ({name})"


def _short(on: date, at_time: str, today: date, locale: Locale | None) -> str:
    days = (on - today).days
    if days == 0:
        return str(_("today %(time)s", time=at_time))
    if days == 1:
        return str(_("tomorrow %(time)s", time=at_time))
    if days == -1:
        return str(_("yesterday %(time)s", time=at_time))
    if abs(days) < 7:
        return str(_("%(day)s %(time)s", day=_date(on, "EEE", locale), time=at_time))
    if on.year == today.year:
        return str(_("%(day)s %(time)s", day=_skeleton("MMMd", on, locale), time=at_time))
    return _skeleton("yMMMd", on, locale)


def when_in(zone: str, at: datetime) -> str:
    """Return a moment with weekday, date, time and zone, for a letter to somebody who lives in `zone`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{format_datetime(local, 'EEE, d MMM, HH:mm', locale=current_locale())} ({zone})"


def moment(at: datetime | None) -> Moment | None:
    """Return a moment for the `moment` macro: machine form, few words, full title."""
    return Moment(instant_text(at), *moment_in_words(at)) if at is not None else None


def day(on: date) -> str:
    """Return a date in few words: "3 Nov 2025"."""
    if isinstance(on, datetime):
        return _skeleton("yMMMd", on.date(), current_locale())
    return format_date(on, format="medium", locale=current_locale())


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units: "2 d 4 h", "1 h 05 m", "12 m", "40 s".

    Days have 24 hours; for working time use `working_duration`. The sign is left to the sentence around it.
    """
    whole = abs(round(seconds))
    if whole >= _DAY:
        return str(_("%(days)d d %(hours)d h", days=whole // _DAY, hours=whole % _DAY // _HOUR))
    return working_duration(whole)


def working_duration(seconds: float) -> str:
    """Return a length of working time, never in days: "40 h", "1 h 05 m", "12 m", "40 s"."""
    whole = abs(round(seconds))
    if whole < _MINUTE:
        return str(_("%(seconds)d s", seconds=whole))
    hours, minutes = divmod(whole // _MINUTE, 60)
    if not hours:
        return str(_("%(minutes)d m", minutes=minutes))
    if not minutes:
        return str(_("%(hours)d h", hours=hours))
    return str(_("%(hours)d h %(minutes)s m", hours=hours, minutes=f"{minutes:02d}"))


def number(value: float, digits: int = 0) -> str:
    """Return a number with the reader's separators and at most `digits` decimals."""
    return _number(round(value, digits) if digits else round(value), current_locale())


@lru_cache(maxsize=4096)
def _number(value: float, locale: Locale | None) -> str:
    return format_decimal(value, locale=locale or "en")


def file_size(size_bytes: int) -> str:
    """Return a size in decimal units, as people's own systems show it: "1.4 MB", "20 KB", "1 KB" at least."""
    if size_bytes >= 999_500:
        megabytes = size_bytes / 1_000_000
        return str(_("%(megabytes)s MB", megabytes=number(megabytes, 0 if megabytes >= 10 else 1)))
    return str(_("%(kilobytes)s KB", kilobytes=number(max(1, size_bytes / 1000))))


def percent(share: float | None, digits: int = 0) -> str:
    """Return a share (0.95) as a percentage ("95%"), rounded down: 99.6 % is not shown as kept in full.

    None (no population) is a dash.
    """
    if share is None:
        return "–"
    scale = 100 * 10**digits
    pattern = "#,##0." + "0" * digits + "%" if digits else "#,##0%"
    return format_percent(math.floor(share * scale + 1e-9) / scale, format=pattern, locale=current_locale())


# A page of a conversation writes sixty moments, of which most share their day, and all the minutes of a day.
@lru_cache(maxsize=4096)
def _time(hour: int, minute: int, locale: Locale | None) -> str:
    return format_time(time(hour, minute), "short", locale=locale)


@lru_cache(maxsize=4096)
def _date(on: date, pattern: str, locale: Locale | None) -> str:
    return format_date(on, pattern, locale=locale)


@lru_cache(maxsize=4096)
def _skeleton(pattern: str, on: date, locale: Locale | None) -> str:
    return format_skeleton(pattern, datetime.combine(on, time()), locale=locale)
