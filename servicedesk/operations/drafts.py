"""A database beside the desk's own, which takes its place when it is finished: whole, or not at all.

On SQLite it is a file beside the file, on PostgreSQL a schema beside the schema.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as SqliteError
from typing import Any, Protocol

from flask import Flask, current_app
from sqlalchemy import Engine, event, func, inspect, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateSchema, DropSchema, ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler

from servicedesk.kernel import db as kernel_db
from servicedesk.kernel import i18n, schema
from servicedesk.kernel.db import db, is_postgresql, session
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings

SCHEMA = "desk_restore"
WAIT_FOR_LOCKS = "5s"


# Not only those that this version knows: after going back from a newer one its tables would stand in the way.
_OURS = text(
    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema AND tableowner = current_user"
)


class Draft(Protocol):
    """An empty database for a desk; `app` is bound to it and can do nothing but ask it."""

    app: Flask

    def take_place(self) -> None:
        """Put it in the place of the present desk's database, in one step."""

    def discard(self) -> None:
        """Remove what is left of it."""


@contextmanager
def draft() -> Iterator[Draft]:
    """Offer a draft beside the present desk's database; what has not taken its place is removed."""
    offered: Draft = PostgresDraft() if is_postgresql() else SqliteDraft()
    try:
        yield offered
    finally:
        with offered.app.app_context():
            db.session.remove()
            db.engine.dispose()
        offered.discard()


def _app_on(url: str) -> Flask:
    app = Flask("draft", static_folder=None)
    app.config["SETTINGS"] = the_settings()
    i18n.init_app(app, the_settings())  # what goes wrong is said in the desk's language
    kernel_db.init_app(app, url)
    return app


class SqliteDraft:
    """A file beside the desk's."""

    def __init__(self) -> None:
        url = the_settings().database_url
        self.file = Path(str(db.engine.url.database))
        self.app = _app_on(schema.beside(f"sqlite:///{self.file}") or url)
        schema.hurry(self.app)

    def take_place(self) -> None:
        """Rename the file over the desk's; refused while another process has that one open."""
        session().rollback()
        db.session.remove()
        self._require_nobody()
        schema.take_place(self.app, current_app._get_current_object())  # type: ignore[attr-defined]

    def _require_nobody(self) -> None:
        """Leaving WAL takes a moment alone; it also writes the log back, which must not meet a new file."""
        db.engine.dispose()
        raw = db.engine.raw_connection()
        connection = raw.driver_connection
        assert isinstance(connection, SqliteConnection)  # noqa: S101  # nosec B101  (for the type checker)
        try:
            connection.execute("PRAGMA busy_timeout=0")
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except SqliteError:
            raise _still_running() from None
        finally:
            connection.close()
            raw.invalidate()

    def discard(self) -> None:
        """Remove the file and its companions."""
        schema.beside(f"sqlite:///{self.file}")


class PostgresDraft:
    """A schema beside the one that the desk's tables are in."""

    def __init__(self) -> None:
        self.discard()
        try:
            with _writing().begin() as connection:
                connection.execute(CreateSchema(SCHEMA))
        except ProgrammingError:
            raise Refused(
                "restore.no_schema",
                _(
                    "The desk's user may not create a schema in this PostgreSQL database: let it own the"
                    " database, or grant it CREATE on it."
                ),
            ) from None
        self.app = _app_on(db.engine.url.render_as_string(hide_password=False))
        with self.app.app_context():
            event.listen(db.engine, "connect", _only_in_draft, insert=True)

    def take_place(self) -> None:
        """Drop the desk's tables and move these where they were, in one transaction."""
        session().rollback()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        try:
            with _writing().begin() as connection:
                connection.execute(select(func.set_config("lock_timeout", WAIT_FOR_LOCKS, True)))
                home = connection.execute(select(func.current_schema())).scalar_one()
                new = inspect(connection).get_table_names(schema=SCHEMA)
                connection.execute(_DropTables(home, list(connection.scalars(_OURS))))
                for name in new:
                    connection.execute(_MoveTable(name, home))
        except OperationalError:  # somebody holds a lock
            raise _still_running() from None
        db.engine.dispose()

    def discard(self) -> None:
        """Drop the schema."""
        session().rollback()
        with _writing().begin() as connection:
            connection.execute(DropSchema(SCHEMA, cascade=True, if_exists=True))


class _DropTables(ExecutableDDLElement):
    """Drops the named tables (there may be none) in one statement, for they point to each other."""

    def __init__(self, schema: str, names: Sequence[str]) -> None:
        self.schema = schema
        self.names = names


class _MoveTable(ExecutableDDLElement):
    """Moves a table of the draft with all that belongs to it."""

    def __init__(self, name: str, home: str) -> None:
        self.name = name
        self.home = home


@compiles(_DropTables)
def _drop_tables(element: _DropTables, compiler: DDLCompiler, **_options: object) -> str:
    quote = compiler.preparer.quote
    names = ", ".join(f"{quote(element.schema)}.{quote(name)}" for name in element.names)
    return f"DROP TABLE {names}" if names else "SELECT 1"


@compiles(_MoveTable)
def _move_table(element: _MoveTable, compiler: DDLCompiler, **_options: object) -> str:
    quote = compiler.preparer.quote
    return f"ALTER TABLE {quote(SCHEMA)}.{quote(element.name)} SET SCHEMA {quote(element.home)}"


def _writing() -> Engine:
    return db.engine.execution_options(desk_write=True)


def _only_in_draft(connection: Any, _record: object) -> None:
    """Let a connection of the draft see no other schema: nothing it does reaches the desk's tables."""
    connection.execute(f"SET SESSION search_path = {SCHEMA}")
    connection.commit()


def _still_running() -> Refused:
    return Refused(
        "restore.running",
        _("The desk is still running: stop its web, worker and scheduler processes, then restore again."),
    )
