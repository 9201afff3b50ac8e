"""The steps of a cycle, those of its agreement or 75, 90 and 100 % of the target. Each is dealt with once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from sla.core.cycle import Cycle
from sla.core.moments import MISSED, is_warning, passed

Outcome: TypeAlias = Literal["fired", "skipped: late", "skipped: stopped", "suppressed: import"]

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a chain; `due_at` is None while its moment does not lie ahead."""

    code: int
    due_at: datetime | None
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class StepTimes:
    """When the steps are (or were) due; None while a moment does not lie ahead.

    late_at is the first second of being late: one after `breach_at`, which still is in time. plan: the chain
    of an agreement that names its steps, being late among them; None for the usual three.
    """

    warn_75_at: datetime | None
    warn_90_at: datetime | None
    late_at: datetime | None
    plan: tuple[PlannedStep, ...] | None = None
    target_seconds: int = field(default=0, compare=False)

    @property
    def chain(self) -> tuple[PlannedStep, ...]:
        """The steps in their order."""
        if self.plan is not None:
            return self.plan
        usual = ((75, self.warn_75_at), (90, self.warn_90_at), (MISSED, self.late_at))
        return tuple(PlannedStep(code, at) for code, at in usual)

    def all_after(self, step: int) -> tuple[PlannedStep, ...]:
        """Return the steps that follow `step` in their order; 0 stands before the first."""
        chain = self.chain
        return chain[passed([each.code for each in chain], step, self.target_seconds) :] if step else chain

    def after(self, step: int) -> PlannedStep | None:
        """Return the step that follows `step`."""
        return next(iter(self.all_after(step)), None)

    def ahead_of(self, step: int) -> tuple[int | None, datetime | None]:
        """Return what a clock remembers after `step`: the code of the next one, and when it is due."""
        found = self.after(step)
        return (found.code, found.due_at) if found else (None, None)


def step_times(cycle: Cycle) -> StepTimes:
    """Return the moments of a cycle's steps; what it did not live to see is not due."""
    if cycle.state == "cancelled":
        return StepTimes(None, None, None, _plan(cycle, None), cycle.target_seconds)
    lived_to = cycle.stopped_at
    warnings = {percent: at for percent, at in cycle.warnings if lived_to is None or at <= lived_to}
    late_at = max(cycle.breach_at, cycle.aimed_at) + _SECOND if cycle.breach_at else None
    if lived_to is not None and cycle.state != "missed":
        late_at = None
    plan = _plan(cycle, late_at)
    return StepTimes(warnings.get(75), warnings.get(90), late_at, plan, cycle.target_seconds)


def _plan(cycle: Cycle, late_at: datetime | None) -> tuple[PlannedStep, ...] | None:
    if cycle.marks is None:
        return None
    return tuple(
        PlannedStep(code, _due(cycle, code, at, late_at), is_repeat) for code, at, is_repeat in cycle.marks
    )


def _due(cycle: Cycle, code: int, at: datetime | None, late_at: datetime | None) -> datetime | None:
    if code == MISSED:
        return late_at
    if at is None or cycle.state == "cancelled":
        return None
    if not is_warning(code):
        if late_at is None:
            return None
        at = max(at, late_at)
    return at if cycle.stopped_at is None or at <= cycle.stopped_at else None


def plan_text(plan: Sequence[PlannedStep] | None) -> str | None:
    """Return a chain as it is stored: JSON of [code, moment or null, 1 for a repeat]; None for the usual."""
    if plan is None:
        return None
    rows = [
        [each.code, each.due_at.isoformat() if each.due_at else None, *([1] if each.is_repeat else [])]
        for each in plan
    ]
    return json.dumps(rows, separators=(",", ":"))


def plan_from(text: str | None) -> tuple[PlannedStep, ...] | None:
    """Return a chain from its text."""
    if text is None:
        return None
    return tuple(
        PlannedStep(code, datetime.fromisoformat(at) if at else None, bool(more))
        for code, at, *more in json.loads(text)
    )


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

    A warning, or what comes again, is overtaken by any later step that is due too: nobody is warned of what
    has happened. Being late is announced however late, also after the clock was stopped, and so is each step
    after it of a clock that still runs.
    """
    due: list[tuple[PlannedStep, datetime]] = []
    for step in times.all_after(fired_step):
        if step.due_at is None or step.due_at > now:
            break
        due.append((step, step.due_at))
    return [
        Due(
            step.code,
            at - _SECOND if step.code == MISSED else at,
            _outcome(step, at, is_last=position == len(due), is_stopped=is_stopped, quiet_until=quiet_until),
        )
        for position, (step, at) in enumerate(due, start=1)
    ]


def _outcome(
    step: PlannedStep, at: datetime, *, is_last: bool, is_stopped: bool, quiet_until: datetime | None
) -> Outcome:
    if quiet_until is not None and at <= quiet_until:
        return "suppressed: import"
    if step.code == MISSED:
        return "fired"
    if not is_last and (step.is_repeat or is_warning(step.code)):
        return "skipped: late"
    return "skipped: stopped" if is_stopped else "fired"
