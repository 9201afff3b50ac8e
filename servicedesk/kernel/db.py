"""The database: typed base, sessions, and transactions that are honest about writing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from flask import Flask
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
)
from sqlalchemy.orm import DeclarativeBase, Session

from servicedesk.kernel.ending import Ending
from servicedesk.kernel.engines import engine_options, prepare_engine
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.kernel.prepared import to_driver
from servicedesk.kernel.prepared_inserts import PreparedInsert, upsert

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
# Where it keeps what its write transaction still has to write.
_ENDING = "desk_ending"
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


@contextmanager
def transaction() -> Iterator[Session]:
    """Open one write transaction: commit at the end, roll back on any error.

    A read transaction left open by earlier queries is ended first. Inside `batch()` the work joins
    the batch's transaction and nothing is committed here.
    """
    current = session()
    if _batch.get():
        try:
            yield current
            _finish(current)
        finally:
            current.info.pop(_ENDING, None)
        return
    current.info[_WRITING] = _begin_writing(current)
    try:
        yield current
        _finish(current, commit=True)
    except BaseException:
        current.rollback()
        raise
    finally:
        for name in (_WRITING, _ENDING, LOG_MARK):
            current.info.pop(name, None)


def _finish(current: Session, *, commit: bool = False) -> None:
    current.flush()
    if _ENDING in current.info:
        the_ending().write(connection(), commit=commit)
    if commit:
        current.commit()


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


def the_ending() -> Ending:
    """Return what the write transaction leaves for its end."""
    ending: Ending = session().info.setdefault(_ENDING, Ending())
    return ending


def write_pending() -> None:
    """Write at once what was left for the end of the transaction: something is about to look for it."""
    if _ENDING in session().info:
        the_ending().write(connection(), commit=False)


def insert_at_end(model: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert `rows` at the end of the transaction, in few rounds; nothing in it may look for them.

    Later inserts that do not wait (below) find them all the same.
    """
    if rows:
        the_ending().insert(_insert(cast(Table, model.__table__)), rows)


def insert_missing_at_end(
    model: type[Base], rows: Sequence[Mapping[str, object]], unique: Sequence[str]
) -> None:
    """Insert at the end of the transaction the `rows` whose `unique` columns are not taken then."""
    if rows:
        the_ending().insert(_insert_missing(cast(Table, model.__table__), tuple(unique)), rows)


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert `rows` with one statement (or one driver batch); does nothing for no rows.

    Every row names the same columns.
    """
    if rows:
        write_pending()
        _insert(cast(Table, model.__table__)).rows(connection(), rows)


def insert_missing(model: type[Base], rows: Sequence[Mapping[str, object]], unique: Sequence[str]) -> None:
    """Insert the `rows` whose `unique` columns are not taken yet; the others are left alone."""
    if rows:
        write_pending()
        _insert_missing(cast(Table, model.__table__), tuple(unique)).rows(connection(), rows)


def insert_or_update(table: Table, rows: Sequence[Mapping[str, object]], key: Sequence[str]) -> None:
    """Insert `rows`, or set every other column of those whose `key` columns are taken."""
    if rows:
        write_pending()
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
    return upsert(table, key)


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
