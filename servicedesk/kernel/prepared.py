"""Statements whose text is worked out once: what every request runs skips SQLAlchemy's look-ups.

They run on the session's connection, and errors and listeners see them like any other; what is left out is
finding the compiled statement again and building a context and a result: most of a small statement's time.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Dialect,
    String,
    Table,
    Text,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.sql.selectable import Select
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
Statement = Select[*tuple[Any, ...]] | UpdateBase
AnyInsert = postgresql.Insert | sqlite.Insert
Convert = Callable[[Any], Any] | None

# Up to so many rows become one statement of their own length; more go to the driver as a batch.
FEW: Final = 8
# From this many rows on PostgreSQL gets them as arrays.
AS_ARRAYS: Final = 20


class Prepared:
    """A statement with named parameters, none of which changes its text (as `in_` of a list does)."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.texts: dict[str, _Text] = {}

    def rows(self, connection: Connection, **values: object) -> list[Any]:
        """Run the statement and return its rows as named tuples; none where it returns nothing."""
        text = self.texts.get(connection.dialect.name)
        if text is None:
            text = self.texts[connection.dialect.name] = _text_of(self.statement, connection.dialect)
        return text.run(connection, [values])


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


class PreparedInsert:
    """An insert of rows that all name the same columns.

    `finish` completes the statement: what happens on a conflict, what is returned.
    """

    def __init__(
        self, table: Table, finish: Callable[[AnyInsert], UpdateBase] = lambda insert: insert
    ) -> None:
        self.table = table
        self.finish = finish
        self.many: dict[tuple[str, tuple[str, ...] | None], UpdateBase] = {}
        self.texts: dict[tuple[str, int, tuple[str, ...]], _Text] = {}

    def rows(self, connection: Connection, rows: Sequence[Values]) -> list[Any]:
        """Insert `rows` with one statement (or one driver batch) and return what it returns, in any order."""
        if not rows:
            return []
        if len(rows) > FEW:
            return self._insert_many(connection, rows)
        key = (connection.dialect.name, len(rows), tuple(rows[0]))
        text = self.texts.get(key)
        if text is None:
            text = self.texts[key] = self._text(connection.dialect, len(rows), tuple(rows[0]))
        return text.run(connection, rows)

    def _insert_many(self, connection: Connection, rows: Sequence[Values]) -> list[Any]:
        """Give many rows to the driver.

        PostgreSQL gets them as one array for each column: a statement for each row would cost a round of
        parsing and planning each, and one with all rows spelt out costs the driver more than the database.
        """
        kind, names = connection.dialect.name, tuple(rows[0])
        as_arrays = kind == "postgresql" and len(rows) >= AS_ARRAYS
        key = (kind, names if as_arrays else None)
        statement = self.many.get(key)
        if statement is None:
            plain = _insert_into(self.table, kind)
            statement = self.finish(_from_arrays(plain, self.table, names) if as_arrays else plain)
            self.many[key] = statement
        given = {name: [row[name] for row in rows] for name in names} if as_arrays else list(rows)
        result = connection.execute(statement, given)
        return list(result.all()) if result.returns_rows else []

    def _text(self, dialect: Dialect, count: int, names: tuple[str, ...]) -> "_Text":
        usual = {
            column.key: bindparam(None, _usual(column), column.type)
            for column in _left_out(self.table, names)
        }
        values = [
            {name: bindparam(_mark(name, place), type_=self.table.c[name].type) for name in names} | usual
            for place in range(count)
        ]
        statement = self.finish(_insert_into(self.table, dialect.name).inline().values(values))
        places = {_mark(name, place): (place, name) for place in range(count) for name in names}
        return _text_of(statement, dialect, places)


def _insert_into(table: Table, kind: str) -> AnyInsert:
    return (postgresql.insert if kind == "postgresql" else sqlite.insert)(table)


def _from_arrays(statement: AnyInsert, table: Table, names: Sequence[str]) -> AnyInsert:
    """Return `statement` with its rows taken from one array for each of the columns `names`."""
    columns = table.c
    arrays = [bindparam(name, type_=postgresql.ARRAY(plain_type(columns[name].type))) for name in names]
    rows = func.unnest(*arrays).table_valued(*(column(name, columns[name].type) for name in names))
    return statement.from_select(list(names), select(*rows.render_derived().c))


