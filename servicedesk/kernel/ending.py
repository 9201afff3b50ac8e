"""What a transaction leaves for its end: small statements that go to the database together.

PostgreSQL answers each statement in a round of its own, and the round costs both sides more than a small
insert does. So those that need not see each other become one statement, and what is then left goes down a
pipeline with the COMMIT behind it: one round. SQLite knows no rounds.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect

from servicedesk.kernel.prepared import DriverText, Prepared, Values, to_driver
from servicedesk.kernel.prepared_inserts import FEW, PreparedInsert

_PARAMETER = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of an ending; it returns nothing.

    table: what it writes to. looks: whether it looks for what statements before it wrote. text: what one
    driver takes, for a statement about `rows` together.
    """

    run: Callable[[Connection], object]
    text: Callable[[Dialect], DriverText]
    rows: Sequence[Values]
    table: object
    looks: bool = False


@dataclass
class Ending:
    """Statements in the order in which they are to run; none of them returns anything."""

    steps: list[Step] = field(default_factory=list)
    is_small: bool = True

    def insert(self, insert: PreparedInsert, rows: Sequence[Values]) -> None:
        """Add an insert of `rows`; nothing for none."""
        if not rows:
            return
        self.is_small = self.is_small and len(rows) <= FEW
        self.steps.append(
            Step(
                lambda connection: insert.rows(connection, rows),
                lambda dialect: insert.text_about(dialect, rows),
                rows,
                insert.table,
                looks=bool(insert.found),
            )
        )

    def change(self, statement: Prepared, **values: object) -> None:
        """Add an update of what was there before this transaction."""
        self.steps.append(
            Step(
                lambda connection: statement.rows(connection, **values),
                statement.text_for,
                [values],
                getattr(statement.statement, "table", statement),
            )
        )

    def write(self, connection: Connection, *, commit: bool) -> None:
        """Run what was added; `commit` with it, where that spares a round. What fails is raised here."""
        steps, is_small = self.steps, self.is_small
        self.steps, self.is_small = [], True
        if is_small and len(steps) > 1 and connection.dialect.name == "postgresql":
            with _one_round(connection):
                for group in _groups(steps):
                    _run_together(connection, group)
                if commit:
                    to_driver(connection, "COMMIT")
        else:
            for step in steps:
                step.run(connection)


def _groups(steps: Sequence[Step]) -> list[list[Step]]:
    """Return the steps in groups that may run at once, each with what it looks for in a group before.

    Statements of one group do not see each other's rows, so a table has but one in it.
    """
    groups: list[list[Step]] = []
    for step in sorted(steps, key=lambda step: step.looks):
        if not groups or step.looks or any(step.table is other.table for other in groups[-1]):
            groups.append([])
        groups[-1].append(step)
    return groups


def _run_together(connection: Connection, group: Sequence[Step]) -> None:
    if len(group) == 1:
        group[0].run(connection)
        return
    texts = [step.text(connection.dialect) for step in group]
    arguments = [text.arguments(step.rows) for text, step in zip(texts, group, strict=True)]
    sql = _joined(tuple(text.sql for text in texts), tuple(map(len, arguments)))
    to_driver(connection, sql, tuple(value for given in arguments for value in given))


@lru_cache(maxsize=1024)
def _joined(statements: Sequence[str], counts: Sequence[int]) -> str:
    """Return one statement that does what all of them do."""
    renumbered = []
    given = 0
    for sql, count in zip(statements, counts, strict=True):
        renumbered.append(_renumbered(sql, given))
        given += count
    *others, last = renumbered
    named = ", ".join(f"step_{place} AS ({sql})" for place, sql in enumerate(others))
    return f"WITH {named} {last}"


def _renumbered(sql: str, given: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + given}", sql)


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
