"""Moments in the database: aware datetimes, stored in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime, Dialect
from sqlalchemy.types import TypeDecorator

READ_KEPT = 4096
WRITTEN_KEPT = 256
_WITHOUT_ZONE = len("2026-11-21 09:30:00.000000")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    # SQLite keeps text. The usual way there leads through three functions and a format with seven numbers;
    # filing one request writes fifty moments.
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        return _to_text if dialect.name == "sqlite" else _in_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        return _from_text if dialect.name == "sqlite" else _in_utc


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored")
    return value.astimezone(UTC)


def _to_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored")
    return _utc_to_text(value if value.tzinfo is UTC else value.astimezone(UTC))


# One save writes the same moment many times over. (In UTC only: elsewhere two moments an hour apart are equal
# when clocks are put back.)
@lru_cache(maxsize=WRITTEN_KEPT)
def _utc_to_text(utc: datetime) -> str:
    return utc.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]


# A page of the queue reads the same three hundred moments each time.
@lru_cache(maxsize=READ_KEPT)
def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)
