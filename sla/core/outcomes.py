"""What became of promises: one outcome for each cycle, measured for many tickets at once.

The clock fold is the truth. Most tickets have one promise from beginning to end; theirs are measured as
arrays, from the courses of their cycles, and come out as the fold would have it. The others are folded.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.many import add_to_many, elapsed_of_many
from sla.core.clock import Courses
from sla.core.cycle import Cycle
from sla.core.events import Kind
from sla.core.live import LiveCycle
from sla.core.policy import Terms
from sla.core.rematching import Promised
from sla.core.saves import whole_second

LATE = frozenset({"missed", "overdue"})


class Outcome(NamedTuple):
    """One cycle as of a moment; instants are whole seconds since 1970, elapsed and target open seconds."""

    kind: str
    number: int
    started_at: int
    stopped_at: int | None
    state: str
    consumed: int
    elapsed: int
    target: int
    breached_at: int | None
    calendar_version_id: int | None
    agreement_version_id: int | None
    rule: str | None

    @property
    def judged_at(self) -> int | None:
        """When the cycle enters the figures: a late one when it became late, a met one when it ended."""
        if self.state in LATE:
            return self.breached_at
        return self.stopped_at if self.state == "met" else None

    @property
    def is_late(self) -> bool:
        return self.state in LATE


def outcome_of(cycle: Cycle) -> Outcome:
    """Return what became of a folded cycle."""
    return Outcome(
        kind=cycle.kind,
        number=cycle.number,
        started_at=seconds(cycle.started_at),
        stopped_at=seconds_if_any(cycle.stopped_at),
        state=cycle.state,
        consumed=cycle.consumed_seconds,
        elapsed=cycle.elapsed_seconds,
        target=cycle.target_seconds,
        breached_at=seconds_if_any(cycle.breached_at),
        calendar_version_id=cycle.calendar_version_id,
        agreement_version_id=cycle.agreement_version_id,
        rule=cycle.rule,
    )


def seconds(at: datetime) -> int:
    """Return a moment as whole seconds since 1970."""
    return int(at.timestamp())


def seconds_if_any(at: datetime | None) -> int | None:
    """Return a moment that may be unknown as whole seconds since 1970."""
    return None if at is None else seconds(at)


def is_one_promise(promises: Sequence[Promised], courses: Courses) -> bool:
    """Say whether the same was promised from the opening to the end; otherwise the fold must tell."""
    if not promises:
        return False
    first, *others = promises
    terms, rest = first.terms, courses.longest_rest
    if not all(terms.is_same_promise(each.terms) for each in others):
        return False
    if rest is not None and (
        terms.reopen != "continue" or rest.total_seconds() > terms.continue_within_seconds
    ):
        return False
    # In one second, only the fold knows which came first.
    edges = {at for course in courses.cycles for at in (course.started_at, course.stopped_at)}
    return not any(whole_second(each.entry.at) in edges for each in others)


class Batch:
    """Cycles of many tickets, each with one promise from its start on."""

    def __init__(self, now: datetime) -> None:
        self._now = seconds(now)
        self._sheets: dict[int, _Sheet] = {}

    def add(self, into: list[Outcome], courses: Courses, promises: Sequence[Promised]) -> None:
        """Let the outcomes of a ticket with one promise be put `into` a list once all are measured."""
        numbers: dict[Kind, int] = {}
        for course in courses.cycles:
            target = _in_force(promises, course.started_at).targets.get(course.kind)
            if target is None:
                continue
            numbers[course.kind] = numbers.get(course.kind, 0) + 1
            sheet = self._sheet(target.hours)
            sheet.add(into, course, numbers[course.kind], target.seconds, self._now)
            last = _in_force(promises, course.stopped_at)
            sheet.versions.append((target.calendar_version_id, last.version_id, last.rule))

    def measure(self) -> None:
        """Measure everything that was added, and forget it."""
        for sheet in self._sheets.values():
            sheet.measure()
        self._sheets.clear()

    def _sheet(self, hours: OpeningHours) -> "_Sheet":
        found = self._sheets.get(id(hours))
        if found is None:
            found = self._sheets[id(hours)] = _Sheet(hours)
        return found


def _in_force(promises: Sequence[Promised], at: datetime | None) -> Terms:
    """Return the terms at a moment, the last ones for None; the first count from the opening."""
    if len(promises) == 1 or at is None:
        return promises[-1].terms
    begun = [each.terms for each in promises[1:] if each.entry.at <= at]
    return begun[-1] if begun else promises[0].terms


class _Sheet:
    """The cycles that one calendar measures, as columns."""

    def __init__(self, hours: OpeningHours) -> None:
        self.hours = hours
        self.courses: list[tuple[list[Outcome], LiveCycle, int]] = []
        self.versions: list[tuple[int | None, int | None, str | None]] = []
        self.targets: list[int] = []
        self.owners: list[int] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.is_open: list[bool] = []

    def add(self, into: list[Outcome], course: LiveCycle, number: int, target: int, now: int) -> None:
        owner = len(self.courses)
        self.courses.append((into, course, number))
        self.targets.append(target)
        for start, end in running(course):
            self.owners.append(owner)
            self.starts.append(start)
            self.ends.append(now if end is None else end)
            self.is_open.append(end is None)

    def measure(self) -> None:
        count = len(self.courses)
        owners, targets = np.array(self.owners, np.int64), np.array(self.targets, np.int64)
        starts, ends = np.array(self.starts, np.int64), np.array(self.ends, np.int64)
        passed = elapsed_of_many(self.hours, starts, ends)
        elapsed = np.bincount(owners, passed, count).astype(np.int64)
        resting = np.where(np.array(self.is_open, bool), 0, passed)
        consumed = np.bincount(owners, resting, count).astype(np.int64)
        # Open time of the cycle up to the end of each stretch.
        before = np.concatenate(([0], np.cumsum(elapsed)))[owners] if count else owners
        by_end = np.cumsum(passed) - before
        over = np.flatnonzero(by_end > targets[owners]) if len(owners) else owners
        late, firsts = np.unique(owners[over], return_index=True)
        crossed = over[firsts]
        left = targets[late] - (by_end[crossed] - passed[crossed])
        _due, breaches = add_to_many(self.hours, starts[crossed], left)
        breached = dict(zip(late.tolist(), breaches.tolist(), strict=True))
        self._hand_out(consumed.tolist(), elapsed.tolist(), breached)

    def _hand_out(self, consumed: list[int], elapsed: list[int], breached: dict[int, int]) -> None:
        for place, (into, course, number) in enumerate(self.courses):
            into.append(
                Outcome(
                    course.kind,
                    number,
                    seconds(course.started_at),
                    seconds_if_any(course.stopped_at),
                    _state(course, is_over=place in breached),
                    consumed[place],
                    elapsed[place],
                    self.targets[place],
                    breached.get(place),
                    *self.versions[place],
                )
            )


def running(course: LiveCycle) -> Iterator[tuple[int, int | None]]:
    """Yield the stretches in which a cycle ran, in order; the end is None for the one under way."""
    for stretch in course.stretches:
        if stretch.kind == "running":
            yield seconds(stretch.from_at), seconds_if_any(stretch.to_at)


def _state(course: LiveCycle, *, is_over: bool) -> str:
    if course.is_cancelled:
        return "cancelled"
    if course.stopped_at:
        return "missed" if is_over else "met"
    if is_over:
        return "overdue"
    return "running" if course.current and course.current.kind == "running" else "paused"


Pair = tuple[Outcome | None, Outcome | None]


def pairs(before: Iterable[Outcome], after: Iterable[Outcome]) -> Iterator[Pair]:
    """Yield the judged or open cycles of one ticket as they were and as they would be, side by side.

    A cycle is known by its clock and the moment it began; numbers depend on what was promised.
    """
    first, second = _by_beginning(before), _by_beginning(after)
    for key in sorted(first.keys() | second.keys(), key=_order):
        yield first.get(key), second.get(key)


_Key = tuple[str, int, int]


def _order(key: _Key) -> tuple[int, str, int]:
    kind, started_at, place = key
    return started_at, kind, place


def _by_beginning(outcomes: Iterable[Outcome]) -> dict[_Key, Outcome]:
    found: dict[_Key, Outcome] = {}
    for outcome in sorted(outcomes, key=lambda each: (each.kind, each.started_at, each.number)):
        if outcome.state == "cancelled":
            continue
        place = 0
        while (outcome.kind, outcome.started_at, place) in found:
            place += 1
        found[outcome.kind, outcome.started_at, place] = outcome
    return found
