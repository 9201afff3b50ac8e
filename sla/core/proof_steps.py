"""How a clock came to its figure: the fold as it stood after each moment that changed it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sla.core.clock import fold
from sla.core.cycle import Cycle
from sla.core.events import AgreementAssigned, Event, Held, Overridden, Released, StatusRule, Stopped

MOST_STEPS = 500
# What may set another target, or stop time, without a new line in the ledger.
_DECISIONS = (AgreementAssigned, Overridden, Held, Released, Stopped)


@dataclass(frozen=True, slots=True)
class Step:
    """The clock right after `at`; `event_ids`: what happened then. At the last step nothing need have."""

    at: datetime
    event_ids: tuple[str, ...]
    cycle: Cycle


def steps_of(
    cycle: Cycle, events: Sequence[Event], statuses: Mapping[str, StatusRule], *, now: datetime
) -> tuple[Step, ...]:
    """Return the moments that made this cycle what it is at `now`, each with what the fold says then.

    Messages that leave the clock alone are passed over.
    """
    begins = {span.from_at for span in cycle.spans} | {cycle.started_at, cycle.aimed_at, cycle.stopped_at}
    moments = sorted(
        {
            event.at
            for event in events
            if event.at.replace(microsecond=0) in begins
            or (isinstance(event, _DECISIONS) and cycle.started_at <= event.at <= (cycle.stopped_at or now))
        }
    )
    found = []
    for at in [*moments[:MOST_STEPS], now]:
        told = [each for each in fold(events, statuses=statuses, now=at) if _is(each, cycle)]
        happened = tuple(event.id for event in events if event.at == at)
        found += [Step(at, happened, each) for each in told]
    return tuple(found)


def _is(cycle: Cycle, other: Cycle) -> bool:
    return (cycle.kind, cycle.number) == (other.kind, other.number)
