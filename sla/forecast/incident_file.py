"""A table of incidents as forecasts are measured on: CSV, also gzipped, checked as a whole.

Who asked, who filed, who worked on it and who ended it are never read, nor what is known only afterwards.
"""

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import numpy as np

from sla.forecast.core.features import Table
from sla.forecast.core.labels import Seen
from sla.forecast.core.survival import Bools, Floats
from sla.forecast.training import DAY, Clocks

HOUR = 3600.0
# All that a forecast may look at. The rest of a file is ignored, so nothing can slip in by being there.
COLUMNS = (
    *("contact_type", "location", "category", "subcategory", "u_symptom", "cmdb_ci"),
    *("impact", "urgency", "priority", "assignment_group", "knowledge"),
)
NUMBERS = ("hour", "weekday", "until_recorded")
_MOST_FAULTS = 5


class NotIncidents(ValueError):
    """The file is no table of incidents; the text says which lines are wrong, and how."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One row. Moments are seconds; resolved_at is infinite, and missed None, where not told.

    recorded_at: when its first values were written down, the moment as of which they are known.
    """

    number: str
    opened_at: float
    recorded_at: float
    resolved_at: float
    hours: float
    missed: bool | None
    values: Mapping[str, str]


@dataclass(frozen=True)
class Incidents:
    """The rows of a file in their order, as arrays. hours: infinite and missed: 0 where not told."""

    numbers: tuple[str, ...]
    table: Table
    opened_at: Floats
    resolved_at: Floats
    hours: Floats
    missed: Floats
    has_labels: bool

    def seen_at(self, at: float) -> Seen:
        """Return how they stood at a moment: only those resolved before it had ended."""
        ended: Bools = self.resolved_at < at
        running = np.maximum(at - self.opened_at, 0.0) / HOUR
        return Seen(np.where(ended, self.hours, running), ended, np.where(ended, self.missed, 0.0))

    @property
    def clocks(self) -> Clocks:
        """Return them as clocks to learn from."""
        return Clocks(self.table, self.opened_at, self.seen_at, COLUMNS, NUMBERS)


def read_incidents(path: Path, *, for_training: bool) -> Incidents:
    """Return the incidents of a file; raises NotIncidents.

    Needed are `number` and `opened_at`, for training also `resolved_at` and `breached`. A row of training
    without resolved_at still runs.
    """
    needed = {"number", "opened_at"} | ({"resolved_at", "breached"} if for_training else set())
    try:
        with _open_text(path) as file:
            rows = _checked(csv.DictReader(file, strict=True), needed)
    except (csv.Error, EOFError, gzip.BadGzipFile, UnicodeDecodeError, OSError) as error:
        raise NotIncidents(f"{path.name}: {error}") from error
    except NotIncidents as error:
        raise NotIncidents(f"{path.name}: {error}") from None
    return _arrays(rows)


def _open_text(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _checked(reader: "csv.DictReader[str]", needed: set[str]) -> list[Incident]:
    missing = sorted(needed - set(reader.fieldnames or ()))
    if missing:
        raise NotIncidents(f"there is no column {', '.join(missing)}")
    found, faults = [], []
    for row in reader:
        try:
            found.append(_incident(row))
        except ValueError as error:
            faults.append(f"line {reader.line_num}: {error}")
    if faults:
        more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
        raise NotIncidents("; ".join(faults[:_MOST_FAULTS]) + more)
    if not found:
        raise NotIncidents("there are no rows")
    return found


def _incident(row: Mapping[str | None, object]) -> Incident:
    if None in row or None in row.values():
        raise ValueError("another number of fields than the head has")
    said = {str(name): str(value).strip() for name, value in row.items()}
    opened_at = _moment(said, "opened_at")
    resolved_at = _moment(said, "resolved_at") if said.get("resolved_at") else np.inf
    if not said["number"]:
        raise ValueError("number is empty")
    if resolved_at < opened_at:
        raise ValueError("resolved_at lies before opened_at")
    return Incident(
        said["number"],
        opened_at,
        _moment(said, "first_event_at") if said.get("first_event_at") else opened_at,
        resolved_at,
        _hours(said.get("resolve_hours", ""), (resolved_at - opened_at) / HOUR),
        _missed(said.get("breached", "")),
        {name: said.get(name, "") for name in COLUMNS},
    )


def _moment(said: Mapping[str, str], name: str) -> float:
    try:
        at = datetime.fromisoformat(said[name])
    except ValueError:
        raise ValueError(f"{name} is no moment: {said[name][:40]!r}") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _hours(text: str, measured: float) -> float:
    try:
        hours = float(text) if text else measured
    except ValueError:
        raise ValueError(f"resolve_hours is no number: {text[:40]!r}") from None
    if np.isnan(hours) or hours < 0:
        raise ValueError(f"resolve_hours is no time: {text[:40]!r}")
    return hours


def _missed(text: str) -> bool | None:
    known = {"": None, "0": False, "1": True, "false": False, "true": True}
    if text.lower() not in known:
        raise ValueError(f"breached is neither 0 nor 1: {text[:40]!r}")
    return known[text.lower()]


def _arrays(rows: list[Incident]) -> Incidents:
    texts = {name: np.array([row.values[name] for row in rows], dtype=np.str_) for name in COLUMNS}
    opened_at = np.array([row.opened_at for row in rows])
    recorded_at = np.array([row.recorded_at for row in rows])
    numbers = dict(zip(NUMBERS, _clock_times(opened_at, recorded_at), strict=True))
    return Incidents(
        numbers=tuple(row.number for row in rows),
        table=Table(len(rows), texts, numbers),
        opened_at=opened_at,
        resolved_at=np.array([row.resolved_at for row in rows]),
        hours=np.array([row.hours for row in rows]),
        missed=np.array([float(row.missed or False) for row in rows]),
        has_labels=all(row.missed is not None for row in rows),
    )


def _clock_times(opened_at: Floats, recorded_at: Floats) -> Iterator[Floats]:
    """Yield hour and day of the week of the record, as written in the file, and how long it took to come."""
    yield recorded_at % DAY / HOUR
    yield (recorded_at // DAY + 3) % 7
    yield np.log1p(np.maximum(recorded_at - opened_at, 0.0) / 60)
