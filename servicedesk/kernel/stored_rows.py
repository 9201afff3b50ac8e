"""Rows as they stand in the database, read past the models' conversions, so that a damaged value shows.

SQLite keeps whatever was put into a column: a 2 where truth is 0 or 1, a date with another separator, bytes
that are no text. The models' conversions would smooth that over or fail; here it becomes a `Damaged` value.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType, TypeEngine

from servicedesk.kernel.db import session
from servicedesk.kernel.instants import UtcDateTime

Row = dict[str, Any]
Reader = Callable[[object], object]

# So many rows are fetched at once where a whole table is read.
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Damaged:
    """A stored value that the desk never writes in this form."""

    raw: object

    def __str__(self) -> str:
        return f"damaged: {self.raw!r}"


def stored_rows(table: Table, *where: ColumnElement[bool]) -> list[Row]:
    """Return the rows of `table` that hold `where`, each as column to value, by primary key."""
    columns = list(table.columns)
    readers, names = readers_of(columns), [column.name for column in columns]
    query = select(*raw(columns)).where(*where).order_by(*table.primary_key.columns)
    return [
        {name: read(value) for name, read, value in zip(names, readers, row, strict=True)}
        for row in session().execute(query)
    ]


def stream(query: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """Yield the rows of a query without holding more than a few thousand of them."""
    yield from session().execute(query, execution_options={"yield_per": AT_ONCE})


def raw(columns: Sequence[Column[Any]]) -> list[ColumnElement[Any]]:
    """Return columns for a select that hands out what the driver gives; read it with `readers_of`."""
    return [type_coerce(column, NullType()).label(f"{column.table.name}_{column.name}") for column in columns]


def readers_of(columns: Sequence[Column[Any]]) -> list[Reader]:
    """Return what makes a Python value of each column's raw one."""
    return [_reader(column.type) for column in columns]


def _reader(kind: TypeEngine[Any]) -> Reader:
    if isinstance(kind, UtcDateTime):
        return _instant
    if isinstance(kind, Boolean):
        return _truth
    if isinstance(kind, Integer):
        return _whole_number
    if isinstance(kind, String):
        return _text
    raise TypeError(f"no reader for {kind!r}")


def _instant(value: object) -> object:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    try:
        found = datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return Damaged(value)
    if found.tzinfo is not None or found.isoformat(" ", "microseconds") != value:
        return Damaged(value)
    return found.replace(tzinfo=UTC)


def _truth(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    return bool(value) if type(value) is int and value in (0, 1) else Damaged(value)


def _whole_number(value: object) -> object:
    return value if value is None or type(value) is int else Damaged(value)


def _text(value: object) -> object:
    return value if value is None or type(value) is str else Damaged(value)


@contextmanager
def reading_damaged_text() -> Iterator[None]:
    """Let bytes that are no UTF-8 be read as what they are (lone surrogates) instead of ending the query."""
    connection = session().connection().connection.driver_connection
    if not isinstance(connection, SqliteConnection):
        yield
        return
    usual = connection.text_factory
    connection.text_factory = lambda stored: stored.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = usual
