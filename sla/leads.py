"""The clock that leads an open ticket to its place in the queue, and the row of that place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sla.core.cycle import Cycle
from sla.core.standing import Mark, place
from sla.core.steps import step_times
from sla.forecast.moments import Burn

Row = dict[str, Any]
_OF_THE_LEAD = (
    *("kind", "state", "target_seconds", "consumed_seconds", "running_since"),
    *("due_at", "breach_at", "risk_at", "percents", "calendar_version"),
)


@dataclass(frozen=True, slots=True)
class Lead:
    """An open clock as a place in the queue knows it; `late_at` is the first second of being late.

    risk_at: when it is forecast to miss, or three quarters of its target are used where there is no forecast.
    percents: its forecast, if any.
    """

    kind: str
    state: str
    target_seconds: int
    consumed_seconds: int
    running_since: datetime | None
    due_at: datetime | None
    breach_at: datetime | None
    risk_at: datetime | None
    late_at: datetime | None
    percents: str | None
    calendar_version: int | None

    @property
    def mark(self) -> Mark:
        """What decides the place."""
        return Mark(self.risk_at, self.late_at, self.target_seconds - self.consumed_seconds)


def standing_row(
    ticket_id: int, clocks: Sequence[Lead], *, priority: int, waits_since: datetime | None, now: datetime
) -> Row:
    """Return the place of an open ticket at `now`, with the clock that leads it there."""
    clocks = sorted(clocks, key=lambda each: each.kind)
    found = place([each.mark for each in clocks], priority=priority, waits_since=waits_since, now=now)
    lead = clocks[found.lead] if found.lead is not None else None
    return {
        "ticket_id": ticket_id,
        "band": int(found.band),
        "level": found.level,
        "sort_at": found.sort_at,
        "priority": priority,
        "waits_since": waits_since,
        **{name: getattr(lead, name, None) for name in _OF_THE_LEAD},
    }


def leads_of(cycles: Sequence[Cycle], burns: Mapping[tuple[str, int], Burn]) -> list[Lead]:
    """Return the open ones of a ticket's cycles that its customer was promised.

    burns: their forecasts by kind and number.
    """
    found = []
    for cycle in cycles:
        if cycle.is_open and cycle.type == "sla":
            times, burn = step_times(cycle), burns.get((cycle.kind, cycle.number))
            lead = Lead(
                kind=cycle.kind,
                state=cycle.state,
                target_seconds=cycle.target_seconds,
                consumed_seconds=cycle.consumed_seconds,
                running_since=cycle.running_since,
                due_at=cycle.due_at,
                breach_at=cycle.breach_at,
                risk_at=(burn.moment(cycle) if burn else None) or times.warn_75_at,
                late_at=times.late_at,
                percents=burn.told_of(cycle) if burn else None,
                calendar_version=cycle.calendar_version_id,
            )
            found.append(lead)
    return found
