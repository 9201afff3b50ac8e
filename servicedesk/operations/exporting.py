"""The rows of every table as members of a backup, all of one moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import ColumnElement, String, Table, select, text

from servicedesk.kernel.db import Base, is_postgresql, session
from servicedesk.kernel.stored_rows import raw, stream
from servicedesk.kernel.verification import begin_snapshot
from servicedesk.operations.archive import Writer
from servicedesk.operations.manifest import TablePart
from servicedesk.operations.values import kind_of, line_of, text_or_bytes

# Processes that run now; where the backup is restored they do not.
LEFT_OUT = frozenset({"heartbeat"})
LINES_AT_ONCE = 500

Tell = Callable[[str], None]


def tables() -> list[Table]:
    """Return the tables that a backup holds, each after those that its rows point to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


@contextmanager
def one_moment() -> Iterator[str]:
    """Read in one transaction that sees one state of the database; yields its schema revision.

    SQLite's readers and writers do not wait for each other (WAL), PostgreSQL's neither.
    """
    begin_snapshot()
    if is_postgresql():
        session().execute(text("SET TRANSACTION READ ONLY"))
    try:
        with _keeping_damaged_text():
            yield str(session().execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    finally:
        session().rollback()


def export(writer: Writer, tell: Tell) -> list[TablePart]:
    """Write every table as a member. `tell` gets the name of each table before it is read."""
    return [_export(table, writer, tell) for table in tables()]


def _export(table: Table, writer: Writer, tell: Tell) -> TablePart:
    tell(table.name)
    columns = tuple((column.name, kind_of(column.type)) for column in table.columns)
    kinds = [kind for _name, kind in columns]
    query = select(*raw(list(table.columns))).order_by(*_order(table))
    rows, lines = 0, list[str]()
    with writer.packing(f"tables/{table.name}.jsonl.gz") as packing:
        for row in stream(query):
            lines.append(line_of(row, kinds))
            rows += 1
            if len(lines) == LINES_AT_ONCE:
                packing.write(_joined(lines))
                lines.clear()
        packing.write(_joined(lines))
    return TablePart(table.name, columns, rows, packing.member)


def _joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _order(table: Table) -> list[ColumnElement[Any]]:
    """Return the primary key, text compared by its bytes: every database then gives the same order."""
    is_collated = is_postgresql()
    return [
        column.collate("C") if is_collated and isinstance(column.type, String) else column
        for column in table.primary_key.columns
    ]


@contextmanager
def _keeping_damaged_text() -> Iterator[None]:
    connection = session().connection().connection.driver_connection
    if not isinstance(connection, SqliteConnection):
        yield
        return
    usual = connection.text_factory
    connection.text_factory = text_or_bytes
    try:
        yield
    finally:
        connection.text_factory = usual
