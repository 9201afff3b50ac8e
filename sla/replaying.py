"""Replays: the logs of a period's tickets read once more, under what was and under what is proposed.

Tickets are read in portions, each in one snapshot, and nothing but counts and a bounded list is kept. What
really became of promises is read from the stored clocks; the log under the versions that were in force must
give exactly that, which every replay checks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from servicedesk.kernel.collecting import uncollected
from servicedesk.kernel.db import session
from servicedesk.kernel.verification import begin_snapshot
from servicedesk.tickets.models import Ticket
from sla.core.clock import Courses, courses, fold
from sla.core.outcomes import Batch, Outcome, is_one_promise, outcome_of, pairs, seconds
from sla.core.policy import Policy
from sla.core.rematching import Promised, as_events, looks_at, promised
from sla.core.replay_figures import Figures, Late, Period
from sla.entries import Entry
from sla.history import History, statuses, stored_histories
from sla.proposals import Proposed
from sla.replays import in_period
from sla.stored_outcomes import as_stored, stored_outcomes

AT_ONCE = 1_000
MOST_ROWS = 20_000
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Span:
    """What is replayed: the period, as of which moment, and the zone of its hours."""

    from_at: datetime
    to_at: datetime
    as_of: datetime
    zone: str


@dataclass
class SelfTest:
    """How the replay of what was in force compares with what is stored: all of it must be equal."""

    tickets: int = 0
    cycles: int = 0
    differences: int = 0
    named: list[dict[str, object]] = field(default_factory=list)

    def note(self, ticket_id: int, stored: Sequence[Outcome], replayed: Sequence[Outcome]) -> bool:
        """Compare a ticket's cycles; return whether they are equal."""
        self.tickets += 1
        self.cycles += len(stored)
        before = self.differences
        one = {(each.kind, each.number): each for each in stored}
        other = {(each.kind, each.number): as_stored(each) for each in replayed}
        for key in sorted(one.keys() | other.keys()):
            if one.get(key) != other.get(key):
                self._name(ticket_id, key, one.get(key), other.get(key))
        return self.differences == before

    def _name(
        self, ticket_id: int, key: tuple[str, int], stored: Outcome | None, replayed: Outcome | None
    ) -> None:
        self.differences += 1
        if len(self.named) < MOST_NAMED:
            kind, number = key
            said = {"ticket": ticket_id, "clock": kind, "cycle": number}
            self.named.append({**said, "stored": _plain(stored), "replayed": _plain(replayed)})


def _plain(outcome: Outcome | None) -> dict[str, object] | None:
    return dict(outcome._asdict()) if outcome else None


