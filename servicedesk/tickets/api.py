"""The API of tickets and messages: the same commands and queries as the pages."""

from collections.abc import Sequence
from typing import Any

from flask import Response
from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.directory import groups
from servicedesk.identity.models import Person
from servicedesk.identity.permissions import Permission, permits
from servicedesk.identity.queries import folded_email
from servicedesk.kernel import api
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, NotAllowed, NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.api_refs import id_of as _id
from servicedesk.tickets.api_refs import number_of as _number
from servicedesk.tickets.calls import log_call
from servicedesk.tickets.catalogue import every_category, every_item, item_by_key
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.core.media import UNKNOWN
from servicedesk.tickets.file_answers import sent, taken_from_body
from servicedesk.tickets.files import FileRow, content_of
from servicedesk.tickets.listing import newest
from servicedesk.tickets.opening import Request, open_ticket
from servicedesk.tickets.queries import MessageRow, TicketRow, conversation, ticket_detail
from servicedesk.tickets.schemas import (
    FileNameQuery,
    MessagesSchema,
    NewMessageSchema,
    NewTicketSchema,
    SentSchema,
    TicketListQuery,
    TicketPageSchema,
    TicketSchema,
    UploadSchema,
)
from servicedesk.tickets.uploads import UploadRow, discard

blueprint = api.ApiBlueprint("tickets_api", __name__, url_prefix=api.PREFIX, description="Tickets")


def _shape(row: TicketRow) -> dict[str, Any]:
    category = every_category().get(row.category_id) if row.category_id is not None else None
    item = every_item().get(row.item_id) if row.item_id is not None else None
    same = (
        *("kind", "subject", "status", "status_category", "priority_reasons", "impact", "urgency", "channel"),
        *("language", "opened_at", "changed_at", "resolved_at", "row_version"),
    )
    return {name: getattr(row, name) for name in same} | {
        "number": _number(row.id),
        "priority": f"P{row.priority}",
        "category": category.key if category else None,
        "item": item.key if item else None,
        "requester": row.requester_name,
        "organisation": row.organisation_name,
        "group": groups()[row.group_id].key,
        "assignee": row.assignee_name,
    }


def _file(row: FileRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("seq", "name", "size", "media_type")}


def _message(row: MessageRow, files: Sequence[FileRow]) -> dict[str, Any]:
    same = ("seq", "public", "by", "channel", "at", "text")
    shown = {name: getattr(row, name) for name in same}
    return shown | {"author": row.author_name, "files": [_file(file) for file in files]}


@blueprint.get("/tickets")
@permits(Permission.TICKET_SEE)
@blueprint.arguments(TicketListQuery, location="query")
@blueprint.response(200, TicketPageSchema)
def list_tickets(query: dict[str, Any]) -> dict[str, Any]:
    """List the tickets that the caller may see, newest first."""
    after = _id(query["after"]) if query.get("after") else None
    rows = newest(
        actor(), status_category=query.get("status_category"), after=after, limit=query["limit"] + 1
    )
    shown = rows[: query["limit"]]
    more = len(rows) > query["limit"]
    return {"tickets": [_shape(row) for row in shown], "next": _number(shown[-1].id) if more else None}


@blueprint.post("/tickets")
@permits(Permission.TICKET_FILE, Permission.TICKET_FILE_FOR_OTHERS)
@blueprint.arguments(NewTicketSchema)
@blueprint.response(201, TicketSchema)
def file_ticket(new: dict[str, Any]) -> dict[str, Any]:
    """File a request. An Idempotency-Key makes it safe to send again."""
    who = actor()
    item = item_by_key(new["item"]) if "item" in new else None
    if "item" in new and item is None:
        raise Invalid("item.unknown", _("Choose what you need from the list."), field="item")
    asked = Request(
        subject=new["subject"],
        text=new["text"],
        item_id=item.id if item else None,
        answers=new["answers"],
        impact=new.get("impact"),
        urgency=new.get("urgency"),
        deadline_at=new.get("deadline_at"),
        channel="api",
        uploads=tuple(new["files"]),
        requester_id=_person(who, new["requester_email"]) if "requester_email" in new else None,
    )
    key = api.idempotency_key()
    number = open_ticket(who, asked, key=f"{who.id}:{key}" if key else None)
    try:
        return _shape(ticket_detail(who, number))
    except NotFound:  # filed, and at once with people whose requests the caller does not see
        return {"number": _number(number)}