def plain_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type without its length: a cast to VARCHAR(n) cuts what an insert refuses."""
    return Text() if isinstance(kind, String) else kind


def _mark(name: str, place: int) -> str:
    return f"{name}__{place}"


def _left_out(table: Table, names: Sequence[str]) -> list[Column[Any]]:
    """Return the columns that nobody named and whose value the model knows."""
    return [column for column in table.c if column.default is not None and column.key not in names]


def _usual(column: Column[Any]) -> object:
    if not isinstance(column.default, ScalarElementColumnDefault):
        raise TypeError(f"{column} begins with something that a prepared insert cannot work out")
    return column.default.arg


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement as one driver takes it.

    `slots` are the parameters in their order: the row and the name in it that a value comes from, and how the
    driver wants it. The row after the given ones is `fixed`, what the statement itself says.
    """

    sql: str
    slots: Sequence[tuple[int, str, Convert]]
    fixed: Values
    names: Sequence[str] | None  # of the parameters, for a driver that takes them by name
    row: Callable[[Any], Any] | None  # makes a named tuple; None for a statement that returns nothing
    converts: Sequence[Convert] | None  # of the row's values, None where all come as they are

    def run(self, connection: Connection, rows: Sequence[Values]) -> list[Any]:
        given = (*rows, self.fixed)
        values = tuple(
            [
                given[place][name] if convert is None else convert(given[place][name])
                for place, name, convert in self.slots
            ]
        )
        arguments = values if self.names is None else dict(zip(self.names, values, strict=True))
        found = to_driver(connection, self.sql, arguments, fetch=self.row is not None)
        return [] if self.row is None else self._read(found, self.row)

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


def to_driver(connection: Connection, sql: str, arguments: Any = (), *, fetch: bool = False) -> Sequence[Any]:
    """Hand a statement to the driver of a connection with a transaction open; return its rows where asked to.

    What SQLAlchemy would build around it (a context, a result with its metadata) is left out; the engine's
    listeners are told, and SQLAlchemy's handler makes the driver's errors its own and gives up a connection
    that broke.
    """
    cursor = connection.connection.cursor()
    try:
        for tell in connection.engine.dispatch.before_cursor_execute:
            tell(connection, cursor, sql, arguments, None, False)
        cursor.execute(sql, arguments)
        return cursor.fetchall() if fetch else ()
    except connection.dialect.loaded_dbapi.Error as error:
        connection._handle_dbapi_exception(error, sql, arguments, cursor, None)
    finally:
        cursor.close()


def _text_of(
    statement: Statement, dialect: Dialect, places: Mapping[str, tuple[int, str]] | None = None
) -> _Text:
    """Return the statement for one driver; `places` tells which row and name a parameter stands for."""
    compiled = statement.compile(dialect=dialect)
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise TypeError("a statement whose text depends on a value cannot be prepared")
    bound = compiled.binds
    given = places or {name: (0, name) for name, each in bound.items() if each.required}
    last = 1 + max((place for place, _name in given.values()), default=0)
    names = compiled.positiontup if compiled.positiontup is not None else list(bound)
    columns = list(statement.exported_columns)
    converts = [_result_convert(column.type, dialect) for column in columns]
    return _Text(
        sql=compiled.string,
        slots=[(*given.get(name, (last, name)), _convert(bound[name].type, dialect)) for name in names],
        fixed={name: each.effective_value for name, each in bound.items() if name not in given},
        names=None if compiled.positiontup is not None else names,
        row=_named([str(column.key) for column in columns]) if columns else None,
        converts=converts if any(converts) else None,
    )


def _named(keys: Sequence[str]) -> Callable[[Any], Any]:
    row: Any = namedtuple("Row", keys, rename=True)  # type: ignore[misc]
    make: Callable[[Any], Any] = row._make
    return make


def _convert(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _result_convert(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
