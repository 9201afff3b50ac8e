"""What a reader asks the report for: clock, period and team, read from the address. Pure but for words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sla.reports import Filter

KINDS = ("resolution", "first_response", "next_response", "update", "assignment", "vendor")
WEEKS = (4, 13, 26, 52, 104)
USUAL_WEEKS = 13
EARLIEST = date(1990, 1, 1)  # no history reaches further back


@dataclass(frozen=True, slots=True)
class Asked:
    """The chosen clock, the number of weeks, the day in the last of them, and the team (None: all)."""

    kind: str
    weeks: int
    until: date
    group_id: int | None

    def query(self, **other: object) -> dict[str, str]:
        """Return the address's parameters, with `other` ones in place of these; None leaves one out."""
        own: dict[str, object] = {
            "clock": self.kind,
            "weeks": self.weeks,
            "until": self.until.isoformat(),
            "team": self.group_id,
        }
        return {name: str(value) for name, value in {**own, **other}.items() if value is not None}


def asked_from(values: Mapping[str, str], *, today: date, known_groups: frozenset[int]) -> Asked:
    """Read the address; what cannot be read, or is not offered, falls back to the usual."""
    kind = values.get("clock", "")
    weeks = whole(values.get("weeks"))
    group_id = whole(values.get("team"))
    return Asked(
        kind=kind if kind in KINDS else KINDS[0],
        weeks=weeks if weeks in WEEKS else USUAL_WEEKS,
        until=_day(values.get("until"), today),
        group_id=group_id if group_id in known_groups else None,
    )


def whole(text: str | None) -> int | None:
    """Return a whole number as it stands in an address, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _day(text: str | None, today: date) -> date:
    try:
        return min(max(date.fromisoformat(text or ""), EARLIEST), today)
    except ValueError:
        return today


def moment_text(at: datetime | None) -> str | None:
    """Return a moment as it stands in an address."""
    return str(int(at.timestamp())) if at is not None else None


@dataclass(frozen=True, slots=True)
class Period:
    """The weeks that a page of the reports looks at, and the team (None: all)."""

    weeks: int
    until: date
    group_id: int | None
    now: datetime
    zone: str

    def query(self, **other: object) -> str:
        """Return the address's parameters, with `other` ones besides."""
        own = {"weeks": self.weeks, "until": self.until.isoformat(), "team": self.group_id, **other}
        return urlencode({name: value for name, value in own.items() if value is not None})


def period_from(values: Mapping[str, str], *, now: datetime, zone: str, known: frozenset[int]) -> Period:
    """Read the address; what cannot be read, or is not offered, falls back to the usual."""
    asked = asked_from(values, today=now.astimezone(ZoneInfo(zone)).date(), known_groups=known)
    return Period(asked.weeks, asked.until, asked.group_id, now.replace(microsecond=0), zone)


def filter_to_query(chosen: Filter) -> dict[str, str]:
    """Return the address's parameters of exactly the cycles that a figure counts."""
    values = {
        "kind": chosen.kind,
        "from": moment_text(chosen.from_at),
        "to": moment_text(chosen.to_at),
        "team": chosen.group_id,
        "priority": chosen.priority,
        "met": None if chosen.is_met is None else int(chosen.is_met),
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def filter_from(values: Mapping[str, str]) -> Filter:
    """Read what `filter_to_query` wrote; what cannot be read selects nothing special."""
    met = values.get("met")
    return Filter(
        kind=values["kind"] if values.get("kind") in KINDS else None,
        from_at=moment(values.get("from")),
        to_at=moment(values.get("to")),
        group_id=whole(values.get("team")),
        priority=whole(values.get("priority")),
        is_met=met == "1" if met in ("0", "1") else None,
    )


def moment(text: str | None) -> datetime | None:
    """Read what `moment_text` wrote; None where it cannot be read."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 11:
        return None
    return datetime.fromtimestamp(int(text), UTC)


def moment_within(text: str | None, zone: str, now: datetime) -> datetime:
    """Return the moment that an address names, at most now: as `moment_text` writes it, or as a form does.

    A form gives the wall clock of `zone`. What cannot be read is now.
    """
    found = moment(text)
    if found is None:
        try:
            found = datetime.fromisoformat(text or "").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            found = now
    return min(max(found, datetime(EARLIEST.year, 1, 1, tzinfo=UTC)), now)


def local_minute(at: datetime, zone: str) -> str:
    """Return a moment as a form's field of date and time takes it."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
