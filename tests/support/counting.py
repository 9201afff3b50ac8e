"""Counting what a piece of code asks of the database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

_UNCOUNTED = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|SET |SHOW )", re.IGNORECASE)


@dataclass
class Statements:
    """The statements that ran, in order, and how many commits there were."""

    texts: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def count(self) -> int:
        """How many statements ran; those that only open, end or tune a transaction are left out."""
        return len(self.texts)

    def __str__(self) -> str:
        return "\n".join(
            f"{number}. {' '.join(text.split())[:200]}" for number, text in enumerate(self.texts, 1)
        )


@contextmanager
def count_statements() -> Iterator[Statements]:
    """Count the statements and commits of the block, on every connection."""
    seen = Statements()

    def on_execute(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not _UNCOUNTED.match(statement):
            seen.texts.append(statement)

    def on_commit(_connection: Any) -> None:
        seen.commits += 1

    event.listen(Engine, "before_cursor_execute", on_execute)
    event.listen(Engine, "commit", on_commit)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", on_execute)
        event.remove(Engine, "commit", on_commit)
