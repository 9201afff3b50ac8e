"""Reading tickets: one ticket with its conversation, and a customer's own requests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from servicedesk.identity.actor import Actor
from servicedesk.identity.models import Branch, Organisation, Person
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import AnySelect, session
from servicedesk.kernel.event_log import ErasableText, EventRow
from servicedesk.kernel.events import Json, from_row
from servicedesk.tickets.access import may, not_found, triage_ids, visible_to
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Message, Ticket

MESSAGES_SHOWN = 300
LIST_LIMIT = 200

# Event types that a customer may see between the messages; the rest is the desk's own business.
PUBLIC_EVENTS = frozenset({"ticket_opened", "status_changed", "assigned", "tickets_linked"})


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as pages and the API show it, with the names of the people around it."""

    id: int
    kind: str
    subject: str
    preview: str
    requester_id: int
    requester_name: str
    requester_language: str
    organisation_id: int | None
    organisation_name: str | None
    organisation_tier: str | None
    branch_id: int | None
    branch_name: str | None
    channel: str
    language: str
    category_id: int | None
    item_id: int | None
    status: str
    status_category: str
    impact: int
    urgency: int
    priority: int
    priority_reasons: tuple[str, ...]
    priority_override: int | None
    group_id: int
    assignee_id: int | None
    assignee_name: str | None
    needs_triage: bool
    opened_at: datetime
    answered_at: datetime | None
    last_message_at: datetime | None
    last_by: str | None
    resolved_at: datetime | None
    closed_at: datetime | None
    wake_at: datetime | None
    reopened_count: int
    times_known: bool
    changed_at: datetime
    row_version: int


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message or note; `text` is None once erased."""

    seq: int
    public: bool
    by: str
    author_id: int | None
    author_name: str | None
    channel: str
    at: datetime
    text: str | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages with the events between them, both in order of `seq`; `is_cut` when older ones are missing.

    texts: what people wrote into events (answers, reasons), by seq, as far as it was not erased. names: of
    the people who caused the events, by id.
    """

    messages: tuple[MessageRow, ...]
    events: tuple[LoggedEvent, ...]
    is_cut: bool
    texts: Mapping[int, Mapping[str, Json]]
    names: Mapping[int, str]


Assignee = aliased(Person, name="assignee")

TICKET_COLUMNS = (
    Ticket.id,
    Ticket.kind,
    Ticket.subject,
    Ticket.preview,
    Ticket.requester_id,
    Person.name,
    Person.language,
    Ticket.organisation_id,
    Organisation.name,
    Organisation.tier,
    Ticket.branch_id,
    Branch.name,
    Ticket.channel,
    Ticket.language,
    Ticket.category_id,
    Ticket.item_id,
    Ticket.status,
    Ticket.status_category,
    Ticket.impact,
    Ticket.urgency,
    Ticket.priority,
    Ticket.priority_reasons,
    Ticket.priority_override,
    Ticket.group_id,
    Ticket.assignee_id,
    Assignee.name,
    Ticket.needs_triage,
    Ticket.opened_at,
    Ticket.answered_at,
    Ticket.last_message_at,
    Ticket.last_by,
    Ticket.resolved_at,
    Ticket.closed_at,
    Ticket.wake_at,
    Ticket.reopened_count,
    Ticket.times_known,
    Ticket.changed_at,
    Ticket.row_version,
)
REASONS = 21


def ticket_row(values: tuple[object, ...]) -> TicketRow:
    """Make a row of what `TICKET_COLUMNS` selected."""
    listed = list(values)
    listed[REASONS] = tuple(str(listed[REASONS]).split(","))
    return TicketRow(*listed)  # type: ignore[arg-type]


def select_tickets() -> AnySelect:
    """Return the select of `TICKET_COLUMNS` with its joins; callers add `visible_to`."""
    return (
        select(*TICKET_COLUMNS)
        .join(Person, Person.id == Ticket.requester_id)
        .outerjoin(Organisation, Organisation.id == Ticket.organisation_id)
        .outerjoin(Branch, Branch.id == Ticket.branch_id)
        .outerjoin(Assignee, Assignee.id == Ticket.assignee_id)
    )


