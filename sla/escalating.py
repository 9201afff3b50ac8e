"""What a step does besides being announced: whom it tells, and what it changes on the ticket.

The sweep enqueues a job with the firing, under a key of the step, in one transaction; the job does all of it
in one transaction with being done. So each step acts once, whatever crashes in between.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from servicedesk.identity.actor import Actor, automation_actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.command import saving
from servicedesk.kernel.condition_parts import comparisons
from servicedesk.kernel.conditions import Condition
from servicedesk.kernel.conditions_sql import where
from servicedesk.kernel.db import instant_from, instant_text, session
from servicedesk.kernel.errors import DeskError
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.jobs import job, later
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.save import publish
from servicedesk.notify.digests import notify
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.assignment import assign, override_priority
from servicedesk.tickets.conversation import add_note
from servicedesk.tickets.core.statuses import OPEN_CATEGORIES
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.fields import condition_columns, with_joins
from servicedesk.tickets.models import Ticket
from sla.agreements import VersionRow, steps_by_rule, versions
from sla.core.escalation import TO_LEAD, Step, rows_at
from sla.core.moments import is_warning
from sla.core.steps import Due
from sla.events import StepTaken
from sla.models import Clock
from sla.recipients import Recipient, disturbed_from, recipients

ESCALATE = "sla.escalate"
NOTICE = "sla.step"
# Moments at which a person makes a clock late themselves: they know.
_DECIDED = ("agreement_assigned", "clock_overridden")


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of one clock that has come; `is_late` where its telling was overtaken by a later step."""

    clock: Clock
    version: VersionRow
    step: int
    due_at: datetime
    is_late: bool


@dataclass(slots=True)
class _Done:
    told: list[int] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    could_not: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.told or self.did or self.could_not)


def follow_up(row: Row[Any], due: Sequence[Due]) -> None:
    """Let steps act that the present save deals with, where their agreement names anything to do.

    A warning that comes too late tells nobody, but still changes what it is to change.
    """
    steps = steps_by_rule().get((row.rule_version, row.rule))
    for each in due if steps else ():
        rows = rows_at(steps, row.kind, each.step)
        is_late = each.outcome == "skipped: late"
        acts = any(step.has_deeds or (step.to and not is_late) for step in rows)
        if acts and (is_late or each.outcome == "fired"):
            _act_later(row, each, is_late=is_late)


def _act_later(row: Row[Any], due: Due, *, is_late: bool) -> None:
    later(
        ESCALATE,
        unique_key=f"step:{row.subject_id}:{row.kind}:{row.cycle}:{row.target_epoch}:{due.step}",
        clock_id=row.id,
        version_id=row.rule_version,
        step=due.step,
        due_at=instant_text(due.due_at),
        is_late=is_late,
    )


@job(ESCALATE)
def escalate(*, clock_id: int, version_id: int, step: int, due_at: str, is_late: bool) -> None:
    """Do what a step says, as the agreement, if its conditions still hold."""
    version = next(each for each in versions() if each.id == version_id)
    agreement = automation_actor(Cause("agreement", str(version.agreement_id), version.number))
    with saving(agreement) as save:
        clock = session().get(Clock, clock_id)
        if clock is None:
            return  # the log was told otherwise since, and this clock never was
        ticket = ticket_for(agreement, clock.subject_id, Permission.TICKET_SEE)
        taken = Taken(clock, version, step, instant_from(due_at), is_late)
        done = _Done()
        for row in rows_at(steps_by_rule().get((version_id, clock.rule)), clock.kind, step):
            if row.condition is None or _holds(row.condition, ticket.id, save.now):
                _run(agreement, ticket, row, taken, done)
        if done:
            _publish(ticket.id, taken, done)


def _holds(condition: Condition, ticket_id: int, now: datetime) -> bool:
    names = {part.field.name for part in comparisons(condition)}
    found = where(condition, condition_columns(), now=now)
    query = with_joins(select(Ticket.id).where(Ticket.id == ticket_id, found), names)
    session().flush()
    return session().execute(query).first() is not None


def _run(agreement: Actor, ticket: Ticket, row: Step, taken: Taken, done: _Done) -> None:
    if ticket.status_category in OPEN_CATEGORIES:
        for name, deed in _deeds(agreement, ticket, row):
            try:
                deed()
            except DeskError:
                done.could_not.append(name)
            else:
                done.did.append(name)
    if not taken.is_late and ticket.status not in ("merged", "withdrawn"):
        knows = _who_made_it_late(taken)
        for recipient in recipients(ticket, row.to):
            if recipient.id not in (knows, *done.told):
                _tell(recipient, row, taken)
                done.told.append(recipient.id)


def _deeds(agreement: Actor, ticket: Ticket, row: Step) -> Iterator[tuple[str, Callable[[], None]]]:
    if row.raise_priority and ticket.priority > 1:
        higher = ticket.priority - 1
        yield (
            "priority",
            lambda: override_priority(agreement, ticket.id, priority=higher, why=row.raise_priority),
        )
    if row.assign == TO_LEAD:
        lead = groups()[ticket.group_id].lead_id
        if ticket.assignee_id != lead:
            yield "assignment", lambda: assign(agreement, ticket.id, assignee_id=lead)
    elif isinstance(row.assign, int) and row.assign != ticket.group_id:
        group_id = row.assign
        yield "assignment", lambda: assign(agreement, ticket.id, group_id=group_id)
    if row.note:
        yield "note", lambda: add_note(agreement, ticket.id, text=row.note)


def _tell(recipient: Recipient, row: Step, taken: Taken) -> None:
    clock = taken.clock
    notify(
        recipient.id,
        NOTICE,
        _notice_key(recipient, row, taken),
        deliver_at=None if row.is_anytime else disturbed_from(recipient.actor, clock.calendar_version),
        clock_id=clock.id,
        step=taken.step,
        role=recipient.role,
        version_id=taken.version.id,
        rule=clock.rule,
    )


def _notice_key(recipient: Recipient, row: Step, taken: Taken) -> str:
    """Return what is told once: a warning of each step, a breach, and each time that one is repeated."""
    clock = taken.clock
    of_clock = f"{clock.subject_id}:{clock.kind}:{clock.cycle}"
    if is_warning(taken.step):
        return f"risk:{of_clock}:{clock.target_epoch}:{taken.step}:{recipient.id}"
    again = f":{taken.step}" if taken.step != row.moment.code else ""
    return f"late:{of_clock}{again}:{recipient.id}"


def _who_made_it_late(taken: Taken) -> int | None:
    """Return who set the target by which the step was due at that very moment; own actions tell nobody."""
    clock = taken.clock
    if clock.aimed_at != taken.due_at:
        return None
    query = select(EventRow.actor_id).where(
        EventRow.stream_kind == STREAM,
        EventRow.stream_id == clock.subject_id,
        EventRow.type.in_(_DECIDED),
        EventRow.actor_kind == "person",
        EventRow.at >= clock.aimed_at,
        EventRow.at < clock.aimed_at + timedelta(seconds=1),
    )
    return session().scalar(query.order_by(EventRow.seq.desc()).limit(1))


def _publish(ticket_id: int, taken: Taken, done: _Done) -> None:
    clock = taken.clock
    publish(
        StepTaken(
            stream_id=ticket_id,
            kind=clock.kind,
            cycle=clock.cycle,
            step=taken.step,
            version_id=taken.version.id,
            agreement=taken.version.key,
            rule=clock.rule,
            told=tuple(done.told),
            did=tuple(done.did),
            could_not=tuple(done.could_not),
        )
    )
