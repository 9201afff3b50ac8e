"""Many values as one parameter: an array in PostgreSQL's words, or a JSON list for SQLite.

The driver can write arrays too, and asks for each value anew how it is written: a third of the time that a
statement about many rows takes. Here a column's type says it once for all of them.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Dialect, Float, Integer, String
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

Write = Callable[[Iterable[Any]], list[str]]


class ValueList(UserDefinedType[Sequence[Any]]):
    """A list of values of one type, given as one text; None among them is NULL.

    Made for parameters alone, no column has it. SQLite takes whole numbers only.
    """

    cache_ok = True
    render_bind_cast = True  # where the dialect casts at all: PostgreSQL must be told what the text holds

    def __init__(self, item: TypeEngine[Any]) -> None:
        self.item = item

    def get_col_spec(self, *, type_expression: object = None, **_words: Any) -> str:
        return f"{_plain(self.item)}[]"

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        if dialect.name == "sqlite":
            return json.dumps
        write = _KINDS[_basic(self.item)][1]
        convert = self.item.dialect_impl(dialect).bind_processor(dialect)

        def array(values: Sequence[Any]) -> str:
            return "{" + ",".join(write(values if convert is None else map(convert, values))) + "}"

        return array


def _plain(kind: TypeEngine[Any]) -> str:
    """Return the type's name without a length: a cast to VARCHAR(n) cuts what an insert refuses."""
    return _KINDS[_basic(kind)][0]


def _basic(kind: TypeEngine[Any]) -> type[TypeEngine[Any]]:
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    for known in _KINDS:
        if isinstance(plain, known):
            return known
    raise TypeError(f"lists of {kind!r} cannot be given as one parameter")


def _texts(values: Iterable[str | None]) -> list[str]:
    return [
        "NULL" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for value in values
    ]


def _moments(values: Iterable[date | None]) -> list[str]:
    written, last, text = [], None, "NULL"
    for value in values:
        if value is not last:  # all rows of a save tell the same moment, and it takes long to write
            last, text = value, "NULL" if value is None else f'"{value.isoformat()}"'
        written.append(text)
    return written


def _truths(values: Iterable[bool | None]) -> list[str]:
    return ["NULL" if value is None else "t" if value else "f" for value in values]


def _numbers(values: Iterable[float | None]) -> list[str]:
    return ["NULL" if value is None else str(value) for value in values]


_KINDS: dict[type[TypeEngine[Any]], tuple[str, Write]] = {
    String: ("TEXT", _texts),
    DateTime: ("TIMESTAMP WITH TIME ZONE", _moments),
    Date: ("DATE", _moments),
    Boolean: ("BOOLEAN", _truths),
    BigInteger: ("BIGINT", _numbers),
    Integer: ("INTEGER", _numbers),
    Float: ("DOUBLE PRECISION", _numbers),
}
