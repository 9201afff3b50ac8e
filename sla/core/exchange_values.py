"""The smallest parts of an exchange request, each refused with the name of its field."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

MISSING = object()
_MOST = 10**9


class BadRequest(ValueError):
    """A request that cannot be read: `field` is the fault's place, `code` its stable name."""

    def __init__(self, field: str, reason: str, *, code: str = "request.wrong_type") -> None:
        super().__init__(f"{field or 'request'} {reason}")
        self.code = code
        self.field = field
        self.reason = reason


def mapping_in(entries: Mapping[str, object], field: str) -> Mapping[str, object]:
    value = entries.get(field)
    if not isinstance(value, Mapping):
        raise BadRequest(field, "must be an object")
    return value


def mappings_in(entries: Mapping[str, object], field: str) -> list[Mapping[str, object]]:
    value = entries.get(field)
    if not isinstance(value, list | tuple):
        raise BadRequest(field, "must be a list")
    return [mapping_in({f"{field}.{place}": entry}, f"{field}.{place}") for place, entry in enumerate(value)]


def text_in(entries: Mapping[str, object], field: str, default: object = MISSING) -> str:
    value = entries.get(field, default)
    if not isinstance(value, str):
        raise BadRequest(field, "must be text")
    return value


def texts_in(entries: Mapping[str, object], field: str) -> frozenset[str]:
    """Return a list of texts as a set; empty where the field is missing."""
    value = entries.get(field, ())
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise BadRequest(field, "must be a list of texts")
    return frozenset(value)


def flag_in(entries: Mapping[str, object], field: str, default: object = MISSING) -> bool:
    value = entries.get(field, default)
    if not isinstance(value, bool):
        raise BadRequest(field, "must be true or false")
    return value


def number_in(entries: Mapping[str, object], field: str, default: object = MISSING) -> int:
    """Return a whole number from zero to a thousand million."""
    value = entries.get(field, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise BadRequest(field, f"must be a whole number from 0 to {_MOST}")
    return value


def choice_in(entries: Mapping[str, object], field: str, choices: Sequence[str]) -> str:
    """Return one of `choices`; the first where the field is missing."""
    return one_of(text_in(entries, field, choices[0]), field, choices)


def one_of(value: str, field: str, choices: Collection[str]) -> str:
    if value not in choices:
        raise BadRequest(field, "is none of " + ", ".join(choices), code="request.unknown_choice")
    return value


def instant_in(entries: Mapping[str, object], field: str) -> datetime:
    """Return a moment written as ISO text with its offset, as UTC."""
    text = text_in(entries, field)
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadRequest(field, "must be an instant like 2026-12-16T09:00:00Z", code="request.bad_instant")
