"""The steps of a cycle: 75 and 90 % of the target, and 100, which is being late. Each is dealt with once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from sla.core.cycle import Cycle

Outcome: TypeAlias = Literal["fired", "skipped: late", "skipped: stopped", "suppressed: import"]

MISSED = 100
STEPS = (75, 90, MISSED)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class StepTimes:
    """When the steps are (or were) due; None while a moment does not lie ahead.

    late_at is the first second of being late: one after `breach_at`, which still is in time.
    """

    warn_75_at: datetime | None
    warn_90_at: datetime | None
    late_at: datetime | None

    def of(self, step: int) -> datetime | None:
        return {75: self.warn_75_at, 90: self.warn_90_at}.get(step, self.late_at)


def step_times(cycle: Cycle) -> StepTimes:
    """Return the moments of a cycle's steps; what it did not live to see is not due."""
    if cycle.state == "cancelled":
        return StepTimes(None, None, None)
    lived_to = cycle.stopped_at
    warnings = {percent: at for percent, at in cycle.warnings if lived_to is None or at <= lived_to}
    late_at = max(cycle.breach_at, cycle.aimed_at) + _SECOND if cycle.breach_at else None
    if lived_to is not None and cycle.state != "missed":
        late_at = None
    return StepTimes(warnings.get(75), warnings.get(90), late_at)


def step_after(step: int) -> int | None:
    """Return the step that follows `step`; 0 stands before the first."""
    return next((each for each in STEPS if each > step), None)


def judged_at(cycle: Cycle) -> datetime | None:
    """Return when the cycle enters the figures: a late one when it became late, a met one when it ended."""
    if cycle.state in {"missed", "overdue"}:
        return cycle.breached_at
    return cycle.stopped_at if cycle.state == "met" else None


@dataclass(frozen=True, slots=True)
class Due:
    """A step whose time has come, and what is to become of it. `due_at` is its true moment."""

    step: int
    due_at: datetime
    outcome: Outcome


def steps_due(
    times: StepTimes,
    *,
    fired_step: int,
    now: datetime,
    is_stopped: bool,
    quiet_until: datetime | None,
) -> Sequence[Due]:
    """Return the steps after `fired_step` that are due at `now`, in order.

    A warning is overtaken by any later step that is due too: nobody is warned of what has happened. Being
    late is announced however late, also after the clock was stopped.
    """
    due: list[tuple[int, datetime]] = []
    step = step_after(fired_step)
    while step is not None and (at := times.of(step)) is not None and at <= now:
        due.append((step, at))
        step = step_after(step)
    return [
        Due(
            step,
            at - _SECOND if step == MISSED else at,
            _outcome(step, at, is_last=position == len(due), is_stopped=is_stopped, quiet_until=quiet_until),
        )
        for position, (step, at) in enumerate(due, start=1)
    ]


def _outcome(
    step: int, at: datetime, *, is_last: bool, is_stopped: bool, quiet_until: datetime | None
) -> Outcome:
    if quiet_until is not None and at <= quiet_until:
        return "suppressed: import"
    if step == MISSED:
        return "fired"
    if not is_last:
        return "skipped: late"
    return "skipped: stopped" if is_stopped else "fired"
