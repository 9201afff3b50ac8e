"""Which column of a file means what, as data that is checked before any row is read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# What a column may be mapped to. Only subject (or text) is needed.
TARGETS = frozenset(
    {
        "id",
        "subject",
        "text",
        "category",
        "group",
        "requester",
        "requester_email",
        "assignee",
        "opened_at",
        "resolved_at",
        "status",
        "priority",
        "impact",
        "urgency",
        "channel",
        "language",
    }
)
KEYS = frozenset({"source", "zone", "columns", "defaults", "values", "empty", "separator"})


class BadMapping(ValueError):
    """The mapping cannot be used; `key` names the part, `reason` is a code."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


@dataclass(frozen=True)
class ColumnMapping:
    """How to read a file.

    source: names where the rows come from; with a row's id it makes the key that a second run skips.
    columns: target to the columns joined for it. defaults: target to a value for rows without one.
    values: target to a map of the file's words to ours. zone: of times without one. empty: what the
    file writes for "nothing".
    """

    source: str
    columns: Mapping[str, tuple[str, ...]]
    defaults: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    empty: frozenset[str] = frozenset({""})
    zone: str = "UTC"
    separator: str = " · "

    def missing_from(self, header: Sequence[str]) -> list[str]:
        """Return the mapped columns that the file does not have."""
        return sorted({name for names in self.columns.values() for name in names} - set(header))


def mapping_from(document: Mapping[str, Any]) -> ColumnMapping:
    """Read a mapping document; raises BadMapping for unknown keys, targets or zones."""
    for key in document:
        if key not in KEYS:
            raise BadMapping(key, "unknown_key")
    columns = {target: _names(names) for target, names in dict(document.get("columns", {})).items()}
    for target in [*columns, *document.get("defaults", {}), *document.get("values", {})]:
        if target not in TARGETS:
            raise BadMapping(target, "unknown_target")
    if not {"subject", "text"} & set(columns):
        raise BadMapping("columns", "subject_missing")
    if "id" not in columns:
        raise BadMapping("columns", "id_missing")
    return ColumnMapping(
        source=_source(document),
        columns=MappingProxyType(columns),
        defaults=MappingProxyType({k: str(v) for k, v in document.get("defaults", {}).items()}),
        values=MappingProxyType({k: dict(v) for k, v in document.get("values", {}).items()}),
        empty=frozenset({"", *map(str, document.get("empty", ()))}),
        zone=_zone(document),
        separator=str(document.get("separator", " · ")),
    )


def _names(names: object) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(str(name) for name in names)  # type: ignore[attr-defined]


def _source(document: Mapping[str, Any]) -> str:
    source = str(document.get("source", "")).strip()
    if not source or len(source) > 40 or ":" in source:
        raise BadMapping("source", "bad_source")
    return source


def _zone(document: Mapping[str, Any]) -> str:
    zone = str(document.get("zone", "UTC"))
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadMapping("zone", "unknown_zone") from None
    return zone
