"""The mark of the log: a text that differs once anything was written, and costs next to nothing to ask for.

SQLite lets one writer in at a time, so the number of the last event's row grows with every commit.
PostgreSQL tells which transactions the asker sees; equal answers see equal rows.
"""

from typing import Any

from sqlalchemy import String, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from servicedesk.kernel.db import LOG_MARK, connection, session
from servicedesk.kernel.prepared import Prepared


class log_mark(FunctionElement[str]):  # noqa: N801  (named like the functions of SQL)
    """The mark as a column of any select."""

    type = String()
    name = "log_mark"
    inherit_cache = True


@compiles(log_mark, "sqlite")
def _last_event(_element: log_mark, _compiler: SQLCompiler, **_options: Any) -> str:
    return "(SELECT CAST(max(event.rowid) AS TEXT) FROM event)"


@compiles(log_mark, "postgresql")
def _snapshot(_element: log_mark, _compiler: SQLCompiler, **_options: Any) -> str:
    return "CAST(pg_current_snapshot() AS VARCHAR)"


_MARK = Prepared(select(log_mark().label("mark")))


def know_mark(mark: str | None) -> None:
    """Keep the mark that another query of this request brought along, until the session writes."""
    session().info[LOG_MARK] = mark


def mark_of_the_log() -> str | None:
    """Return the mark, as it was at the beginning of the request or since this session last wrote."""
    known = session().info
    if LOG_MARK not in known:
        [(known[LOG_MARK],)] = _MARK.rows(connection())
    mark: str | None = known[LOG_MARK]
    return mark
