"""What the database holds of clocks, read plainly for tests."""

from sqlalchemy import select

from servicedesk.identity.actor import system_actor
from servicedesk.kernel import clock
from servicedesk.kernel.db import session
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import Cause, StreamRef
from sla.core.clock import fold
from sla.core.steps import judged_at, step_times
from sla.history import statuses, stored_histories
from sla.models import Clock, ClockSpan, Firing, Standing

DESK = system_actor(Cause("test"))
COMPARED = (
    *("target_seconds", "target_epoch", "aimed_at", "is_overridden", "started_at", "running_since"),
    *("consumed_seconds", "state", "due_at", "breach_at", "stopped_at", "breached_at", "reason", "rule"),
)


def fresh(query):
    session().rollback()
    return session().scalars(query, execution_options={"populate_existing": True})


def clocks(ticket_id):
    """Return the stored clocks of a ticket by kind; of several cycles the last."""
    query = select(Clock).where(Clock.subject_id == ticket_id).order_by(Clock.cycle)
    return {row.kind: row for row in fresh(query)}


def standing(ticket_id):
    return fresh(select(Standing).where(Standing.ticket_id == ticket_id)).one_or_none()


def firings(ticket_id):
    """Return (kind, step, outcome, lag) of a ticket's firings in order."""
    query = select(Clock.kind, Firing.step, Firing.outcome, Firing.lag_seconds)
    query = query.join(Firing, Firing.clock_id == Clock.id).where(Clock.subject_id == ticket_id)
    session().rollback()
    return [tuple(row) for row in session().execute(query.order_by(Clock.kind, Firing.step))]


def announced(ticket_id):
    """Return (type, clock kind, step) of what was announced on a ticket, in order."""
    session().rollback()
    events = stored_events(StreamRef("ticket", ticket_id), types={"target_at_risk", "target_missed"})
    return [(event.type, event.body["kind"], event.body["step"]) for event in events]


def as_stored(ticket_id):
    """Return every stored clock and span of a ticket as plain values."""
    query = select(Clock, ClockSpan).join(ClockSpan, ClockSpan.clock_id == Clock.id)
    session().rollback()
    rows = session().execute(
        query.where(Clock.subject_id == ticket_id), execution_options={"populate_existing": True}
    )
    found = {}
    for row, span in rows:
        values = {name: getattr(row, name) for name in COMPARED}
        times = {name: getattr(row, name) for name in ("warn_75_at", "warn_90_at", "late_at", "judged_at")}
        entry = found.setdefault((row.kind, row.cycle), ({**values, **times}, {}))
        entry[1][span.position] = (span.from_at, span.to_at, span.kind, span.reason, span.counts)
    return found


def as_folded(ticket_id):
    """Return the same, folded from the log as of now."""
    session().rollback()
    log = stored_histories([ticket_id])[ticket_id].core_events()
    found = {}
    for cycle in fold(log, statuses=statuses(), now=clock.now()):
        times = step_times(cycle)
        values = {name: getattr(cycle, name) for name in COMPARED}
        steps = {name: getattr(times, name) for name in ("warn_75_at", "warn_90_at", "late_at")}
        spans = {
            place: (span.from_at, span.to_at, span.kind, span.reason, span.counts)
            for place, span in enumerate(cycle.spans, start=1)
        }
        found[cycle.kind, cycle.number] = ({**values, **steps, "judged_at": judged_at(cycle)}, spans)
    return found
