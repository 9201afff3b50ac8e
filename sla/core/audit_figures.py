"""The figures of a cycle from its ledger: open spans of the lines that count, one after the other."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise
from typing import Protocol

from servicedesk.calendars.core.horizon import HORIZON_DAYS
from servicedesk.calendars.hours import OpeningHours
from servicedesk.kernel.chain import LoggedEvent

Span = tuple[datetime, datetime]
Reached = tuple[list[datetime | None], datetime | None]
SECOND = timedelta(seconds=1)
WARNINGS = (75, 90)
_HORIZON = timedelta(days=HORIZON_DAYS)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)


class Calendars(Protocol):
    """Calendar versions by id."""

    def hours(self, version_id: int) -> OpeningHours: ...

    def is_same(self, version_id: int, other_id: int) -> bool:
        """Say whether two versions tell the same hours."""


@dataclass(slots=True)
class Line:
    """A line of a ledger. has_end_of_clock: the clock was stopped in it, at `to_at`."""

    from_at: datetime
    kind: str
    reason: str
    calendar: int | None
    to_at: datetime | None = None
    counts: bool = True
    has_end_of_clock: bool = False


@dataclass(frozen=True, slots=True)
class Aim:
    """A target put in force at `at`; open time counts from `counts_from`."""

    at: datetime
    seconds: int
    calendar: int
    counts_from: datetime


@dataclass(slots=True)
class AuditedCycle:
    """One cycle as the log tells it. `said`: the event that named the rule which is shown for it."""

    kind: str
    number: int
    started_at: datetime
    said: LoggedEvent
    born_in: str
    aims: list[Aim] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    is_overridden: bool = False
    is_cancelled: bool = False
    stopped_at: datetime | None = None

    @property
    def current(self) -> Line | None:
        """The line under way."""
        return self.lines[-1] if self.lines and self.lines[-1].to_at is None else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a ledger comes to at a moment. The step times are None where they do not lie ahead."""

    state: str
    consumed_seconds: int
    due_at: datetime | None
    breach_at: datetime | None
    breached_at: datetime | None
    judged_at: datetime | None
    warn_75_at: datetime | None
    warn_90_at: datetime | None
    late_at: datetime | None


