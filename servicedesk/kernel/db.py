"""The database: typed base, UTC times, sessions, and transactions that are honest about writing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Insert,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    bindparam,
    column,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator, TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every model derives from."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}


# SQLite numbers rows only in a column typed INTEGER; PostgreSQL wants eight bytes.
Id = BigInteger().with_variant(Integer, "sqlite")

# A select whose columns the type checker need not follow.
AnySelect = Select[*tuple[Any, ...]]

db = SQLAlchemy(
    metadata=Base.metadata,
    disable_autonaming=True,
    session_options={"expire_on_commit": False, "autoflush": False},
)

# From this many rows on PostgreSQL gets them as arrays; below it the plain statement is as fast.
AS_ARRAYS = 20

_batch: ContextVar[bool] = ContextVar("batch", default=False)


def session() -> Session:
    """Return the session of the current request, job or command line call."""
    return cast(Session, db.session())


def is_postgresql() -> bool:
    """Say whether the desk runs on PostgreSQL (otherwise on SQLite)."""
    return session().get_bind().dialect.name == "postgresql"


def init_app(app: Flask, url: str) -> None:
    """Bind the app to the database at `url` (sqlite or postgresql+psycopg)."""
    options: dict[str, object] = {}
    if url.startswith("postgresql"):
        options = {"pool_pre_ping": True, "pool_size": 20, "max_overflow": 20, "pool_timeout": 10}
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _prepare_sqlite(db.engine)
        else:
            _prepare_postgresql(db.engine)


def _prepare_sqlite(engine: Engine) -> None:
    if engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin event below decides, not the driver
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=10000",
            "temp_store=MEMORY",
            "mmap_size=268435456",
            "cache_size=-16000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A reader that turns writer half-way fails at once under load, whatever busy_timeout says.
        write = connection.get_execution_options().get("desk_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _prepare_postgresql(engine: Engine) -> None:
    from psycopg.types.array import ListBinaryDumper  # SQLite's desk need not have it

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        # As text, each value of a list is searched for what must be escaped: four times the work.
        connection.adapters.register_dumper(list, ListBinaryDumper)


@contextmanager
def transaction() -> Iterator[Session]:
    """Open one write transaction: commit at the end, roll back on any error.

    A read transaction left open by earlier queries is ended first. Inside `batch()` the work joins
    the batch's transaction and nothing is committed here.
    """
    current = session()
    if _batch.get():
        yield current
        current.flush()
        return
    current.rollback()
    current.connection(execution_options={"desk_write": True})
    try:
        yield current
        current.commit()
    except BaseException:
        current.rollback()
        raise


@contextmanager
def batch() -> Iterator[Session]:
    """Let many commands share one transaction (imports, the demo desk); all or nothing."""
    with transaction() as current:
        token = _batch.set(True)
        try:
            yield current
        finally:
            _batch.reset(token)


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert `rows` with one statement (or one driver batch); does nothing for no rows.

    Every row names the same columns.
    """
    if rows:
        run_insert(_insert_of(cast(Table, model.__table__)), rows)


def insert_missing(model: type[Base], rows: Sequence[Mapping[str, object]], unique: Sequence[str]) -> None:
    """Insert the `rows` whose `unique` columns are not taken yet; the others are left alone."""
    if rows:
        table = cast(Table, model.__table__)
        run_insert(_insert_missing_of(table, tuple(unique), on_postgresql=is_postgresql()), rows)


def insert_or_update(table: Table, rows: Sequence[Mapping[str, object]], key: Sequence[str]) -> None:
    """Insert `rows`, or set every other column of those whose `key` columns are taken."""
    if rows:
        run_insert(_upsert_of(table, tuple(key), on_postgresql=is_postgresql()), rows)


def run_insert(statement: Insert, rows: Sequence[Mapping[str, object]]) -> CursorResult[*tuple[Any, ...]]:
    """Run an insert that was built once with `rows` as its parameters; they name the same columns.

    PostgreSQL gets many rows as one array for each column: a statement for each row would cost a round of
    parsing and planning each, and one with all rows spelt out costs the driver more than the database.
    """
    if len(rows) < AS_ARRAYS or not is_postgresql():
        return session().connection().execute(statement, list(rows))
    names = tuple(rows[0])
    arrays = {name: [row[name] for row in rows] for name in names}
    return session().connection().execute(_from_arrays(statement, names), arrays)


# Building a statement costs more than running it: each is built once.
@cache
def _insert_of(table: Table) -> Insert:
    return insert(table)


@cache
def _from_arrays(statement: Insert, names: tuple[str, ...]) -> Insert:
    """Return `statement` with its rows taken from one array for each of the columns `names`."""
    columns = cast(Table, statement.table).c
    arrays = [bindparam(name, type_=postgresql.ARRAY(_plain_type(columns[name].type))) for name in names]
    rows = func.unnest(*arrays).table_valued(*(column(name, columns[name].type) for name in names))
    return statement.from_select(names, select(*rows.render_derived().c))


def _plain_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type without its length: a cast to VARCHAR(n) cuts what an insert refuses."""
    return Text() if isinstance(kind, String) else kind


@cache
def _insert_missing_of(table: Table, unique: tuple[str, ...], *, on_postgresql: bool) -> Insert:
    dialect = postgresql.insert if on_postgresql else sqlite.insert
    return dialect(table).on_conflict_do_nothing(index_elements=unique)


@cache
def _upsert_of(table: Table, key: tuple[str, ...], *, on_postgresql: bool) -> Insert:
    statement = (postgresql.insert if on_postgresql else sqlite.insert)(table)
    changes = {column.name: statement.excluded[column.name] for column in table.c if column.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=changes)


def canonical_json(value: object) -> str:
    """Return `value` as JSON text that is the same bytes for equal values: sorted keys, no blanks."""
    return _CANONICAL.encode(value)


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, (set, frozenset)):
        return sorted(cast("set[str]", value))
    raise TypeError(f"{type(value).__name__} has no canonical form")


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_json_value)


def instant_text(value: datetime) -> str:
    """Return an instant as ISO text in UTC ending in Z, with microseconds only where there are any."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_from(text: str) -> datetime:
    """Read what `instant_text` wrote."""
    return datetime.fromisoformat(text)
