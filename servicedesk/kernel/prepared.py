"""Statements whose text is worked out once: what every request runs skips SQLAlchemy's look-ups.

They run on the session's connection, and errors and listeners see them like any other; what is left out is
finding the compiled statement again and building a context and a result: most of a small statement's time.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import (
    Connection,
    Dialect,
)
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
Statement = Select[*tuple[Any, ...]] | UpdateBase
Convert = Callable[[Any], Any] | None
_PARAMETER = re.compile(r"%\((\w+)\)s")


class Prepared:
    """A statement with named parameters, none of which changes its text (as `in_` of a list does)."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.texts: dict[str, DriverText] = {}

    def rows(self, connection: Connection, **values: object) -> list[Any]:
        """Run the statement and return its rows as named tuples; none where it returns nothing."""
        return self.text_for(connection.dialect).run(connection, [values])

    def text_for(self, dialect: Dialect) -> "DriverText":
        """Return the statement as the driver of a dialect takes it."""
        text = self.texts.get(dialect.name)
        if text is None:
            text = self.texts[dialect.name] = text_of(self.statement, dialect)
        return text


class PreparedIfConstant(Prepared):
    """A statement that is prepared unless its text depends on a value; then it is run in the usual way."""

    def rows(self, connection: Connection, **values: object) -> list[Any]:
        """Run the statement and return its rows by name."""
        if not self.is_constant:
            return list(connection.execute(self.statement, values))
        return super().rows(connection, **values)

    @cached_property
    def is_constant(self) -> bool:
        """Say whether the text is the same for all values."""
        compiled = self.statement.compile()
        return not (compiled.post_compile_params or compiled.literal_execute_params)


@dataclass(frozen=True, slots=True)
class DriverText:
    """A statement as one driver takes it.

    `slots` are the parameters in their order: the row and the name in it that a value comes from, and how the
    driver wants it. The row after the given ones is `fixed`, what the statement itself says.
    """

    sql: str
    slots: Sequence[tuple[int, str, Convert]]
    fixed: Values
    row: Callable[[Any], Any] | None  # makes a named tuple; None for a statement that returns nothing
    converts: Sequence[Convert] | None  # of the row's values, None where all come as they are

    def run(self, connection: Connection, rows: Sequence[Values]) -> list[Any]:
        values = self.arguments(rows)
        found = to_driver(connection, self.sql, values, fetch=self.row is not None)
        return [] if self.row is None else self._read(found, self.row)

    def run_for_each(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Run a statement about one row for each of `rows`, as one batch; it returns nothing."""
        values = [self.arguments((row,)) for row in rows]
        to_driver(connection, self.sql, values, for_each=True)

    def arguments(self, rows: Sequence[Values]) -> tuple[Any, ...]:
        """Return the parameters in their order, as the driver wants them."""
        given = (*rows, self.fixed)
        return tuple(
            [
                given[place][name] if convert is None else convert(given[place][name])
                for place, name, convert in self.slots
            ]
        )

    def _read(self, found: Sequence[Any], row: Callable[[Any], Any]) -> list[Any]:
        converts = self.converts
        if converts is None:
            return [row(values) for values in found]
        return [
            row(
                [
                    value if convert is None else convert(value)
                    for value, convert in zip(values, converts, strict=True)
                ]
            )
            for values in found
        ]


def to_driver(
    connection: Connection, sql: str, arguments: Any = (), *, fetch: bool = False, for_each: bool = False
) -> Sequence[Any]:
    """Hand a statement to the driver of a connection with a transaction open; return its rows where asked to.

    What SQLAlchemy would build around it (a context, a result with its metadata) is left out; the engine's
    listeners are told, and SQLAlchemy's handler makes the driver's errors its own and gives up a connection
    that broke.
    """
    cursor = _cursor(connection)
    try:
        for tell in connection.engine.dispatch.before_cursor_execute:
            tell(connection, cursor, sql, arguments, None, for_each)
        (cursor.executemany if for_each else cursor.execute)(sql, arguments)
        return cursor.fetchall() if fetch else ()
    except connection.dialect.loaded_dbapi.Error as error:
        connection._handle_dbapi_exception(error, sql, arguments, cursor, None)
    finally:
        cursor.close()


def _cursor(connection: Connection) -> Any:
    """Return a cursor that takes a statement's parameters in the database's own words, in their order.

    psycopg's usual one looks for `%(name)s` in the statement first, in a long one each time anew.
    """
    if connection.dialect.name == "postgresql":
        return connection.dialect.loaded_dbapi.RawCursor(connection.connection.driver_connection)
    return connection.connection.cursor()


def text_of(
    statement: Statement, dialect: Dialect, places: Mapping[str, tuple[int, str]] | None = None
) -> DriverText:
    """Return the statement for one driver; `places` tells which row and name a parameter stands for."""
    compiled = statement.compile(dialect=dialect)
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise TypeError("a statement whose text depends on a value cannot be prepared")
    bound = compiled.binds
    given = places or {name: (0, name) for name, each in bound.items() if each.required}
    last = 1 + max((place for place, _name in given.values()), default=0)
    names, sql = compiled.positiontup, compiled.string
    if names is None:
        names, sql = _numbered(sql)
    columns = list(statement.exported_columns)
    converts = [_result_convert(column.type, dialect) for column in columns]
    return DriverText(
        sql=sql,
        slots=[(*given.get(name, (last, name)), _convert(bound[name].type, dialect)) for name in names],
        fixed={name: each.effective_value for name, each in bound.items() if name not in given},
        row=_named([str(column.key) for column in columns]) if columns else None,
        converts=converts if any(converts) else None,
    )


def _numbered(sql: str) -> tuple[list[str], str]:
    """Return the names of the parameters in their order, and the statement with `$1` for `%(name)s`."""
    names = list(dict.fromkeys(_PARAMETER.findall(sql)))
    places = {name: f"${place}" for place, name in enumerate(names, start=1)}
    return names, _PARAMETER.sub(lambda found: places[found[1]], sql).replace("%%", "%")


def _named(keys: Sequence[str]) -> Callable[[Any], Any]:
    row: Any = namedtuple("Row", keys, rename=True)  # type: ignore[misc]
    make: Callable[[Any], Any] = row._make
    return make


def _convert(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _result_convert(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
