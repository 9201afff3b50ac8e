"""Statements about many rows at once, told in few parameters; updates give each row values of its own."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    Update,
    any_,
    bindparam,
    column,
    func,
    literal,
    select,
    update,
)

from servicedesk.kernel.db import is_postgresql
from servicedesk.kernel.prepared import DriverText, text_of
from servicedesk.kernel.value_lists import ValueList

_OLD = "of_"
NUMBERS = ValueList(BigInteger())


def among(column: ColumnElement[Any], numbers: Collection[int]) -> ColumnElement[bool]:
    """Return the predicate that `column` is one of `numbers`.

    They are one value: a parameter for each would make a statement of its own for each length.
    """
    return among_given(column, literal(sorted(numbers), NUMBERS), is_postgresql=is_postgresql())


def among_given(
    column: ColumnElement[Any], numbers: ColumnElement[Any], *, is_postgresql: bool
) -> ColumnElement[bool]:
    """Return the same predicate about a parameter of the type NUMBERS, for a statement that is prepared."""
    if is_postgresql:
        return column == any_(numbers)
    return column.in_(select(func.json_each(numbers).table_valued("value").c.value))


def update_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    key: tuple[str, ...],
    *,
    rising: tuple[str, ...] = (),
    differing: str | None = None,
) -> None:
    """Set the other columns that `rows` name where the columns of `key` are a row's; all name the same.

    The numbers in the columns `rising` rise by one. Rows whose column `differing` has its value already are
    left alone. Does nothing for no rows.
    """
    if not rows:
        return
    names, kind = tuple(rows[0]), connection.dialect.name
    told = (table, names, key, rising, differing)
    text = _texts.get((kind, *told))
    if text is None:
        build = _from_arrays if kind == "postgresql" else _one_by_one
        text = _texts[kind, *told] = text_of(build(*told), connection.dialect)
    if kind == "postgresql":
        text.run(connection, [{f"{_OLD}{name}": [row[name] for row in rows] for name in names}])
    else:
        text.run_for_each(connection, [{f"{_OLD}{name}": row[name] for name in names} for row in rows])


# Building a statement costs more than running it: each is built once.
_texts: dict[object, DriverText] = {}


def _one_by_one(
    table: Table, names: tuple[str, ...], key: tuple[str, ...], rising: tuple[str, ...], differing: str | None
) -> Update:
    values: dict[str, Any] = {
        name: bindparam(f"{_OLD}{name}", type_=table.c[name].type) for name in names if name not in key
    }
    found = [table.c[name] == bindparam(f"{_OLD}{name}") for name in key]
    found += [table.c[differing] != values[differing]] if differing else []
    return update(table).where(*found).values(values | _risen(table, rising))


def _from_arrays(
    table: Table, names: tuple[str, ...], key: tuple[str, ...], rising: tuple[str, ...], differing: str | None
) -> Update:
    """Return the update from one array for each column: a statement for each row takes a round of its own."""
    kinds = {name: table.c[name].type for name in names}
    arrays = [bindparam(f"{_OLD}{name}", type_=ValueList(kind)) for name, kind in kinds.items()]
    given = func.unnest(*arrays).table_valued(*(column(name, kind) for name, kind in kinds.items()))
    new = given.render_derived(name="given")
    values: dict[str, Any] = {name: new.c[name] for name in names if name not in key}
    found = [table.c[name] == new.c[name] for name in key]
    found += [table.c[differing] != new.c[differing]] if differing else []
    return update(table).where(*found).values(values | _risen(table, rising))


def _risen(table: Table, rising: tuple[str, ...]) -> dict[str, Any]:
    return {name: table.c[name] + 1 for name in rising}
