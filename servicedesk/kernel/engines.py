"""Engines: how connections to either database are made, begin and are tried."""

from pathlib import Path
from typing import Any

from flask import has_request_context
from sqlalchemy import Connection, Engine, event

from servicedesk.kernel import resting
from servicedesk.kernel.prepared import to_driver

CONNECT_WITHIN = 10  # seconds


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
            "cache_size=-4000",  # pages are read through the map; this holds those being written
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A reader that turns writer half-way fails at once under load, whatever busy_timeout says.
        write = connection.get_execution_options().get("desk_write")
        to_driver(connection, "BEGIN IMMEDIATE" if write else "BEGIN")


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        # Starting more processes for one statement, or compiling it, takes longer than it saves here.
        connection.execute("SET max_parallel_workers_per_gather = 0; SET jit = off; SET TimeZone = 'UTC'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A page reads what is committed at each statement, in or out of a transaction: it saves two rounds.
        if connection.get_execution_options().get("desk_write") or not has_request_context():
            to_driver(connection, "BEGIN")

    resting.watch(engine)