def _person(who: Actor, email: str) -> int:
    """Return whose address it is; who files for themselves alone is not told which addresses there are."""
    if folded_email(email) != who.email and not who.has(Permission.TICKET_FILE_FOR_OTHERS):
        raise NotAllowed("ticket.may_not_file", _("Your role does not allow filing this request."))
    found = session().scalar(select(Person.id).where(Person.email == folded_email(email), Person.is_active))
    if found is None:
        raise Invalid("requester.unknown", _("Choose who asks."), field="requester_email")
    return found


@blueprint.get("/tickets/<number>")
@permits(Permission.TICKET_SEE)
@blueprint.response(200, TicketSchema)
def show_ticket(number: str) -> dict[str, Any]:
    """Show one ticket."""
    return _shape(ticket_detail(actor(), _id(number)))


@blueprint.get("/tickets/<number>/messages")
@permits(Permission.TICKET_SEE)
@blueprint.response(200, MessagesSchema)
def list_messages(number: str) -> dict[str, Any]:
    """List what was said; internal notes only for those who may read them."""
    who = actor()
    found = conversation(who, ticket_detail(who, _id(number)))
    return {
        "messages": [_message(row, found.files.get(row.seq, ())) for row in found.messages],
        "is_cut": found.is_cut,
    }


@blueprint.post("/tickets/<number>/messages")
@permits(Permission.TICKET_REPLY)
@blueprint.arguments(NewMessageSchema)
@blueprint.response(201, SentSchema)
def add_message(new: dict[str, Any], number: str) -> dict[str, Any]:
    """Say something in public, or add an internal note. An Idempotency-Key makes a message safe to repeat."""
    who, ticket_id = actor(), _id(number)
    given = api.idempotency_key()
    more: dict[str, Any] = {
        "text": new["text"],
        "uploads": new["files"],
        "expected_version": new.get("row_version"),
        "key": f"{who.id}:{given}" if given else None,
    }
    if not new["public"]:
        add_note(who, ticket_id, **more)
        return {"ticket": _number(ticket_id), "opened_new": False}
    if "happened_at" in new:
        log_call(who, ticket_id, happened_at=new["happened_at"], **more)
        return {"ticket": _number(ticket_id), "opened_new": False}
    landed = reply(who, ticket_id, channel="api", **more)
    return {"ticket": _number(landed.ticket_id), "opened_new": landed.opened_new}


BYTES = {"schema": {"type": "string", "format": "binary"}}


@blueprint.post("/files")
@permits(
    Permission.TICKET_FILE,
    Permission.TICKET_FILE_FOR_OTHERS,
    Permission.TICKET_REPLY,
    Permission.TICKET_NOTE,
)
@blueprint.arguments(FileNameQuery, location="query")
@blueprint.response(201, UploadSchema)
@blueprint.doc(requestBody={"required": True, "content": {UNKNOWN: BYTES}})
def send_file(query: dict[str, Any]) -> UploadRow:
    """Send a file: the body is its content. Its id then goes along with a ticket or a message."""
    return taken_from_body(actor(), query["name"])


@blueprint.delete("/files/<upload_id>")
@permits(
    Permission.TICKET_FILE,
    Permission.TICKET_FILE_FOR_OTHERS,
    Permission.TICKET_REPLY,
    Permission.TICKET_NOTE,
)
@blueprint.response(204)
def forget_file(upload_id: str) -> None:
    """Forget a file that was sent and not used yet."""
    discard(actor(), upload_id)


@blueprint.get("/tickets/<number>/files/<int:seq>")
@permits(Permission.TICKET_SEE)
@blueprint.alt_response(200, description="The content.", content_type=UNKNOWN, schema=BYTES["schema"])
def show_file(number: str, seq: int) -> Response:
    """Return a file; those of notes only for those who may read them. A range may be asked for."""
    return sent(content_of(actor(), _id(number), seq))
