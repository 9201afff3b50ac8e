"""A fresh desk's database for every test, made once a run: SQLite, or PostgreSQL if DATABASE_URL says so.

TEST_DATABASE_URL says the same: a run that was meant for PostgreSQL must not pass on SQLite.
"""

import os
import shutil
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.util import LRUCache

from servicedesk.kernel import db as kernel_db
from servicedesk.kernel.db import Base, db
from servicedesk.kernel.first_run import lay_foundation
from servicedesk.kernel.schema import newest_revision
from servicedesk.kernel.settings import load
from tests.support.first_people import make_first_people
from tests.support.moments import StoppedClock

STATEMENTS_KEPT = 5_000
FOUNDED = datetime(2026, 1, 5, 8, tzinfo=UTC)

if wanted := os.environ.get("TEST_DATABASE_URL"):
    os.environ.setdefault("DATABASE_URL", wanted.replace("+psycopg", ""))


class Databases(Protocol):
    """Where tests get their databases from."""

    url: str

    def fresh(self) -> Engine:
        """Return an engine on a database that holds a new desk and nothing else."""

    def let_go(self, engine: Engine) -> None:
        """Take back an engine that `fresh` gave."""

    def close(self) -> None:
        """Leave nothing behind."""


def fill(app: Flask) -> None:
    """Create every table and what a new desk begins with, on a day before all that tests do.

    Laid at the time of the run, the first versions of calendars would some day begin after what tests
    publish.
    """
    foundation = StoppedClock(FOUNDED)
    try:
        _fill(app)
    finally:
        foundation.let_go()


def _fill(app: Flask) -> None:
    with app.app_context():
        Base.metadata.create_all(db.engine)
        _stamp()
        lay_foundation()
        make_first_people()
        db.engine.dispose()


def _stamp() -> None:
    """Let the database say that it has the newest revision, as one that was migrated would."""
    revision = newest_revision()
    if revision is not None:
        with db.engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
            connection.execute(sa.text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": revision})


def use(app: Flask, engine: Engine) -> None:
    """Let `app` work on `engine` from now on."""
    with app.app_context():
        if db.engines[None] is not engine:
            db.engines[None].dispose()
            db.engines[None] = engine


class SqliteDatabases:
    """One file per test, copied from the template.

    All share one dialect and its compiled statements: compiling them anew was a third of every test.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.sqlite3"
        self.url = f"sqlite:///{self.template}"
        self.last: Path | None = None
        self.numbers = count(1)
        self.dialect: sa.Dialect | None = None
        self.compiled: dict[object, object] = LRUCache(STATEMENTS_KEPT)

    def fresh(self) -> Engine:
        self.forget()
        # Another name each time: what the process caches is kept by the database's address.
        self.last = self.folder / f"{next(self.numbers)}.sqlite3"
        shutil.copyfile(self.template, self.last)
        url = f"sqlite:///{self.last}"
        engine = sa.create_engine(url, **kernel_db.engine_options(url))
        kernel_db.prepare_engine(engine)

        @sa.event.listens_for(engine, "connect")
        def hurry(connection, _record) -> None:
            connection.execute("PRAGMA synchronous=OFF")

        self.dialect = self.dialect or engine.dialect
        engine.dialect = self.dialect  # what is compiled is kept by dialect
        engine.update_execution_options(compiled_cache=self.compiled)
        return engine

    def let_go(self, engine: Engine) -> None:
        engine.dispose()

    def forget(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            if self.last is not None:
                self.last.with_name(self.last.name + suffix).unlink(missing_ok=True)

    def close(self) -> None:
        self.forget()


class PostgresDatabases:
    """One database a process; each test deletes what the last one left and puts the first rows back.

    Measured: 3 ms, against 80 ms for TRUNCATE and 80 to 250 ms for a database of its own. Connections are
    kept from test to test: a new one must learn the whole schema again.
    """

    def __init__(self, server: str, mark: str = "") -> None:
        self.server = make_url(load({"DATABASE_URL": server}).database_url)
        self.name = f"desk_test_{os.getpid()}{mark}"
        self.url = self.server.set(database=self.name).render_as_string(hide_password=False)
        self.admin = sa.create_engine(self.server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        self.numbers = count(1000, 1000)
        self.restore: list[str] = []
        self.kept: Engine | None = None
        self._on_server(f'DROP DATABASE IF EXISTS "{self.name}"', f'CREATE DATABASE "{self.name}"')

    def _on_server(self, *statements: str) -> None:
        with self.admin.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def fresh(self) -> Engine:
        if self.kept is None:
            options = kernel_db.engine_options(self.url)
            options["connect_args"]["options"] = "-c synchronous_commit=off"
            self.kept = sa.create_engine(self.url, query_cache_size=STATEMENTS_KEPT, **options)
            kernel_db.prepare_engine(self.kept)
        engine = self.kept
        with engine.execution_options(desk_write=True).begin() as connection:
            if not self.restore:
                self.restore = _keep_first_rows(connection)
            connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.exec_driver_sql(";".join(self.restore))
            # Rises with every test: what the process caches is kept by revision.
            connection.exec_driver_sql(f"UPDATE desk_state SET revision = {next(self.numbers)}")
        return engine

    def let_go(self, engine: Engine) -> None:
        """Keep them."""

    def close(self) -> None:
        if self.kept is not None:
            self.kept.dispose()
        self._on_server(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        self.admin.dispose()


def _keep_first_rows(connection: sa.Connection) -> list[str]:
    """Copy what the template holds into a schema beside it, and return the statements that put it back."""
    connection.exec_driver_sql("CREATE SCHEMA first")
    statements = [f'DELETE FROM "{table.name}"' for table in Base.metadata.sorted_tables]
    for table in Base.metadata.sorted_tables:
        if connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one():
            connection.exec_driver_sql(f'CREATE TABLE first."{table.name}" AS TABLE public."{table.name}"')
            statements.append(f'INSERT INTO "{table.name}" SELECT * FROM first."{table.name}"')
    sequences = connection.exec_driver_sql(
        "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
    )
    for name, last in sequences.all():
        statements.append(f"SELECT setval('public.\"{name}\"', {last or 1}, {'true' if last else 'false'})")
    return statements


def databases(folder: Path) -> Databases:
    """Return the databases that this run is to be tested on."""
    server = os.environ.get("DATABASE_URL", "")
    return PostgresDatabases(server) if server.startswith("postgres") else SqliteDatabases(folder)
