"""What became of promises, as the stored clocks tell it of a moment."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.tickets.events import STREAM
from sla.core.outcomes import LATE, Outcome, seconds, seconds_if_any
from sla.models import Clock

_AT_ONCE = 500
_READ = (
    *(Clock.subject_id, Clock.kind, Clock.cycle, Clock.started_at, Clock.stopped_at, Clock.state),
    *(Clock.consumed_seconds, Clock.running_since, Clock.target_seconds, Clock.breached_at, Clock.late_at),
    *(Clock.calendar_version, Clock.rule_version, Clock.rule, Clock.aimed_at),
)


def stored_outcomes(ticket_ids: Collection[int], *, as_of: datetime) -> dict[int, list[Outcome]]:
    """Return the cycles of tickets that have not changed since `as_of`, in the form of `as_stored`."""
    found: dict[int, list[Outcome]] = {}
    ordered, until = sorted(ticket_ids), seconds(as_of)
    for start in range(0, len(ordered), _AT_ONCE):
        of_them = Clock.subject_id.in_(ordered[start : start + _AT_ONCE])
        query = select(*_READ).where(Clock.subject_kind == STREAM, of_them)
        for row in session().execute(query.order_by(Clock.subject_id, Clock.kind, Clock.cycle)):
            found.setdefault(row.subject_id, []).append(_outcome(row, until))
    return found


def as_stored(outcome: Outcome) -> Outcome:
    """Return a cycle as the stored clocks know it: of one that runs, what it used until it last rested."""
    return outcome if outcome.stopped_at is not None else outcome._replace(elapsed=outcome.consumed)


def _outcome(row: Any, as_of: int) -> Outcome:
    state, breached_at = row.state, seconds_if_any(row.breached_at)
    if row.stopped_at is None:
        state, breached_at = _open_state(row, breached_at, as_of)
    return Outcome(
        row.kind,
        row.cycle,
        seconds(row.started_at),
        seconds_if_any(row.stopped_at),
        state,
        row.consumed_seconds,
        row.consumed_seconds,
        row.target_seconds,
        breached_at,
        row.calendar_version,
        row.rule_version,
        row.rule,
    )


def _open_state(row: Any, breached_at: int | None, as_of: int) -> tuple[str, int | None]:
    """Return how an open clock stood at a moment: the sweep writes a breach when it announces it."""
    late_at = seconds_if_any(row.late_at)
    # The very second of a breach still is in time, unless a new target put the clock over there and then.
    is_over_at_once = breached_at == seconds(row.aimed_at)
    if breached_at is not None and (breached_at > as_of or (breached_at == as_of and not is_over_at_once)):
        breached_at = None
    if row.state in LATE and breached_at is not None:
        return "overdue", breached_at
    if late_at is not None and late_at <= as_of:
        return "overdue", breached_at if breached_at is not None else late_at - 1
    return ("paused" if row.running_since is None else "running"), breached_at
