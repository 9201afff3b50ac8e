"""Edges of days and weeks on the wall clock of a zone, for figures over time. Pure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def midnight(day: date, zone: str) -> datetime:
    """Return when a day begins in `zone`, for the edges of periods."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_of(at: datetime, zone: str) -> date:
    """Return the date of an instant in `zone`."""
    return at.astimezone(ZoneInfo(zone)).date()


def mondays(last_day: date, weeks: int) -> list[date]:
    """Return the Mondays of the last `weeks` weeks, that of `last_day` last."""
    monday = last_day - timedelta(days=last_day.weekday())
    return [monday - WEEK * back for back in range(weeks - 1, -1, -1)]


def edges_of(days: Sequence[date], step: timedelta, zone: str) -> list[datetime]:
    """Return where the periods that begin on `days` begin, and where the last one ends."""
    return [midnight(day, zone) for day in [*days, days[-1] + step]]


def wall_weeks_before(at: datetime, weeks: int, zone: str) -> datetime:
    """Return the instant `weeks` weeks earlier on the wall clock: the same time of the same weekday."""
    local = at.astimezone(ZoneInfo(zone))
    return (local - WEEK * weeks).astimezone(UTC)
