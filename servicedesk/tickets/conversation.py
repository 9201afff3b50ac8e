"""Messages and internal notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import NotAllowed, NotFound, Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.save import publish
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.attaching import attach
from servicedesk.tickets.core.statuses import Move
from servicedesk.tickets.events import MessageAdded, MessagePassedOn, NoteAdded, TicketsLinked
from servicedesk.tickets.mentioning import mention
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.opening import Request, open_ticket
from servicedesk.tickets.queries import TicketRow
from servicedesk.tickets.recording import (
    clean_text,
    is_never_done,
    keep_message,
    move_status,
    preview_of,
    record,
    speaks_as,
)

REOPEN_WITHIN = timedelta(days=14)
# Merged into one that was merged, and so on: whoever goes on longer is going round in a circle.
LONGEST_CHAIN = 50
# A customer's word ends these waits; a supplier's answer does not come from the customer.
ENDED_BY_CUSTOMER = frozenset({"waiting_customer", "scheduled"})


@dataclass(frozen=True)
class Sent:
    """Where a message went.

    opened_new: it came too late for the old ticket. passed_on: the old one was merged, and it went to where
    that goes on.
    """

    ticket_id: int
    opened_new: bool
    passed_on: bool = False


def reply(
    actor: Actor,
    ticket_id: int,
    *,
    text: str,
    channel: str = "portal",
    uploads: Sequence[str] = (),
    expected_version: int | None = None,
    key: str | None = None,
) -> Sent:
    """Say something in public.

    A customer's word wakes a waiting ticket, reopens one resolved within 14 days, and opens a linked
    new one later. An agent's first word takes a new ticket into work. uploads: ids of the files that the
    actor sent before (uploads.py).
    """
    payload = {"by": actor.id, "ticket": ticket_id, "text": text}

    def send() -> int:
        return _reply(
            actor,
            ticket_id,
            text=text,
            channel=channel,
            uploads=uploads,
            version=expected_version,
            key=key,
            payload=payload,
        )

    landed = once(key, payload, send)
    passed_on = landed != ticket_id and landed == goes_on_in(ticket_id)
    return Sent(landed, landed != ticket_id and not passed_on, passed_on)


@command
def _reply(
    actor: Actor,
    ticket_id: int,
    *,
    text: str,
    channel: str,
    uploads: Sequence[str],
    version: int | None,
    key: str | None,
    payload: object,
) -> int:
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_REPLY, expected_version=version)
    text = clean_text(text, field="text")
    now = clock.now()
    by = speaks_as(actor, ticket)
    if by == "customer" and ticket.merged_into_id is not None:
        ticket = _where_it_goes_on(actor, ticket)
    if by == "customer" and not may_still_reopen(ticket, now):
        if actor.only_ticket_id is not None:
            raise Refused("ticket.too_late", _("This was closed too long ago. Please ask for it anew."))
        landed = _open_follow_up(actor, ticket, text, channel, uploads)
        remember(key, payload, landed)
        return landed
    if by == "agent" and ticket.status_category == "closed":
        raise Refused("ticket.closed", _("This request is closed. Reopen it first, or add a note."))
    add_message(ticket, actor, text, by=by, channel=channel, at=now, uploads=uploads)
    move_on_message(ticket, by, now)
    remember(key, payload, ticket.id)
    return ticket.id


def goes_on_in(ticket_id: int) -> int:
    """Return the ticket in which a merged one goes on in the end; itself where it was not merged."""
    found: int | None = ticket_id
    for _step in range(LONGEST_CHAIN):
        found, last = session().scalar(select(Ticket.merged_into_id).where(Ticket.id == found)), found
        if found is None:
            return last or ticket_id
    return ticket_id


def _where_it_goes_on(actor: Actor, ticket: Ticket) -> Ticket:
    """Return the ticket that takes a message to a merged one; itself where the actor may not write there."""
    try:
        target = ticket_for(actor, goes_on_in(ticket.id), Permission.TICKET_REPLY)
    except (NotFound, NotAllowed):
        return ticket
    record(ticket, MessagePassedOn(stream_id=ticket.id, other_id=target.id))
    return target


def may_still_reopen(ticket: Ticket | TicketRow, now: datetime) -> bool:
    """Say whether a customer's word still belongs to this ticket.

    It does while the ticket is open, and for 14 days after resolving, closed by itself or not.
    """
    if ticket.status_category in ("open", "waiting"):
        return True
    if ticket.status in ("withdrawn", "merged") or ticket.resolved_at is None:
        return False
    return now <= ticket.resolved_at + REOPEN_WITHIN


def add_message(
    ticket: Ticket,
    actor: Actor,
    text: str,
    *,
    by: str,
    channel: str,
    at: datetime,
    uploads: Sequence[str] = (),
) -> LoggedEvent:
    """Record a public message with its files, and the columns that follow from it.

    at: when it was said; a call that is noted down later is not the last word if others spoke since.
    """
    event = MessageAdded(stream_id=ticket.id, by=by, author_id=actor.id, channel=channel, text=text, at=at)
    logged = record(ticket, event)
    keep_message(logged, public=True)
    attach(logged, actor, uploads, public=True)
    if by == "agent":
        mention(ticket, actor, text, logged)
    if by == "agent" and (ticket.answered_at is None or at < ticket.answered_at):
        ticket.answered_at = at
    if by == "agent" and is_never_done(ticket):
        ticket.answer_count += 1
    if ticket.last_message_at is None or at >= ticket.last_message_at:
        ticket.last_message_at = at
        ticket.last_by = by
        ticket.preview = preview_of(text)
    return logged


def move_on_message(ticket: Ticket, by: str, now: datetime) -> None:
    """Let a word move the status: an answer takes a new ticket up, a customer's word ends a wait."""
    if by == "agent" and ticket.status == "new":
        move_status(ticket, Move.START, at=now, reason="answered")
    elif by == "customer" and ticket.status in ENDED_BY_CUSTOMER:
        move_status(ticket, Move.WAKE, at=now, reason="customer_answered")
    elif by == "customer" and ticket.status_category in ("resolved", "closed"):
        move_status(ticket, Move.REOPEN, at=now, reason="customer_answered")


