"""The cycles of a subject that was opened this moment, worked out without a fold.

Most saves open a ticket, and what a fold finds then is always the same: a first response and a resolution
that run from now on, untouched. A property test compares the two.
"""

from datetime import datetime

from servicedesk.calendars.hours import Deadline, NeverOpen, OpeningHours
from sla.core.cycle import WARNING_PERCENTS, Cycle, Span
from sla.core.events import AgreementAssigned, Effect, Kind, StatusRule, TargetInForce
from sla.core.moments import MISSED, in_order, seconds_used
from sla.core.saves import whole_second

STARTS_AT_ONCE: tuple[Kind, ...] = ("first_response", "resolution")


def runs_from_the_start(status: StatusRule) -> bool:
    """Say whether a subject opened in this status has the plain beginning that `cycles_at_opening` gives."""
    return not status.is_done and all(status.effect_on(kind) is Effect.RUNS for kind in STARTS_AT_ONCE)


def cycles_at_opening(assigned: AgreementAssigned) -> list[Cycle]:
    """Return the cycles as of the opening, at which `assigned` set the targets and a customer spoke last."""
    at, targets = whole_second(assigned.at), assigned.targets
    return [_begun(kind, at, targets[kind], assigned) for kind in STARTS_AT_ONCE if kind in targets]


def _begun(kind: Kind, at: datetime, target: TargetInForce, assigned: AgreementAssigned) -> Cycle:
    deadline = _reached(target.hours, at, target.seconds)
    return Cycle(
        kind=kind,
        number=1,
        state="running",
        started_at=at,
        running_since=at,
        consumed_seconds=0,
        elapsed_seconds=0,
        target_seconds=target.seconds,
        target_epoch=1,
        aimed_at=at,
        left_seconds=target.seconds,
        due_at=deadline and deadline.due_at,
        breach_at=deadline and deadline.breach_at,
        breached_at=None,
        stopped_at=None,
        agreement_version_id=assigned.agreement_version_id,
        rule=assigned.rule,
        reason=assigned.reason,
        calendar_version_id=target.calendar_version_id,
        is_overridden=False,
        warnings=_warnings(target, at),
        marks=_marks(kind, target, at, assigned),
        quiet_until=None,
        spans=(Span(at, None, "running", "", 0, target.calendar_version_id),),
    )


def _warnings(target: TargetInForce, at: datetime) -> tuple[tuple[int, datetime], ...]:
    reached = (
        (percent, _reached(target.hours, at, -(-target.seconds * percent // 100)))
        for percent in WARNING_PERCENTS
    )
    return tuple((percent, max(found.due_at, at)) for percent, found in reached if found)


def _marks(
    kind: Kind, target: TargetInForce, at: datetime, assigned: AgreementAssigned
) -> tuple[tuple[int, datetime | None, bool], ...] | None:
    plan = assigned.steps.get(kind)
    if plan is None:
        return None
    found: list[tuple[int, datetime | None, bool]] = []
    for code in in_order(plan.codes, target.seconds):
        is_late = code == MISSED
        reached = None if is_late else _reached(target.hours, at, seconds_used(code, target.seconds))
        found.append((code, max(reached.due_at, at) if reached else None, code in plan.repeats))
    return tuple(found)


def _reached(hours: OpeningHours, at: datetime, seconds: int) -> Deadline | None:
    try:
        return hours.add(at, seconds)
    except NeverOpen:
        return None
