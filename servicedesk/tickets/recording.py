"""What every ticket command does in the same way: record an event, move the status, shorten a text."""

from datetime import datetime

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import insert_at_end, insert_rows
from servicedesk.kernel.errors import Invalid, Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.save import publish
from servicedesk.tickets.core.statuses import BY_KEY, IllegalMove, Move, next_status
from servicedesk.tickets.events import EDITING, StatusChanged, TicketEvent
from servicedesk.tickets.models import Message, Reopening, Ticket
from servicedesk.tickets.team_events import HandoverEnded

PREVIEW_LENGTH = 160
TEXT_LIMIT = 100_000
SUBJECT_LIMIT = 255
# Folding can make a letter of eighteen.
FOLDED_LIMIT = 510


def record(ticket: Ticket, event: TicketEvent) -> LoggedEvent:
    """Publish `event` and note on the ticket that it changed."""
    logged = publish(event)
    if event.type in EDITING:
        ticket.row_version += 1
        ticket.changed_at = logged.received_at
    return logged


def end_offer(ticket: Ticket, how: str, *, why: str = "") -> None:
    """Let the hand-over that is on offer come to nothing, if there is one; who has the ticket still has it.

    how: sent_back, taken_back, or what else happened to the ticket: assigned, resolved, closed.
    """
    if ticket.offer_seq is not None:
        record(ticket, HandoverEnded(stream_id=ticket.id, offer_seq=ticket.offer_seq, how=how, why=why))
        clear_offer(ticket)


def clear_offer(ticket: Ticket) -> None:
    """Set the columns of a ticket that nobody is offered."""
    ticket.offer_seq = ticket.offered_by_id = ticket.offered_group_id = ticket.offered_to_id = None


def keep_message(logged: LoggedEvent, *, public: bool) -> None:
    """Keep the row of a message or note that was just recorded; its text lies with the event."""
    row = {
        "ticket_id": logged.stream.id,
        "seq": logged.seq,
        "public": public,
        "by": logged.body.get("by", "agent"),
        "author_id": logged.body["author_id"],
        "channel": logged.body.get("channel", "portal"),
        "at": logged.at,
    }
    insert_at_end(Message, [row])


def move_status(
    ticket: Ticket,
    move: Move,
    *,
    at: datetime,
    wait_for: str = "waiting_customer",
    reason: str | None = None,
    wake_at: datetime | None = None,
) -> LoggedEvent | None:
    """Move the ticket's status, columns and log; returns None where it already stands there.

    Raises Refused where the move is not open from the present status.
    """
    before = ticket.status
    try:
        after = next_status(before, move, wait_for)
    except IllegalMove:
        raise Refused(
            "ticket.illegal_move",
            _("This request is closed or in a state where that is not possible."),
            status=before,
            move=str(move),
        ) from None
    if after == before and wake_at == ticket.wake_at:
        return None
    if move is Move.REOPEN:
        ticket.reopened_count += 1
        _keep_reopening(ticket, at)
    set_status(ticket, after, at=at, by_itself=reason == "stayed_resolved")
    ticket.wake_at = wake_at
    event = StatusChanged(
        stream_id=ticket.id,
        from_status=before,
        to_status=after,
        move=str(move),
        reason=reason,
        wake_at=wake_at,
        at=at,
    )
    return _recorded_move(ticket, event)


def _recorded_move(ticket: Ticket, event: StatusChanged) -> LoggedEvent:
    logged = record(ticket, event)
    if ticket.status_category in ("resolved", "closed"):
        end_offer(ticket, ticket.status_category)
    return logged


def is_never_done(ticket: Ticket) -> bool:
    """Say whether the ticket is still on its first way to being done."""
    return ticket.reopened_count == 0 and ticket.status_category in ("open", "waiting")


def _keep_reopening(ticket: Ticket, at: datetime) -> None:
    """Keep for how long the ticket was done, before its columns forget it.

    Imported as done nobody knows when, it counts as open from now on only.
    """
    done_at = ticket.resolved_at or ticket.closed_at or ticket.opened_at
    row = {
        "ticket_id": ticket.id,
        "position": ticket.reopened_count,
        "done_at": done_at,
        "reopened_at": at,
        "lasted_seconds": int((at - done_at).total_seconds()),
    }
    insert_rows(Reopening, [row])


def set_status(ticket: Ticket, status: str, *, at: datetime, by_itself: bool) -> None:
    """Set the columns that follow from a status; history that closes at once counts as resolved then."""
    was_done = ticket.status_category in ("resolved", "closed")
    ticket.status = status
    ticket.status_category = str(BY_KEY[status].category)
    if status == "resolved":
        ticket.resolved_at = at
    elif status in ("closed", "withdrawn", "merged"):
        ticket.closed_at = at
        if status == "closed" and not was_done:
            ticket.resolved_at = at
    else:
        ticket.resolved_at = None
        ticket.closed_at = None
    ticket.closed_by_itself = status == "closed" and by_itself


def speaks_as(actor: Actor, ticket: Ticket) -> str:
    """Return as whom `actor` speaks on this ticket: customer, agent or system."""
    if actor.kind != "person":
        return "system"
    is_agent = actor.has(Permission.TICKET_NOTE) and ticket.requester_id != actor.id
    return "agent" if is_agent else "customer"


def preview_of(text: str) -> str:
    """Return the beginning of a text on one line, for lists."""
    return " ".join(text[: PREVIEW_LENGTH * 4].split())[:PREVIEW_LENGTH]


def clean_text(text: str, *, field: str) -> str:
    """Return the text of a message without outer blanks; raises Invalid where empty or too long."""
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise Invalid("text.missing", _("Write a few words first."), field=field)
    if len(text) > TEXT_LIMIT:
        raise Invalid(
            "text.too_long",
            _(
                "This text is too long (%(limit)s characters at most). Send the rest as a second message.",
                limit=TEXT_LIMIT,
            ),
            field=field,
        )
    return text


def clean_subject(subject: str) -> str:
    """Return a subject on one line; raises Invalid where empty or longer than its column."""
    subject = " ".join(subject.replace("\x00", "").split())
    if not subject:
        raise Invalid("subject.missing", _("Say in a few words what you need."), field="subject")
    if len(subject) > SUBJECT_LIMIT:
        raise Invalid(
            "subject.too_long",
            _(
                "The first line is too long (%(limit)s characters at most). Move details to the description.",
                limit=SUBJECT_LIMIT,
            ),
            field="subject",
        )
    return subject