@dataclass(slots=True)
class _Ticket:
    """One ticket between being read and being counted."""

    history: History
    courses: Courses
    columns: Mapping[str, Any]
    is_changed_since: bool
    stored: list[Outcome]
    current: list[Outcome] = field(default_factory=list)
    proposed: list[Outcome] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay came to. `document` is plain data, the same for the same log, moment and proposal."""

    document: dict[str, Any]
    rows: Sequence[Late]


def replay(
    span: Span,
    current: Policy,
    proposed: Proposed,
    visible: ColumnElement[bool],
    progress: Callable[[int], None] = lambda _tickets: None,
) -> Replay:
    """Return what would have become of the promises of the tickets that are `visible`."""
    run = _Run(span, current, proposed.policy)
    for ids in _portions(span, visible):
        with uncollected():
            run.take(ids)
        progress(run.test.tickets)
    rows = sorted(run.rows, key=lambda row: (row.side, row.ticket_id, row.started_at, row.kind))
    test = run.test
    document = {
        "from": seconds(span.from_at),
        "to": seconds(span.to_at),
        "as_of": span.as_of,
        "zone": span.zone,
        "tickets": test.tickets,
        "self_test": {
            "tickets": test.tickets,
            "cycles": test.cycles,
            "differences": test.differences,
            "named": test.named,
        },
        **run.figures.document(proposed.hours),
    }
    return Replay(document, rows)


def _portions(span: Span, visible: ColumnElement[bool]) -> Iterator[Sequence[int]]:
    """Yield ids of tickets in order; each portion begins a snapshot of its own."""
    last = 0
    while True:
        begin_snapshot()
        query = select(Ticket.id).where(in_period(span.from_at, span.to_at, visible), Ticket.id > last)
        ids = session().scalars(query.order_by(Ticket.id).limit(AT_ONCE)).all()
        if not ids:
            session().rollback()
            return
        yield ids
        last = ids[-1]


class _Run:
    """The state of a replay between two portions."""

    def __init__(self, span: Span, current: Policy, proposed: Policy) -> None:
        self.span, self.policies = span, (current, proposed)
        self.test = SelfTest()
        self.figures = Figures(Period(seconds(span.from_at), seconds(span.to_at)), span.zone)
        self.rows: list[Late] = []
        self._kept = {"after": 0, "before": 0}

    def take(self, ids: Sequence[int]) -> None:
        """Replay and count a portion of tickets."""
        histories, stored = stored_histories(ids), stored_outcomes(ids, as_of=self.span.as_of)
        batch = Batch(self.span.as_of)
        tickets = []
        for ticket_id in ids:
            ticket = self._ticket(histories[ticket_id], stored.get(ticket_id, []), batch)
            if ticket is not None:
                tickets.append(ticket)
        batch.measure()
        for ticket in tickets:
            self._count(ticket)

    def _ticket(self, history: History, stored: list[Outcome], batch: Batch) -> _Ticket | None:
        """Return a ticket as far as it was known; None where no cycle of it can be in the period."""
        as_of, read = self.span.as_of, len(history.entries)
        history.entries = [entry for entry in history.entries if _is_known(entry, as_of)]
        if not history.entries or not all(entry.at_known for entry in history.entries):
            return None
        found = courses(history.deeds(), statuses=statuses(), now=as_of)
        if not self._may_count(history.entries, found):
            return None
        looks = looks_at(history.entries, self.policies[0].facts_of)
        one, other = (promised(looks, policy) for policy in self.policies)
        ticket = _Ticket(history, found, looks.columns, len(history.entries) < read, stored)
        self._judge(ticket, one, ticket.current, batch)
        if _are_the_same(one, other):
            ticket.proposed = ticket.current
        else:
            self._judge(ticket, other, ticket.proposed, batch)
        return ticket

    def _may_count(self, entries: Sequence[Entry], found: Courses) -> bool:
        if min(entry.at for entry in entries) >= self.span.to_at:
            return False
        is_open = any(course.stopped_at is None for course in found.cycles)
        return is_open or max(entry.at for entry in entries) >= self.span.from_at

    def _judge(
        self, ticket: _Ticket, promises: Sequence[Promised], into: list[Outcome], batch: Batch
    ) -> None:
        is_by_hand = any(entry.type == "clock_overridden" for entry in ticket.history.entries)
        if not is_by_hand and is_one_promise(promises, ticket.courses):
            batch.add(into, ticket.courses, promises)
            return
        events = [*ticket.history.deeds(), *as_events(promises)]
        into += map(outcome_of, fold(events, statuses=statuses(), now=self.span.as_of))

    def _count(self, ticket: _Ticket) -> None:
        ticket_id, actual = ticket.history.ticket_id, ticket.stored
        if ticket.is_changed_since:
            # What is stored tells of later; as of then, the clocks were what the log so far says.
            events = ticket.history.core_events()
            as_of = self.span.as_of
            actual = [as_stored(outcome_of(each)) for each in fold(events, statuses=statuses(), now=as_of)]
        is_equal = self.test.note(ticket_id, actual, ticket.current)
        # Equal ones also know how much time those had used that ran.
        before = ticket.current if is_equal else actual
        sides = pairs(before, ticket.proposed)
        for row in self.figures.add(ticket_id, ticket.columns, sides):
            self._kept[row.side] += 1
            if self._kept[row.side] <= MOST_ROWS:
                self.rows.append(row)
        self.figures.add_work(ticket.courses)


def _is_known(entry: Entry, as_of: datetime) -> bool:
    return entry.received_at <= as_of and entry.at <= as_of


def _are_the_same(one: Sequence[Promised], other: Sequence[Promised]) -> bool:
    return len(one) == len(other) and all(
        mine.entry is theirs.entry and mine.terms.said() == theirs.terms.said()
        for mine, theirs in zip(one, other, strict=True)
    )