def figures(cycle: AuditedCycle, now: datetime, calendars: Calendars) -> Figures:
    """Return the figures of a cycle at `now`."""
    until, aim = cycle.stopped_at or now, cycle.aims[-1]
    counted = [line for line in cycle.lines if line.kind == "running" and line.counts]
    used = _length(_open(counted, until, calendars))
    consumed = used - _length(_open([line for line in counted if line.to_at is None], until, calendars))
    state = _state(cycle, is_over=used > aim.seconds)
    shares = [-(-aim.seconds * percent // 100) for percent in WARNINGS]
    reached, breach_at = _reached(cycle, counted, [*shares, aim.seconds], calendars)
    due_at, breach_at = (None, None) if state == "paused" else (reached[-1], breach_at)
    breached_at = _breached_at(cycle, until, calendars)
    late_at = max(breach_at, aim.at) + SECOND if breach_at else None
    return Figures(
        state,
        consumed_seconds=consumed,
        due_at=due_at,
        breach_at=breach_at,
        breached_at=breached_at,
        judged_at={"met": cycle.stopped_at, "missed": breached_at, "overdue": breached_at}.get(state),
        warn_75_at=_lived_to_see(cycle, reached[0]),
        warn_90_at=_lived_to_see(cycle, reached[1]),
        late_at=None if state in ("cancelled", "met") else late_at,
    )


def _state(cycle: AuditedCycle, *, is_over: bool) -> str:
    if cycle.is_cancelled:
        return "cancelled"
    if cycle.stopped_at:
        return "missed" if is_over else "met"
    if is_over:
        return "overdue"
    return "running" if cycle.current and cycle.current.kind == "running" else "paused"


def _lived_to_see(cycle: AuditedCycle, step: datetime | None) -> datetime | None:
    """Return when a warning is due: not before its target was set, and only if the cycle lived that long."""
    if step is None or cycle.is_cancelled:
        return None
    due = max(step, cycle.aims[-1].at)
    return None if cycle.stopped_at and due > cycle.stopped_at else due


def _breached_at(cycle: AuditedCycle, until: datetime, calendars: Calendars) -> datetime | None:
    """Return the first moment at which the target then in force was used up for good."""
    running = [line for line in cycle.lines if line.kind == "running"]
    ends = [*(following.at for _aim, following in pairwise(cycle.aims)), until]
    for aim, end in zip(cycle.aims, ends, strict=True):
        counted = [line for line in running if line.from_at >= aim.counts_from]
        _due, breach = _reach(_open(counted, end, calendars), [aim.seconds])
        if breach is not None:
            return max(breach, aim.at)
    return None


def when_used(cycle: AuditedCycle, seconds: int, calendars: Calendars) -> datetime | None:
    """Return when a cycle has (or had, or will have) counted so many seconds; None where nothing tells."""
    counted = [line for line in cycle.lines if line.kind == "running" and line.counts]
    return _reached(cycle, counted, [seconds], calendars)[0][0]


def counted_until(cycle: AuditedCycle, at: datetime, calendars: Calendars) -> int:
    """Return the open seconds that a cycle has counted up to `at`."""
    counted = [line for line in cycle.lines if line.kind == "running" and line.counts]
    return _length(_open(counted, at, calendars))


def _open(lines: Sequence[Line], until: datetime, calendars: Calendars) -> Iterator[Span]:
    """Yield the open spans within the lines, up to `until`."""
    for line in lines:
        end = min(line.to_at or until, until)
        if line.calendar is not None and end > line.from_at:
            yield from calendars.hours(line.calendar).spans(line.from_at, end)


def _length(spans: Iterable[Span]) -> int:
    return sum((closed - opened) // SECOND for opened, closed in spans)


def _reach(spans: Iterable[Span], marks: Sequence[int]) -> Reached:
    """Return when so many seconds have first passed within the spans, for each of `marks` (ascending).

    And the last moment at which just the last of them have passed. None: the spans do not tell.
    """
    found: list[datetime | None] = []
    passed = 0
    for opened, closed in spans:
        length = (closed - opened) // SECOND
        while len(found) < len(marks) and passed + length >= marks[len(found)]:
            found.append(opened + (marks[len(found)] - passed) * SECOND)
        if passed + length > marks[-1]:
            return found, opened + (marks[-1] - passed) * SECOND
        passed += length
    return found + [None] * (len(marks) - len(found)), None


def _reached(
    cycle: AuditedCycle, counted: Sequence[Line], marks: Sequence[int], calendars: Calendars
) -> Reached:
    """Return when just so much was counted; a line that runs, or in which the clock ended, is read on."""
    last = counted[-1] if counted else None
    if last is None or last.calendar is None:
        return [None for _mark in marks], None
    # No time at all has passed when the first line begins, whether the desk is open then or not.
    begins = counted[0].from_at, counted[0].from_at
    if not _is_read_on(cycle, last):
        return _reach(chain([begins], _open(counted, _LAST, calendars)), marks)
    horizon = min(last.from_at + _HORIZON, _LAST)
    ahead = _ahead(calendars.hours(last.calendar), last.from_at, horizon)
    found, breach = _reach(chain([begins], _open(counted[:-1], last.from_at, calendars), ahead), marks)
    return found, (horizon if found[-1] and breach is None else breach)


def _is_read_on(cycle: AuditedCycle, line: Line) -> bool:
    if line.to_at is None:
        return True
    lived = [each for each in cycle.lines if each.kind != "done"]
    return line is lived[-1] and line.has_end_of_clock and line.to_at == cycle.stopped_at


def _ahead(hours: OpeningHours, start: datetime, horizon: datetime) -> Iterator[Span]:
    step = timedelta(days=28)
    while start < horizon:
        end = min(start + step, horizon)
        yield from hours.spans(start, end)
        start, step = end, 2 * step
