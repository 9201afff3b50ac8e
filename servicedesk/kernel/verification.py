"""Verification: what the rooms check of the stored rows against the log, and the run that asks them all.

Checkers are independent of what they check: they share no code with the commands that wrote the rows.
Everything is read in one snapshot and in portions, so that neither a busy desk nor its size matters.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, func, select, true
from sqlalchemy.orm import InstrumentedAttribute

from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.chain_check import check_chains
from servicedesk.kernel.db import is_postgresql, session
from servicedesk.kernel.differences import Difference, readable_json
from servicedesk.kernel.event_log import ErasableText, EventRow, StreamHead
from servicedesk.kernel.refs import ActorRef, Cause, StreamRef
from servicedesk.kernel.stored_rows import Row, reading_damaged_text, stored_rows

# Streams whose rows are looked at together.
PORTION = 500
# So many differences are kept to be shown; all are counted.
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Portion:
    """Streams of one kind with ids from `first` to `last`: their events in order, and texts not erased."""

    kind: str
    first: int
    last: int
    events: Mapping[int, Sequence[LoggedEvent]]
    texts: Mapping[int, Mapping[int, Mapping[str, Any]]]
    counts: Counter[str]

    def rows(self, table: Table, ids: ColumnElement[int], *where: ColumnElement[bool]) -> list[Row]:
        """Return the rows of a table whose `ids` lie in this portion, and count them."""
        found = stored_rows(table, ids.between(self.first, self.last), *where)
        self.counts[table.name] += len(found)
        return found


@dataclass(frozen=True, slots=True)
class IdColumn:
    """A column that holds stream ids of the checker's kind, in the rows that hold `where`."""

    column: InstrumentedAttribute[int]
    where: ColumnElement[bool] = field(default_factory=true)


@dataclass(frozen=True, slots=True)
class Checker:
    """What a room checks of one kind of stream.

    `ids` are the room's columns that say which streams there should be; `overall` looks at what lies in no
    stream, once.
    """

    name: str
    kind: str
    ids: tuple[IdColumn, ...]
    check: Callable[[Portion], Iterable[Difference]]
    overall: Callable[[], Iterable[Difference]] = tuple


@dataclass(slots=True)
class Findings:
    """What a run came to: rows looked at by table, and the differences (`total` counts those left out)."""

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    total: int = 0

    def note(self, found: Iterable[Difference]) -> None:
        """Count differences and keep them while there is room."""
        for difference in found:
            self.total += 1
            if len(self.differences) < MOST_KEPT:
                self.differences.append(difference)


_checkers: dict[str, Checker] = {}


def on_verify(checker: Checker) -> None:
    """Let every verification ask `checker` too; a name is given once."""
    _checkers[checker.name] = checker


def verify(only: StreamRef | None = None) -> Findings:
    """Compare everything stored with the log, or one stream's rows, in the present transaction."""
    findings = Findings()
    with reading_damaged_text():
        findings.note(check_chains(only, findings.counts))
        for kind in sorted({checker.kind for checker in _checkers.values()}):
            _verify_kind(kind, only, findings)
    return findings


def verify_one(name: str, only: StreamRef | None = None) -> Findings:
    """Let one room's checker alone compare, and not the chains; texts are not read for it."""
    findings, checker = Findings(), _checkers[name]
    with reading_damaged_text():
        for first, last in _ranges(checker.kind, [checker], only):
            portion = _portion(checker.kind, first, last, findings.counts, with_texts=False)
            findings.note(checker.check(portion))
    return findings


def begin_snapshot() -> None:
    """Begin a transaction that sees one state of the database however long it reads."""
    session().rollback()
    if is_postgresql():
        session().connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _verify_kind(kind: str, only: StreamRef | None, findings: Findings) -> None:
    checkers = [checker for checker in _checkers.values() if checker.kind == kind]
    for first, last in _ranges(kind, checkers, only):
        portion = _portion(kind, first, last, findings.counts)
        for checker in checkers:
            findings.note(checker.check(portion))
    if only is None:
        for checker in checkers:
            findings.note(checker.overall())


def _ranges(kind: str, checkers: Sequence[Checker], only: StreamRef | None) -> Iterator[tuple[int, int]]:
    """Yield ranges of ids that together hold every id of the kind in the log or in a room's tables."""
    if only is not None:
        if only.kind == kind:
            yield only.id, only.id
        return
    columns = [
        IdColumn(StreamHead.id, StreamHead.kind == kind),
        IdColumn(EventRow.stream_id, EventRow.stream_kind == kind),
        *(column for checker in checkers for column in checker.ids),
    ]
    after: int | None = None
    while (first := _smallest(columns, after)) is not None:
        after = first + PORTION - 1
        yield first, after


def _smallest(columns: Sequence[IdColumn], after: int | None) -> int | None:
    found = []
    for each in columns:
        query = select(func.min(each.column)).where(each.where)
        smallest = session().scalar(query if after is None else query.where(each.column > after))
        found += [smallest] if isinstance(smallest, int) else []
    return min(found, default=None)


def _portion(kind: str, first: int, last: int, counts: Counter[str], *, with_texts: bool = True) -> Portion:
    events, texts = cast(Table, EventRow.__table__), cast(Table, ErasableText.__table__)
    by_stream: dict[int, list[LoggedEvent]] = {}
    of_kind = events.c.stream_kind == kind, events.c.stream_id.between(first, last)
    for row in stored_rows(events, *of_kind):
        by_stream.setdefault(row["stream_id"], []).append(logged_event(row))
    said: dict[int, dict[int, Mapping[str, Any]]] = {}
    if not with_texts:
        return Portion(kind, first, last, by_stream, said, counts)
    of_kind = texts.c.stream_kind == kind, texts.c.stream_id.between(first, last)
    for row in stored_rows(texts, *of_kind, texts.c.body.is_not(None)):
        said.setdefault(row["stream_id"], {})[row["seq"]] = readable_json(row["body"])
    return Portion(kind, first, last, by_stream, said, counts)


def logged_event(row: Row) -> LoggedEvent:
    """Return a stored row as an event; what cannot be read in it stays as it is, or becomes empty."""
    return LoggedEvent(
        stream=StreamRef(row["stream_kind"], row["stream_id"]),
        seq=row["seq"],
        type=row["type"],
        version=row["version"],
        at=row["at"],
        received_at=row["received_at"],
        at_known=row["at_known"],
        actor=ActorRef(row["actor_kind"], row["actor_id"]),
        cause=Cause(row["cause_kind"], row["cause_id"], row["cause_version"]),
        command_id=row["command_id"],
        body=readable_json(row["body"]),
    )