def _open_follow_up(actor: Actor, ticket: Ticket, text: str, channel: str, uploads: Sequence[str]) -> int:
    request = Request(
        subject=ticket.subject or preview_of(text),  # the old one may have been erased
        text=text,
        category_id=ticket.category_id,
        impact=ticket.impact,
        urgency=ticket.urgency,
        channel=channel,
        requester_id=ticket.requester_id,
        language=ticket.language,
        uploads=tuple(uploads),
    )
    new_id = open_ticket(actor, request)
    record(ticket, TicketsLinked(stream_id=ticket.id, other_id=new_id, relation="followed_by"))
    publish(TicketsLinked(stream_id=new_id, other_id=ticket.id, relation="follows"))
    return new_id


def add_note(
    actor: Actor,
    ticket_id: int,
    *,
    text: str,
    uploads: Sequence[str] = (),
    expected_version: int | None = None,
    key: str | None = None,
) -> None:
    """Add an internal note; it stops no clock and no customer ever sees it."""
    payload = {"by": actor.id, "ticket": ticket_id, "note": text}

    def write() -> int:
        return _add_note(
            actor, ticket_id, text=text, uploads=uploads, version=expected_version, key=key, payload=payload
        )

    once(key, payload, write)


@command
def _add_note(
    actor: Actor,
    ticket_id: int,
    *,
    text: str,
    uploads: Sequence[str],
    version: int | None,
    key: str | None,
    payload: object,
) -> int:
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_NOTE, expected_version=version)
    text = clean_text(text, field="text")
    logged = record(ticket, NoteAdded(stream_id=ticket.id, author_id=actor.id, text=text))
    keep_message(logged, public=False)
    attach(logged, actor, uploads, public=False)
    mention(ticket, actor, text, logged)
    remember(key, payload, ticket_id)
    return ticket_id
