"""Stored values as plain JSON and back: the same text for the same value, whichever database keeps it.

What SQLite keeps although no desk wrote it so (a 2 where truth is 0 or 1, bytes that are no text) is carried
along as `{"damaged": …}`: a damaged row must not stand in the way of saving all the others.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Boolean, Date, Float, Integer, LargeBinary, String
from sqlalchemy.types import TypeEngine

from servicedesk.kernel.instants import UtcDateTime

Read = Callable[[object], object]

_SQLITE_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# In the order in which they are tried: a boolean is an integer to SQLAlchemy too.
_KINDS: tuple[tuple[type, str], ...] = (
    (UtcDateTime, "instant"),
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Float, "number"),
    (Date, "date"),
    (LargeBinary, "bytes"),
    (String, "text"),
)


class Unreadable(ValueError):
    """A line of a backup that no desk has written."""


class DamagedValue(Unreadable):
    """A value that SQLite kept and PostgreSQL cannot keep."""


def kind_of(column_type: TypeEngine[object]) -> str:
    """Return the kind of value that a column holds. Raises TypeError for one that backups do not know."""
    for known, kind in _KINDS:
        if isinstance(column_type, known):
            return kind
    raise TypeError(f"backups know no {column_type!r}")


def line_of(values: Sequence[object], kinds: Sequence[str]) -> str:
    """Return one row, as the database's driver gives it, as a line without its end."""
    plain = [
        None if value is None else _TO_PLAIN[kind](value) for value, kind in zip(values, kinds, strict=True)
    ]
    return _ENCODER.encode(plain)


def values_of(line: str, kinds: Sequence[str], *, sqlite: bool) -> list[object]:
    """Return the values of a line as the driver of SQLite or PostgreSQL takes them. Raises Unreadable."""
    try:
        plain = json.loads(line)
    except (ValueError, RecursionError):
        raise Unreadable(line[:80]) from None
    if type(plain) is not list or len(plain) != len(kinds):
        raise Unreadable(line[:80])
    readers = _FOR_SQLITE if sqlite else _FOR_POSTGRESQL
    return [None if value is None else readers[kind](value) for value, kind in zip(plain, kinds, strict=True)]


def text_or_bytes(stored: bytes) -> str | bytes:
    """Return what SQLite keeps as text; bytes that are no text as they are."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def _damaged(value: object) -> object:
    return {"damaged_bytes": b64encode(value).decode()} if isinstance(value, bytes) else {"damaged": value}


def _plain_instant(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat("T", "microseconds") + "Z"
    if type(value) is str and _SQLITE_INSTANT.fullmatch(value):
        return f"{value[:10]}T{value[11:]}Z"
    return _damaged(value)


def _plain_date(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return value if type(value) is str and _DATE.fullmatch(value) else _damaged(value)


def _plain_boolean(value: object) -> object:
    if value is True or value is False:
        return value
    return bool(value) if type(value) is int and value in (0, 1) else _damaged(value)


def _plain_bytes(value: object) -> object:
    return b64encode(value).decode() if isinstance(value, bytes | memoryview) else _damaged(value)


def _plain(*types: type) -> Read:
    return lambda value: value if type(value) in types else _damaged(value)


_TO_PLAIN: dict[str, Read] = {
    "integer": _plain(int),
    "number": _plain(float, int),
    "text": _plain(str),
    "boolean": _plain_boolean,
    "instant": _plain_instant,
    "date": _plain_date,
    "bytes": _plain_bytes,
}


def _stored(is_fit: Callable[[object], bool], convert: Read = lambda value: value) -> Read:
    """Return a reader for SQLite, which also takes damaged values as they were."""

    def read(value: object) -> object:
        if is_fit(value):
            return convert(value)
        if isinstance(value, dict) and list(value) == ["damaged"] and _is_scalar(value["damaged"]):
            return value["damaged"]
        if isinstance(value, dict) and list(value) == ["damaged_bytes"]:
            return _bytes(value["damaged_bytes"])
        raise Unreadable(repr(value)[:80])

    return read


def _strict(is_fit: Callable[[object], bool], convert: Read = lambda value: value) -> Read:
    """Return a reader for PostgreSQL, which keeps no damaged values."""

    def read(value: object) -> object:
        if is_fit(value):
            return convert(value)
        if isinstance(value, dict) and set(value) <= {"damaged", "damaged_bytes"}:
            raise DamagedValue(repr(value)[:80])
        raise Unreadable(repr(value)[:80])

    return read


def _is(*types: type) -> Callable[[object], bool]:
    return lambda value: type(value) in types


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: type(value) is str and pattern.fullmatch(value) is not None


def _is_scalar(value: object) -> bool:
    return value is None or type(value) in (str, int, float, bool)


def _bytes(value: object) -> bytes:
    try:
        return b64decode(str(value), validate=True)
    except ValueError:
        raise Unreadable(repr(value)[:80]) from None


def _sqlite_instant(value: object) -> object:
    return str(value).replace("T", " ").removesuffix("Z")


_CHECKS: dict[str, Callable[[object], bool]] = {
    "integer": _is(int),
    "number": _is(float, int),
    "text": _is(str),
    "boolean": _is(bool),
    "instant": _matches(_INSTANT),
    "date": _matches(_DATE),
    "bytes": _is(str),
}
_FOR_SQLITE = {kind: _stored(check) for kind, check in _CHECKS.items()} | {
    "boolean": _stored(_CHECKS["boolean"], lambda value: int(value is True)),
    "instant": _stored(_CHECKS["instant"], _sqlite_instant),
    "bytes": _stored(_CHECKS["bytes"], _bytes),
}
_FOR_POSTGRESQL = {kind: _strict(check) for kind, check in _CHECKS.items()} | {
    "bytes": _strict(_CHECKS["bytes"], _bytes),
}
