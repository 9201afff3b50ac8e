"""How often a clock's target changed, when, to what and by what: a new match, or a person."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.models import Ticket
from sla.core.clock import fold
from sla.core.proof_steps import steps_of
from sla.history import statuses, stored_histories


@dataclass(frozen=True, slots=True)
class TargetChange:
    """From `at` on a clock had another target. by_hand: a person set it."""

    at: datetime
    before_seconds: int
    seconds: int
    by_hand: bool


def target_changes(
    viewer: Actor, ticket_id: int, kind: str, number: int, *, now: datetime
) -> tuple[TargetChange, ...]:
    """Return the changes of one cycle's target in order; none where the viewer may not see the ticket."""
    seen = session().query(Ticket.id).filter(Ticket.id == ticket_id, visible_to(viewer)).scalar()
    if seen is None:
        return ()
    events = stored_histories([ticket_id])[ticket_id].core_events()
    cycles = fold(events, statuses=statuses(), now=now)
    cycle = next((each for each in cycles if (each.kind, each.number) == (kind, number)), None)
    if cycle is None or cycle.target_epoch == 1:
        return ()
    steps = steps_of(cycle, events, statuses(), now=now)
    return tuple(
        TargetChange(
            after.at, before.cycle.target_seconds, after.cycle.target_seconds, after.cycle.is_overridden
        )
        for before, after in pairwise(steps)
        if after.cycle.target_epoch != before.cycle.target_epoch
    )
