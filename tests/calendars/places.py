"""Moments as people write them in one place, and calendars that many tests use."""

from datetime import UTC, datetime

from servicedesk.calendars.hours import OpeningHours, typed

EVERY_NIGHT = {day: [["22:00", "06:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def at(zone: str, text: str) -> datetime:
    """Return the instant of a local time like "2026-11-20 17:30"."""
    return typed(zone, wall(text))


def wall(text: str) -> datetime:
    """Return what a clock on the wall shows, of no zone in particular."""
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def almaty(text: str) -> datetime:
    return at("Asia/Almaty", text)


def jerusalem(text: str) -> datetime:
    return at("Asia/Jerusalem", text)


def berlin(text: str) -> datetime:
    return at("Europe/Berlin", text)


def calendar(tz: str = "UTC", **parts: object) -> OpeningHours:
    return OpeningHours.from_exchange({"tz": tz, **parts})


def office(tz: str = "UTC", **parts: object) -> OpeningHours:
    """Return Monday to Friday 09:00-17:00, with holidays and the like as given."""
    week = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    return calendar(tz, week=week, **parts)