def ticket_detail(viewer: Actor, ticket_id: int) -> TicketRow:
    """Return one ticket; raises NotFound where there is none for this viewer."""
    query = select_tickets().where(Ticket.id == ticket_id, visible_to(viewer))
    values = session().execute(query).one_or_none()
    if values is None:
        raise not_found()
    return ticket_row(tuple(values))


def conversation(viewer: Actor, ticket: TicketRow) -> Conversation:
    """Return what was said and what happened, as far as the viewer may see it.

    Notes, and events that are the desk's own business, go only to those with `ticket.see_notes`.
    """
    sees_all = may(viewer, Permission.TICKET_SEE_NOTES, ticket, triage_ids())
    messages = _messages(ticket.id, sees_notes=sees_all)
    query = _events(ticket.id)
    if not sees_all:
        query = query.where(EventRow.type.in_(sorted(PUBLIC_EVENTS)))
    rows = session().execute(query).all()
    return Conversation(
        messages=messages[-MESSAGES_SHOWN:],
        events=tuple(from_row(event) for event, _text, _name in rows),
        is_cut=len(messages) > MESSAGES_SHOWN,
        texts={event.seq: json.loads(text) for event, text, _name in rows if text},
        names={event.actor_id: name for event, _text, name in rows if name},
    )


def _events(ticket_id: int) -> AnySelect:
    text = (
        (ErasableText.stream_kind == EventRow.stream_kind)
        & (ErasableText.stream_id == EventRow.stream_id)
        & (ErasableText.seq == EventRow.seq)
    )
    person = (EventRow.actor_kind == "person") & (Person.id == EventRow.actor_id)
    return (
        select(EventRow, ErasableText.body, Person.name)
        .outerjoin(ErasableText, text)
        .outerjoin(Person, person)
        .where(EventRow.stream_kind == STREAM, EventRow.stream_id == ticket_id)
        .where(EventRow.type.not_in(("message_added", "note_added")))
        .order_by(EventRow.seq)
        .limit(1000)
    )


def _messages(ticket_id: int, *, sees_notes: bool) -> tuple[MessageRow, ...]:
    text = (
        (ErasableText.stream_kind == STREAM)
        & (ErasableText.stream_id == Message.ticket_id)
        & (ErasableText.seq == Message.seq)
    )
    query = (
        select(
            Message.seq,
            Message.public,
            Message.by,
            Message.author_id,
            Person.name,
            Message.channel,
            Message.at,
            ErasableText.body,
        )
        .outerjoin(ErasableText, text)
        .outerjoin(Person, Person.id == Message.author_id)
        .where(Message.ticket_id == ticket_id)
        .order_by(Message.seq.desc())
        .limit(MESSAGES_SHOWN + 1)
    )
    if not sees_notes:
        query = query.where(Message.public)
    rows = [
        MessageRow(*values[:-1], text=json.loads(values[-1])["text"] if values[-1] else None)
        for values in session().execute(query)
    ]
    return tuple(reversed(rows))


def answers_of(ticket: TicketRow) -> Mapping[str, str]:
    """Return the answers to the item's form; empty once erased. The caller has checked the viewer."""
    body = session().scalar(
        select(ErasableText.body).where(
            ErasableText.stream_kind == STREAM, ErasableText.stream_id == ticket.id, ErasableText.seq == 1
        )
    )
    return dict(json.loads(body).get("answers", {})) if body else {}


def own_requests(viewer: Actor, *, limit: int = 50, open_only: bool = False) -> list[TicketRow]:
    """Return the viewer's own requests, the last changed first."""
    query = select_tickets().where(Ticket.requester_id == viewer.id, visible_to(viewer))
    if open_only:
        query = query.where(Ticket.status_category.in_(("open", "waiting")))
    query = query.order_by(Ticket.changed_at.desc(), Ticket.id.desc()).limit(min(limit, LIST_LIMIT))
    return [ticket_row(tuple(values)) for values in session().execute(query)]


def shared_requests(viewer: Actor, *, limit: int = 50) -> list[TicketRow]:
    """Return requests of colleagues that the viewer may see."""
    query = select_tickets().where(Ticket.requester_id != viewer.id, visible_to(viewer))
    query = query.order_by(Ticket.changed_at.desc(), Ticket.id.desc()).limit(min(limit, LIST_LIMIT))
    return [ticket_row(tuple(values)) for values in session().execute(query)]
