"""What a transaction leaves for its end: small statements that go to the database together.

PostgreSQL answers each statement in a round of its own, and the round costs both sides more than a small
insert does. Sent down a pipeline with the COMMIT behind them, all of them take one. SQLite knows no rounds.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection

from servicedesk.kernel.prepared import Prepared, Values, to_driver
from servicedesk.kernel.prepared_inserts import FEW, PreparedInsert


@dataclass
class Ending:
    """Statements in the order in which they are to run; none of them returns anything."""

    steps: list[Callable[[Connection], object]] = field(default_factory=list)
    is_small: bool = True

    def insert(self, insert: PreparedInsert, rows: Sequence[Values]) -> None:
        """Add an insert of `rows`."""
        self.steps.append(partial(insert.rows, rows=rows))
        self.is_small = self.is_small and len(rows) <= FEW

    def run(self, statement: Prepared, **values: object) -> None:
        """Add a statement."""
        self.steps.append(lambda connection: statement.rows(connection, **values))

    def write(self, connection: Connection, *, commit: bool) -> None:
        """Run what was added; `commit` with it, where that spares a round. What fails is raised here."""
        steps, is_small = self.steps, self.is_small
        self.steps, self.is_small = [], True
        if is_small and len(steps) > 1 and connection.dialect.name == "postgresql":
            with _one_round(connection):
                for step in steps:
                    step(connection)
                if commit:
                    to_driver(connection, "COMMIT")
        else:
            for step in steps:
                step(connection)


@contextmanager
def _one_round(connection: Connection) -> Iterator[None]:
    """Send what the block runs without waiting for answers; what fails is raised at the end at the latest."""
    driver: Any = connection.connection.driver_connection
    psycopg: Any = connection.dialect.loaded_dbapi
    try:
        with driver.pipeline() as pipeline:
            try:
                yield
            except Exception:
                # What followed the failure was given up; those answers are no news.
                with suppress(psycopg.Error):
                    pipeline.sync()
                raise
    except psycopg.Error as error:
        given_up = isinstance(error, psycopg.errors.PipelineAborted)
        cause = error.__context__ if given_up and error.__context__ is not None else error
        connection._handle_dbapi_exception(cause, None, None, None, None)
