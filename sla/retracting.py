"""Taking back what was announced of a ticket and turns out wrong, for something was noted down late (F9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from servicedesk.kernel.db import insert_rows, session
from servicedesk.kernel.save import publish
from servicedesk.tickets.events import STREAM
from sla.core.cycle import Cycle
from sla.core.moments import last_of, moment_of
from sla.core.steps import step_times
from sla.entries import Entry
from sla.events import TargetRetracted
from sla.models import Clock, Firing, Retraction

_KEPT = ("cycle", "target_epoch", "step", "due_at", "fired_at", "lag_seconds", "outcome")


def is_late(entry: Entry) -> bool:
    """Say whether it was said before the desk learned of it: a call that was noted down later (F9)."""
    return entry.type == "message_added" and not entry.imported and entry.at < entry.received_at


def retract_wrong(ticket_id: int, cycles: Sequence[Cycle], *, now: datetime) -> None:
    """Move firings that these cycles do not bear out to the retractions, and say so where people were told.

    A step so freed may come again at its true moment. Called before the clocks are stored.
    """
    known: dict[tuple[str, int], Cycle] = {(cycle.kind, cycle.number): cycle for cycle in cycles}
    rows = _firings(ticket_id)
    wrong = [row for row in rows if _is_wrong(row, known)]
    for row in wrong:
        _retract(ticket_id, row, now)
    for clock_id in {row.clock_id for row in rows}:
        of_clock = [row for row in rows if row.clock_id == clock_id]
        cycle = known.get((of_clock[0].kind, of_clock[0].cycle))
        epoch = cycle.target_epoch if cycle else of_clock[0].clock_epoch
        if epoch != of_clock[0].clock_epoch or any(row in wrong for row in of_clock):
            _remember(clock_id, epoch, [row for row in of_clock if row not in wrong])


def _remember(clock_id: int, epoch: int, stand: Sequence[Row[Any]]) -> None:
    """Let a clock know the steps that stand of its target.

    The target may be one of before: what was noted down late can end a cycle ahead of its last new target.
    """
    chain = [row for row in stand if row.target_epoch == epoch and moment_of(row.step).kind != "chance"]
    last = last_of([row.step for row in chain], chain[0].target_seconds) if chain else 0
    known = update(Clock).where(Clock.id == clock_id).values(fired_step=last, target_epoch=epoch)
    session().execute(known)


def _firings(ticket_id: int) -> list[Row[Any]]:
    of_firing = (Firing.clock_id, *(getattr(Firing, name) for name in _KEPT))
    of_clock = Clock.kind, Clock.started_at, Clock.target_seconds, Clock.target_epoch.label("clock_epoch")
    query = select(*of_firing, *of_clock).join(Clock, Clock.id == Firing.clock_id)
    of_ticket = query.where(Clock.subject_kind == STREAM, Clock.subject_id == ticket_id)
    return list(session().execute(of_ticket.order_by(Firing.due_at)))


def _is_wrong(row: Row[Any], known: Mapping[tuple[str, int], Cycle]) -> bool:
    """Say whether the step had not come, by what is known now, when it was dealt with."""
    cycle = known.get((row.kind, row.cycle))
    if cycle is None or cycle.started_at != row.started_at:
        return True  # that cycle is gone, or is another one now
    if cycle.stopped_at is not None and cycle.stopped_at < row.due_at:
        return True
    if cycle.target_epoch != row.target_epoch or cycle.state == "cancelled":
        return False
    # What the chain does not hold has no moment to compare with: a likelihood, a repeat that ended.
    moments = {step.code: step.due_at for step in step_times(cycle).chain}
    if row.step not in moments:
        return False
    came = moments[row.step]
    return came is None or came > row.fired_at


def _retract(ticket_id: int, row: Row[Any], now: datetime) -> None:
    kept = {name: getattr(row, name) for name in _KEPT}
    insert_rows(Retraction, [{"ticket_id": ticket_id, "kind": row.kind, **kept, "retracted_at": now}])
    key = {name: kept[name] for name in ("cycle", "target_epoch", "step")}
    session().execute(delete(Firing).filter_by(clock_id=row.clock_id, **key))
    if row.outcome == "fired":
        said = {name: kept[name] for name in ("cycle", "step", "due_at", "fired_at")}
        publish(TargetRetracted(stream_id=ticket_id, kind=row.kind, **said))
