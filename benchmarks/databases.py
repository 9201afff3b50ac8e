"""Databases made for a run and removed after it, and the processes that work for one of them."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

CONNECTIONS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@contextmanager
def databases(kind: str, folder: Path, server: str, *names: str) -> Iterator[list[str]]:
    """Make an empty database of each name; yield their addresses."""
    if kind == "sqlite":
        yield [f"sqlite:///{folder}/{name}.sqlite3" for name in names]
        return
    made = [f"desk_bench_{name}_{os.getpid()}" for name in names]
    with psycopg.connect(server, autocommit=True) as admin:
        for name in made:
            admin.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield [f"{server.rpartition('/')[0]}/{name}" for name in made]
        finally:
            for name in made:
                admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def with_driver(url: str) -> str:
    """Return the address as SQLAlchemy takes it."""
    return url.replace("postgresql://", "postgresql+psycopg://")


def working(pid: int, url: str) -> Callable[[], Iterable[int]]:
    """Return what tells the processes that work for the server `pid` on the database at `url`.

    On PostgreSQL those are its own tree and the processes of its connections, cleaning included: what other
    databases of the same server are doing meanwhile is nobody's work here.
    """
    if not url.startswith("postgresql"):
        return lambda: [pid]
    asker = psycopg.connect(url, autocommit=True)
    return lambda: [pid, *(row[0] for row in asker.execute(CONNECTIONS))]
