"""The rows of a backup into a draft database that has the backup's schema."""

from collections.abc import Iterator, Sequence
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from typing import Any

from sqlalchemy import (
    Connection,
    TableClause,
    cast,
    column,
    delete,
    func,
    insert,
    inspect,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import REGCLASS

from servicedesk.kernel.db import db
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.operations.archive import BadArchive, Reader
from servicedesk.operations.exporting import LEFT_OUT, Tell
from servicedesk.operations.manifest import Manifest, TablePart
from servicedesk.operations.values import DamagedValue, Unreadable, values_of

ROWS_AT_ONCE = 500
LONGEST_LINE = 64 << 20  # bytes


def load(manifest: Manifest, reader: Reader, tell: Tell) -> None:
    """Put every row of the backup into the database of the present app, in one transaction.

    Raises BadArchive, or Refused where the database does not take a row.
    """
    _require_same_columns(manifest)
    with db.engine.connect().execution_options(desk_write=True) as connection:
        if isinstance(connection.connection.driver_connection, SqliteConnection):
            _into_sqlite(connection, manifest, reader, tell)
        else:
            _into_postgresql(connection, manifest, reader, tell)
        connection.commit()


def rows_of(part: TablePart, reader: Reader, *, sqlite: bool) -> Iterator[list[object]]:
    """Yield the rows of one table as the driver takes them. Raises BadArchive and Refused."""
    kinds = [kind for _name, kind in part.columns]
    count = 0
    for line in _lines(part, reader):
        count += 1
        try:
            yield values_of(line, kinds, sqlite=sqlite)
        except DamagedValue:
            raise _refused(part, count, _("PostgreSQL does not keep damaged values")) from None
        except Unreadable:
            raise BadArchive(
                _("Line %(number)s of %(member)s is no row.", number=count, member=part.member.name)
            ) from None
    if count != part.rows:
        raise BadArchive(_("%(member)s has another number of rows.", member=part.member.name))


def _lines(part: TablePart, reader: Reader) -> Iterator[str]:
    rest = b""
    for piece in reader.unpacked(part.member):
        *whole, rest = (rest + piece).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise BadArchive(_("%(member)s has a line that is too long.", member=part.member.name))
        for line in whole:
            yield _text(line, part)
    if rest:
        yield _text(rest, part)


def _text(line: bytes, part: TablePart) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise BadArchive(_("%(member)s is no text.", member=part.member.name)) from None


def _require_same_columns(manifest: Manifest) -> None:
    """Raise BadArchive unless tables and columns are those of the schema; their names go into statements."""
    schema = inspect(db.engine)
    known = set(schema.get_table_names()) - LEFT_OUT - {"alembic_version"}
    if {part.table for part in manifest.tables} != known or len(manifest.tables) != len(known):
        raise BadArchive(_("The tables are not those of its schema %(name)s.", name=manifest.revision))
    for part in manifest.tables:
        columns = [column["name"] for column in schema.get_columns(part.table)]
        if sorted(name for name, _kind in part.columns) != sorted(columns):
            raise BadArchive(
                _("The columns of %(member)s are not those of its schema.", member=part.member.name)
            )


def _into_sqlite(connection: Connection, manifest: Manifest, reader: Reader, tell: Tell) -> None:
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")  # looked at once, at the end; no other work uses this connection
    for part in manifest.tables:
        tell(part.table)
        rows_table = _table(part)
        connection.execute(delete(rows_table))
        statement = str(insert(rows_table).compile(dialect=connection.dialect))
        before = 0
        for rows in _portions(rows_of(part, reader, sqlite=True)):
            try:
                raw.executemany(statement, rows)
            except SqliteError as error:
                raise _refused(part, before + 1, str(error)) from None
            before += len(rows)
    broken = raw.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        raise Refused(
            "restore.row",
            _(
                "A row of %(table)s points to one that is not in the backup. Nothing was changed.",
                table=broken[0],
            ),
        )


def _into_postgresql(connection: Connection, manifest: Manifest, reader: Reader, tell: Tell) -> None:
    from psycopg import Error

    for part in reversed(manifest.tables):
        connection.execute(delete(_table(part)))
    for part in manifest.tables:
        tell(part.table)
        count = 0
        cursor: Any = connection.connection.cursor()
        try:
            # One statement a table: rows may point to later ones of their own table.
            with cursor.copy(f'COPY "{part.table}" ({_names(part)}) FROM STDIN') as copy:
                for row in rows_of(part, reader, sqlite=False):
                    copy.write_row(row)
                    count += 1
        except Error as error:
            raise _refused(part, count, error.diag.message_primary or str(error)) from None
        _number_on(connection, part)


def _number_on(connection: Connection, part: TablePart) -> None:
    """Let ids that the database gives out begin after those that came with the backup."""
    rows_table = _table(part)
    if "id" not in rows_table.c:
        return
    sequence = connection.scalar(select(func.pg_get_serial_sequence(f'"{part.table}"', "id")))
    if sequence is not None:
        newest = func.max(rows_table.c.id)
        connection.execute(
            select(func.setval(cast(sequence, REGCLASS), func.coalesce(newest, 1), newest.is_not(None)))
        )


def _table(part: TablePart) -> TableClause:
    return table(part.table, *(column(name) for name, _kind in part.columns))


def _names(part: TablePart) -> str:
    return ", ".join(f'"{name}"' for name, _kind in part.columns)


def _portions(rows: Iterator[list[object]]) -> Iterator[Sequence[list[object]]]:
    portion: list[list[object]] = []
    for row in rows:
        portion.append(row)
        if len(portion) == ROWS_AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion


def _refused(part: TablePart, row: int, reason: str) -> Refused:
    return Refused(
        "restore.row",
        _(
            "The database does not take the rows of %(table)s from row %(number)s on (%(reason)s)."
            " Nothing was changed.",
            table=part.table, number=row, reason=reason,
        ),
    )  # fmt: skip
