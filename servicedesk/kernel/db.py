"""The database: typed base, sessions, and transactions that are honest about writing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from flask import Flask, has_request_context
from flask.globals import _cv_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Integer,
    MetaData,
    Select,
    Table,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Session

from servicedesk.kernel import resting
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.kernel.prepared import AnyInsert, PreparedInsert, to_driver

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every model derives from."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}


# SQLite numbers rows only in a column typed INTEGER; PostgreSQL wants eight bytes.
Id = BigInteger().with_variant(Integer, "sqlite")

CONNECT_WITHIN = 10  # seconds

# A select whose columns the type checker need not follow.
AnySelect = Select[*tuple[Any, ...]]


class _Session(FlaskSession):
    """A session that does not look for its database: a desk has one."""

    def get_bind(self, *_sought: object, **_details: object) -> Engine:
        return self._db.engine


def _whose() -> int:
    """Return what a session belongs to: the application context. Asked for with every statement."""
    context = _cv_app.get(None)
    if context is None:
        raise RuntimeError("the database is asked within an application context only")
    return id(context)


db = SQLAlchemy(
    metadata=Base.metadata,
    disable_autonaming=True,
    session_options={
        "class_": _Session,
        "scopefunc": _whose,
        "expire_on_commit": False,
        "autoflush": False,
    },
)

# Where a session keeps the connection of its write transaction.
_WRITING = "desk_writing"
# Where it keeps the connection of its read transaction, with that transaction.
_READING = "desk_reading"
# Where it keeps what tells states of the log apart (log_mark.py), as long as it only reads.
LOG_MARK = "log_mark"
_batch: ContextVar[bool] = ContextVar("batch", default=False)


def session() -> Session:
    """Return the session of the current request, job or command line call."""
    return cast(Session, db.session.registry())


def is_postgresql() -> bool:
    """Say whether the desk runs on PostgreSQL (otherwise on SQLite)."""
    return session().get_bind().dialect.name == "postgresql"


def init_app(app: Flask, url: str) -> None:
    """Bind the app to the database at `url` (sqlite or postgresql+psycopg)."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


def engine_options(url: str) -> dict[str, Any]:
    """Return how an engine for the database at `url` is to be made."""
    # The connection used last is taken first: its caches are warm, and its statements are prepared.
    pool: dict[str, Any] = {"pool_use_lifo": True, "pool_size": 20, "max_overflow": 20, "pool_timeout": 10}
    if not url.startswith("postgresql"):
        return pool
    # Whether a transaction begins is decided below (_prepare_postgresql), not by the driver.
    return pool | {"isolation_level": "AUTOCOMMIT", "connect_args": {"connect_timeout": CONNECT_WITHIN}}


def prepare_engine(engine: Engine) -> None:
    """Let every connection of an engine begin as the desk's do."""
    (_prepare_sqlite if engine.dialect.name == "sqlite" else _prepare_postgresql)(engine)


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
        to_driver(connection, "BEGIN IMMEDIATE" if write else "BEGIN")


def _prepare_postgresql(engine: Engine) -> None:
    from psycopg.types.array import ListBinaryDumper  # SQLite's desk need not have it

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        # As text, each value of a list is searched for what must be escaped: four times the work.
        connection.adapters.register_dumper(list, ListBinaryDumper)
        # Starting more processes for one statement, or compiling it, takes longer than it saves here.
        connection.execute("SET max_parallel_workers_per_gather = 0; SET jit = off; SET TimeZone = 'UTC'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A page reads what is committed at each statement, in or out of a transaction: it saves two rounds.
        if connection.get_execution_options().get("desk_write") or not has_request_context():
            to_driver(connection, "BEGIN")

    resting.watch(engine)


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
    current.info[_WRITING] = _begin_writing(current)
    try:
        yield current
        current.commit()
    except BaseException:
        current.rollback()
        raise
    finally:
        current.info.pop(_WRITING, None)
        current.info.pop(LOG_MARK, None)


def _begin_writing(current: Session) -> Connection:
    """End the read transaction that earlier queries left open, and begin one that writes.

    It begins on the same connection: giving it back to take another costs more than a small statement.
    """
    if not current.in_transaction() or current.in_nested_transaction() or current.new or current.deleted:
        current.rollback()
        return current.connection(execution_options={"desk_write": True})
    current.expire_all()
    ours = current.connection()
    ours.connection.rollback()
    to_driver(ours, "BEGIN IMMEDIATE" if ours.dialect.name == "sqlite" else "BEGIN")
    return ours


@contextmanager
def batch() -> Iterator[Session]:
    """Let many commands share one transaction (imports, the demo desk); all or nothing."""
    with transaction() as current:
        token = _batch.set(True)
        try:
            yield current
        finally:
            _batch.reset(token)


def connection() -> Connection:
    """Return the connection of the session's transaction, which begins where none is open."""
    current = session()
    writing: Connection | None = current.info.get(_WRITING)
    if writing is not None and not writing.closed:
        return writing
    # Asking the session goes through its states each time: a fifth of a small statement.
    held: tuple[object, Connection] | None = current.info.get(_READING)
    if held is not None and held[0] is current.get_transaction() and not current.in_nested_transaction():
        return held[1]
    ours = current.connection()
    current.info[_READING] = (current.get_transaction(), ours)
    return ours


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert `rows` with one statement (or one driver batch); does nothing for no rows.

    Every row names the same columns.
    """
    if rows:
        _insert(cast(Table, model.__table__)).rows(connection(), rows)


def insert_missing(model: type[Base], rows: Sequence[Mapping[str, object]], unique: Sequence[str]) -> None:
    """Insert the `rows` whose `unique` columns are not taken yet; the others are left alone."""
    if rows:
        _insert_missing(cast(Table, model.__table__), tuple(unique)).rows(connection(), rows)


def insert_or_update(table: Table, rows: Sequence[Mapping[str, object]], key: Sequence[str]) -> None:
    """Insert `rows`, or set every other column of those whose `key` columns are taken."""
    if rows:
        _upsert(table, tuple(key)).rows(connection(), rows)


# Building a statement costs more than running it: each is built once.
@cache
def _insert(table: Table) -> PreparedInsert:
    return PreparedInsert(table)


@cache
def _insert_missing(table: Table, unique: tuple[str, ...]) -> PreparedInsert:
    return PreparedInsert(table, lambda insert: insert.on_conflict_do_nothing(index_elements=unique))


@cache
def _upsert(table: Table, key: tuple[str, ...]) -> PreparedInsert:
    def finish(insert: AnyInsert) -> AnyInsert:
        changes = {column.name: insert.excluded[column.name] for column in table.c if column.name not in key}
        return insert.on_conflict_do_update(index_elements=key, set_=changes)

    return PreparedInsert(table, finish)


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
