"""Reading tickets: one ticket with its conversation, and a customer's own requests."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from servicedesk.identity.actor import Actor
from servicedesk.identity.models import Branch, Organisation, Person
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import AnySelect, Id, connection, session
from servicedesk.kernel.event_log import ErasableText, StreamHead
from servicedesk.kernel.events import Json, from_row
from servicedesk.kernel.prepared import PreparedIfConstant
from servicedesk.tickets.access import Sight, may, not_found, sight_of, triage_ids, within
from servicedesk.tickets.attention import is_begun, is_called, is_followed
from servicedesk.tickets.conversation_rows import (
    EVENTS_SHOWN,
    EVERY_EVENT,
    EVERY_MESSAGE,
    MESSAGES_SHOWN,
    OPENING,
    PUBLIC_EVENT,
    PUBLIC_MESSAGE,
)
from servicedesk.tickets.core.standing_log import standing, taken_back
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.files import ADDED, FileRow, files_by_message
from servicedesk.tickets.held import as_before, is_shown_event, shown_until
from servicedesk.tickets.models import Ticket

STATEMENTS_KEPT = 64


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
    offer_seq: int | None
    offered_by_id: int | None
    offered_group_id: int | None
    offered_to_id: int | None
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
    merged_into_id: int | None
    merged_count: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket and the hash at the head of its log: another head means that something happened to it.

    follows: whether the viewer does. is_called: somebody mentioned them, and they have not looked since.
    has_draft: they have begun a text for it.
    """

    ticket: TicketRow
    head: str
    follows: bool
    is_called: bool
    has_draft: bool


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
    the people who caused the events, by id. files: by the message they came with. taken_back: numbers of
    messages and events that count as if they had never been.
    """

    messages: tuple[MessageRow, ...]
    events: tuple[LoggedEvent, ...]
    is_cut: bool
    texts: Mapping[int, Mapping[str, Json]]
    names: Mapping[int, str]
    files: Mapping[int, tuple[FileRow, ...]]
    taken_back: frozenset[int] = frozenset()


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
    Ticket.offer_seq,
    Ticket.offered_by_id,
    Ticket.offered_group_id,
    Ticket.offered_to_id,
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
    Ticket.merged_into_id,
    Ticket.merged_count,
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
    return ticket_as_it_stands(viewer, ticket_id).ticket


def ticket_as_it_stands(viewer: Actor, ticket_id: int) -> Standing:
    """Return one ticket with the head of its log; raises NotFound where there is none for this viewer."""
    rows = _detail(sight_of(viewer)).rows(connection(), ticket_id=ticket_id, viewer_id=viewer.id)
    if not rows:
        raise not_found()
    [(*values, head, follows, called, begun)] = rows
    [row] = as_seen_by(viewer, [ticket_row(tuple(values))])
    return Standing(row, head, follows, called, begun)


def as_seen_by(viewer: Actor, rows: Sequence[TicketRow]) -> list[TicketRow]:
    """Return the rows as the viewer may know them: a reply that waits (held.py) shows to agents alone."""
    sees_all = Scope.ALL in viewer.scopes(Permission.TICKET_SEE_NOTES)
    changes = {} if sees_all else as_before(row for row in rows if not _sees_notes(viewer, row))
    return [replace(row, **changes[row.id]) if row.id in changes else row for row in rows]


def _sees_notes(viewer: Actor, row: TicketRow) -> bool:
    return may(viewer, Permission.TICKET_SEE_NOTES, row, triage_ids())


@lru_cache(maxsize=STATEMENTS_KEPT)
def _detail(sight: Sight) -> PreparedIfConstant:
    return PreparedIfConstant(
        select_tickets()
        .add_columns(StreamHead.head_hash, is_followed(), is_called(), is_begun())
        .join(StreamHead, (StreamHead.kind == STREAM) & (StreamHead.id == Ticket.id))
        .where(Ticket.id == bindparam("ticket_id", type_=Id), within(sight))
    )


def conversation(viewer: Actor, ticket: TicketRow) -> Conversation:
    """Return what was said and what happened, as far as the viewer may see it; the newest of each.

    Notes, and events that are the desk's own business, go only to those with `ticket.see_notes`.
    """
    sees_all, until = _sees_notes(viewer, ticket), shown_until()
    messages = _messages(ticket.id, sees_all=sees_all, until=until)
    rows = _events(ticket.id, sees_all=sees_all)
    events = [from_row(row) for row in rows if row.type != ADDED]
    return Conversation(
        messages=messages[-MESSAGES_SHOWN:],
        events=tuple(event for event in standing(events) if sees_all or is_shown_event(event, until)),
        is_cut=len(messages) > MESSAGES_SHOWN,
        texts={row.seq: json.loads(row.text) for row in rows if row.text and row.type != ADDED},
        names={row.actor_id: row.name for row in rows if row.name},
        files=files_by_message(rows),
        taken_back=taken_back(events) - {row.seq for row in rows if row.type == ADDED},
    )


def _events(ticket_id: int, *, sees_all: bool) -> Sequence[Any]:
    """Return the newest events in order, and the opening before them however long ago it was."""
    statement = EVERY_EVENT if sees_all else PUBLIC_EVENT
    rows = statement.rows(connection(), ticket_id=ticket_id)
    if len(rows) == EVENTS_SHOWN:
        rows += OPENING.rows(connection(), ticket_id=ticket_id, before=rows[-1].seq)
    return rows[::-1]


def _messages(ticket_id: int, *, sees_all: bool, until: datetime) -> tuple[MessageRow, ...]:
    if sees_all:
        rows = EVERY_MESSAGE.rows(connection(), ticket_id=ticket_id)
    else:
        rows = PUBLIC_MESSAGE.rows(connection(), ticket_id=ticket_id, shown_until=until)
    return tuple(_message(row) for row in reversed(rows))


def _message(row: Any) -> MessageRow:
    return MessageRow(
        seq=row.seq,
        public=row.public,
        by=row.by,
        author_id=row.author_id,
        author_name=row.name,
        channel=row.channel,
        at=row.at,
        text=json.loads(row.body)["text"] if row.body else None,
    )


def answers_of(ticket: TicketRow) -> Mapping[str, str]:
    """Return the answers to the item's form; empty once erased. The caller has checked the viewer."""
    body = session().scalar(
        select(ErasableText.body).where(
            ErasableText.stream_kind == STREAM, ErasableText.stream_id == ticket.id, ErasableText.seq == 1
        )
    )
    return dict(json.loads(body).get("answers", {})) if body else {}
