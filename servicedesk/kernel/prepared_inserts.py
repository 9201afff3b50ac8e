"""Inserts whose text is worked out once for each number of rows, as `prepared.py` does for the others."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Table,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from servicedesk.kernel.prepared import DriverText, Values, text_of
from servicedesk.kernel.value_lists import ValueList

AnyInsert = postgresql.Insert | sqlite.Insert
# Returns the parameter that stands for what a row says under a name.
Given = Callable[[str], BindParameter[Any]]
# Columns that the statement looks up, and how.
Found = Mapping[str, Callable[[Given], ColumnElement[Any]]]


# Up to so many rows become one statement of their own length; more go to the driver as a batch.
FEW: Final = 8
# From this many rows on PostgreSQL gets them as arrays.
AS_ARRAYS: Final = 20


class PreparedInsert:
    """An insert of rows that all name the same columns.

    `finish` completes the statement: what happens on a conflict, what is returned. Columns that `found` names
    are looked up by the statement itself: rows name instead what its function asks the given one for. Such an
    insert takes few rows only.
    """

    def __init__(
        self,
        table: Table,
        finish: Callable[[AnyInsert], UpdateBase] = lambda insert: insert,
        found: Found | None = None,
    ) -> None:
        self.table = table
        self.finish = finish
        self.found = found or {}
        self.many: dict[str, UpdateBase] = {}
        self.texts: dict[tuple[str, int, tuple[str, ...]], DriverText] = {}

    def rows(self, connection: Connection, rows: Sequence[Values]) -> list[Any]:
        """Insert `rows` with one statement (or one driver batch) and return what it returns, in any order."""
        if not rows:
            return []
        if len(rows) > FEW:
            return self._insert_many(connection, rows)
        return self.text_about(connection.dialect, rows).run(connection, rows)

    def text_about(self, dialect: Dialect, rows: Sequence[Values]) -> DriverText:
        """Return the one statement that inserts these few rows."""
        return self._text_for(dialect, len(rows), tuple(rows[0]))

    def _insert_many(self, connection: Connection, rows: Sequence[Values]) -> list[Any]:
        """Give many rows to the driver.

        PostgreSQL gets them as one array for each column: a statement for each row would cost a round of
        parsing and planning each, and one with all rows spelt out costs the driver more than the database.
        """
        kind, names = connection.dialect.name, tuple(rows[0])
        if kind == "postgresql" and len(rows) >= AS_ARRAYS:
            return self._as_arrays(connection, names, rows)
        text = self._text_for(connection.dialect, 1, names)
        if text.row is None:
            text.run_for_each(connection, rows)
            return []
        statement = self.many.get(kind)
        if statement is None:
            statement = self.many[kind] = self.finish(_insert_into(self.table, kind))
        return list(connection.execute(statement, list(rows)).all())

    def _as_arrays(self, connection: Connection, names: tuple[str, ...], rows: Sequence[Values]) -> list[Any]:
        text = self.texts.get(("arrays", 0, names))
        if text is None:
            plain = _insert_into(self.table, "postgresql")
            statement = self.finish(_from_arrays(plain, self.table, names))
            text = self.texts["arrays", 0, names] = text_of(statement, connection.dialect)
        return text.run(connection, [{name: [row[name] for row in rows] for name in names}])

    def _text_for(self, dialect: Dialect, count: int, names: tuple[str, ...]) -> DriverText:
        key = (dialect.name, count, names)
        text = self.texts.get(key)
        if text is None:
            text = self.texts[key] = self._text(dialect, count, names)
        return text

    def _text(self, dialect: Dialect, count: int, names: tuple[str, ...]) -> DriverText:
        usual = {
            column.key: bindparam(None, _usual(column), column.type)
            for column in _left_out(self.table, names)
        }
        values = [self._values(names, place) | usual for place in range(count)]
        statement = self.finish(_insert_into(self.table, dialect.name).inline().values(values))
        places = {_mark(name, place): (place, name) for place in range(count) for name in names}
        return text_of(statement, dialect, places)

    def _values(self, names: Sequence[str], place: int) -> dict[str, ColumnElement[Any]]:
        columns = self.table.c
        plain = [name for name in names if name in columns]
        values: dict[str, ColumnElement[Any]] = {
            name: bindparam(_mark(name, place), type_=columns[name].type) for name in plain
        }
        for name, found in self.found.items():
            values[name] = found(lambda asked: bindparam(_mark(asked, place)))
        return values


def upsert(table: Table, key: Sequence[str], found: Found | None = None) -> PreparedInsert:
    """Return the insert that sets every other column of a row whose `key` columns are taken."""

    def finish(insert: AnyInsert) -> AnyInsert:
        changes = {column.name: insert.excluded[column.name] for column in table.c if column.name not in key}
        return insert.on_conflict_do_update(index_elements=key, set_=changes)

    return PreparedInsert(table, finish, found)


def _insert_into(table: Table, kind: str) -> AnyInsert:
    return (postgresql.insert if kind == "postgresql" else sqlite.insert)(table)


def _from_arrays(statement: AnyInsert, table: Table, names: Sequence[str]) -> AnyInsert:
    """Return `statement` with its rows taken from one array for each of the columns `names`."""
    columns, left_out = table.c, _left_out(table, names)
    arrays = [bindparam(name, type_=ValueList(columns[name].type)) for name in names]
    given = func.unnest(*arrays).table_valued(*(column(name, columns[name].type) for name in names))
    usual = [bindparam(None, _usual(column), column.type) for column in left_out]
    into = [*names, *(column.key for column in left_out)]
    # SQLAlchemy would fill in what the model knows only while it runs the statement, which it does not.
    return statement.from_select(into, select(*given.render_derived().c, *usual), include_defaults=False)


def _mark(name: str, place: int) -> str:
    return f"{name}__{place}"


def _left_out(table: Table, names: Sequence[str]) -> list[Column[Any]]:
    """Return the columns that nobody named and whose value the model knows."""
    return [column for column in table.c if column.default is not None and column.key not in names]


def _usual(column: Column[Any]) -> object:
    if not isinstance(column.default, ScalarElementColumnDefault):
        raise TypeError(f"{column} begins with something that a prepared insert cannot work out")
    return column.default.arg
