"""Runs the revisions on the database of the app at hand; called by Alembic, for both databases alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Engine

from servicedesk.kernel.db import Base, db
from servicedesk.kernel.instants import UtcDateTime

# Any number: two processes that migrate the same PostgreSQL database take turns.
LOCK = 7_221_947_001


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own type as the plain one under it: a revision must not depend on code that may change."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def leave_out_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no revision where nothing changed."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """Connect as the only one who migrates; SQLite changes tables by copying, so without foreign keys."""
    with engine.connect() as plain:
        connection = plain.execution_options(desk_write=True)
        is_sqlite = engine.dialect.name == "sqlite"
        raw: Any = connection.connection.driver_connection
        if is_sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")
        else:
            raw.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            raw.commit()
        try:
            yield connection
            if is_sqlite and (broken := raw.execute("PRAGMA foreign_key_check").fetchone()):
                raise RuntimeError(f"a revision left a row that points to nothing: {broken}")
        finally:
            raw.rollback()
            raw.execute("PRAGMA foreign_keys=ON" if is_sqlite else f"SELECT pg_advisory_unlock({LOCK})")
            raw.commit()


def migrate() -> None:
    """Run what was asked for inside one transaction."""
    with connected(db.engine) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            render_item=render_item,
            process_revision_directives=leave_out_empty,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


migrate()
