"""Waiting, resolving, reopening, withdrawing, closing: the moves of a ticket."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from servicedesk.calendars.queries import hours_in_force
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.errors import Invalid, Refused
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.jobs import later
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.conversation import add_message, may_still_reopen
from servicedesk.tickets.core.standing_log import TAKEN_BACK, standing
from servicedesk.tickets.core.statuses import WAITING_FOR, Move
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.recording import clean_text, move_status, speaks_as

CLOSE_AFTER_WORKING_DAYS = 5
DESK_CALENDAR = "desk"
LONGEST_WAIT = timedelta(days=366)
SURVEY_AFTER = timedelta(hours=1)  # who opens the request again within the hour is not asked


@command
def start_work(actor: Actor, ticket_id: int, *, expected_version: int | None = None) -> None:
    """Take a ticket into work: new or waiting becomes in progress."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_EDIT, expected_version=expected_version)
    move_status(ticket, Move.START, at=clock.now())


@command
def wait_for(
    actor: Actor,
    ticket_id: int,
    *,
    status: str,
    until: datetime | None = None,
    text: str = "",
    uploads: Sequence[str] = (),
    expected_version: int | None = None,
) -> None:
    """Let the ticket wait: for the customer, a supplier, or until a date (it wakes by itself).

    `text` is said in public in the same save, so that the customer knows what is waited for.
    """
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_WAIT, expected_version=expected_version)
    now = clock.now()
    _check_wait(status, until, now)
    if text.strip():
        add_message(
            ticket,
            actor,
            clean_text(text, field="text"),
            by=speaks_as(actor, ticket),
            channel="portal",
            at=now,
            uploads=uploads,
        )
    moved = move_status(ticket, Move.WAIT, at=now, wait_for=status, wake_at=until)
    if until is not None and moved is not None:
        later(
            "tickets.wake",
            run_at=until,
            unique_key=f"wake:{ticket.id}:{moved.seq}",
            ticket_id=ticket.id,
            version=moved.seq,
        )


def _check_wait(status: str, until: datetime | None, now: datetime) -> None:
    if status not in WAITING_FOR:
        raise Invalid("wait.unknown", _("Choose what the request waits for."), field="status")
    if status == "scheduled" and until is None:
        raise Invalid("wait.until_missing", _("Say until when it is scheduled."), field="until")
    if until is not None and not now < until <= now + LONGEST_WAIT:
        raise Invalid("wait.until_bad", _("Choose a time within the next year."), field="until")


@command
def resolve_ticket(
    actor: Actor,
    ticket_id: int,
    *,
    answer: str = "",
    uploads: Sequence[str] = (),
    expected_version: int | None = None,
) -> None:
    """Record the answer; the resolution clock stops at this moment.

    It closes by itself 5 working days later unless the customer comes back.
    """
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_RESOLVE, expected_version=expected_version)
    now = clock.now()
    if answer.strip():
        by = speaks_as(actor, ticket)
        said = clean_text(answer, field="text")
        add_message(ticket, actor, said, by=by, channel="portal", at=now, uploads=uploads)
    elif ticket.answered_at is None:
        raise Invalid(
            "resolve.answer_missing", _("Tell the customer what was done before you resolve."), field="text"
        )
    moved = move_status(ticket, Move.RESOLVE, at=now)
    if moved is None:
        raise Refused("ticket.already_resolved", _("This request is already resolved."))
    later(
        "tickets.close",
        run_at=closing_time(now),
        unique_key=f"close:{ticket.id}:{moved.seq}",
        ticket_id=ticket.id,
        version=moved.seq,
    )
    later(
        "survey.ask",
        run_at=now + SURVEY_AFTER,
        unique_key=f"survey:{ticket.id}:{moved.seq}",
        ticket_id=ticket.id,
        resolution=moved.seq,
    )


def closing_time(resolved_at: datetime) -> datetime:
    """Return when a ticket resolved at `resolved_at` closes by itself, by the desk's calendar."""
    hours = hours_in_force(DESK_CALENDAR, resolved_at)
    return hours.business_days(resolved_at, CLOSE_AFTER_WORKING_DAYS, "keep_time")


@command
def reopen_ticket(
    actor: Actor, ticket_id: int, *, text: str = "", expected_version: int | None = None
) -> None:
    """Take a resolved ticket up again; a customer may within 14 days, an agent while it is not withdrawn."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_REOPEN, expected_version=expected_version)
    now = clock.now()
    by = speaks_as(actor, ticket)
    if by == "customer" and not may_still_reopen(ticket, now):
        raise Refused("ticket.too_late", _("This was resolved too long ago. Please file a new request."))
    if text.strip():
        add_message(ticket, actor, clean_text(text, field="text"), by=by, channel="portal", at=now)
    move_status(ticket, Move.REOPEN, at=now, reason="not_solved" if by == "customer" else None)


@command
def withdraw_ticket(actor: Actor, ticket_id: int, *, expected_version: int | None = None) -> None:
    """Close an unresolved ticket because its requester no longer needs it; a resolved one closes."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_WITHDRAW, expected_version=expected_version)
    move = Move.CLOSE if ticket.status == "resolved" else Move.WITHDRAW
    move_status(ticket, move, at=clock.now(), reason="by_customer")


@command
def close_by_itself(actor: Actor, ticket_id: int, *, after: int) -> None:
    """Close a ticket that stayed resolved for 5 working days (a job's command).

    after: the event that resolved it; nothing happens if the status moved again since.
    """
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_RESOLVE)
    if ticket.status == "resolved" and _last_move(ticket_id) == after:
        move_status(ticket, Move.CLOSE, at=clock.now(), reason="stayed_resolved")


@command
def wake_by_itself(actor: Actor, ticket_id: int, *, after: int) -> None:
    """Take up a ticket whose date has come (a job's command), unless its status moved after event `after`."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_EDIT)
    if ticket.status_category == "waiting" and _last_move(ticket_id) == after:
        move_status(ticket, Move.WAKE, at=clock.now(), reason="date_came")


def _last_move(ticket_id: int) -> int | None:
    """Return the last event that moved the status; the ticket is locked, so it stays the last."""
    log = standing(stored_events(StreamRef(STREAM, ticket_id), {"status_changed", TAKEN_BACK}))
    return max((event.seq for event in log if event.type == "status_changed"), default=None)
