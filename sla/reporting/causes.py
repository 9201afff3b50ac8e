"""Why promises were broken: the late working time of a period by cause, and the cycles behind each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from servicedesk.identity.actor import Actor
from servicedesk.tickets.access import triage_ids
from sla.core.causes import CAUSES, Cause, late_by_cause, time_by_cause
from sla.reporting.asked import Asked
from sla.reporting.lives import lives
from sla.reporting.population import LATE, Population


@dataclass(frozen=True, slots=True)
class LateCycle:
    """A broken promise: how late in working time, in all and by cause."""

    ticket_id: int
    kind: str
    cycle: int
    judged_at: datetime
    late_seconds: int
    parts: Mapping[Cause, int]


@dataclass(frozen=True, slots=True)
class Causes:
    """The late time of a period by cause; `cycles` the latest one first."""

    asked: Asked
    late_seconds: int
    parts: Mapping[Cause, int]
    cycles: tuple[LateCycle, ...]

    def share(self, cause: Cause) -> float | None:
        """Return the share of late time that a cause has, None where nothing was late."""
        return self.parts[cause] / self.late_seconds if self.late_seconds else None

    def behind(self, cause: Cause) -> tuple[LateCycle, ...]:
        """Return the cycles in which a cause has a part, the longest part first."""
        found = (cycle for cycle in self.cycles if cycle.parts[cause])
        return tuple(sorted(found, key=lambda cycle: (-cycle.parts[cause], cycle.ticket_id, cycle.kind)))


def breach_causes(viewer: Actor, asked: Asked, *, now: datetime) -> Causes:
    """Return why the promises that were broken in the period were, as known at `asked.as_of`."""
    population = Population(viewer, asked, now)
    triage = triage_ids()
    found = []
    for told in lives(population, population.judged(state=LATE)):
        times = time_by_cause(told.stretches, told.scenes, until=told.until, triage=triage)
        late = max(sum(times.values()) - told.target_seconds, 0)
        parts = late_by_cause(times, late)
        found.append(LateCycle(told.ticket_id, told.kind, told.cycle, told.judged_at, late, parts))
    found.sort(key=lambda cycle: (-cycle.late_seconds, cycle.ticket_id, cycle.kind, cycle.cycle))
    parts = {cause: sum(cycle.parts[cause] for cycle in found) for cause in CAUSES}
    return Causes(asked, sum(parts.values()), parts, tuple(found))
