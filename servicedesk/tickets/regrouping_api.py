"""The API of what goes together or apart, and of undo."""

from typing import Any

from marshmallow import fields

from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import api
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.forms import FormSchema, Text, fits
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.access import not_found
from servicedesk.tickets.core.numbers import number_from, number_text
from servicedesk.tickets.merging import merge_tickets, undo_merge
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queries import ticket_detail
from servicedesk.tickets.splitting import split_ticket, undo_split
from servicedesk.tickets.taking_back import take_back_reply, unsent_reply

blueprint = api.ApiBlueprint("regrouping_api", __name__, url_prefix=api.PREFIX, description="Tickets: undo")


class UnsentSchema(FormSchema):
    """A reply that was taken back; its files may be sent again by their ids."""

    text = fields.String()
    files = fields.List(fields.String())
    then = fields.String(metadata={"description": "What had followed it: wait, resolve, or nothing."})


class MergeSchema(FormSchema):
    """Where a ticket is to go on. `confirmed`: that the two come from different people is meant."""

    into = fields.String(required=True, metadata={"description": "Number of the other ticket."})
    confirmed = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    row_version = fields.Integer(strict=True, metadata={"description": "Refuse if the ticket changed since."})


class MergedSchema(FormSchema):
    """How a ticket stands; `merged_into` is the one that it goes on in, null where it was not merged."""

    number = fields.String()
    status = fields.String()
    merged_into = fields.String(allow_none=True)


class SplitSchema(FormSchema):
    """Messages of the requester that begin a new ticket; never the first one."""

    messages = fields.List(fields.Integer(strict=True), required=True)
    subject = Text(required=True, validate=fits(Ticket.subject, least=1))
    row_version = fields.Integer(strict=True, metadata={"description": "Refuse if the ticket changed since."})


def _number(ticket_id: int) -> str:
    return number_text(ticket_id, the_settings().ticket_prefix)


def _merged(ticket_id: int) -> dict[str, Any]:
    row = ticket_detail(actor(), ticket_id)
    into = _number(row.merged_into_id) if row.merged_into_id is not None else None
    return {"number": _number(row.id), "status": row.status, "merged_into": into}


def _id(text: str) -> int:
    found = number_from(text, the_settings().ticket_prefix)
    if found is None:
        raise not_found()
    return found


@blueprint.post("/tickets/<number>/messages/<int:seq>/undo")
@permits(Permission.TICKET_REPLY)
@blueprint.response(200, UnsentSchema)
def undo_message(number: str, seq: int) -> dict[str, Any]:
    """Take back a reply of one's own, within the seconds that DESK_UNDO_SECONDS says."""
    ticket_id = _id(number)
    take_back_reply(actor(), ticket_id, seq=seq)
    unsent = unsent_reply(actor(), ticket_id, seq)
    return {"text": unsent.text, "files": unsent.uploads, "then": unsent.then} if unsent else {}


@blueprint.post("/tickets/<number>/merge")
@permits(Permission.TICKET_EDIT)
@blueprint.arguments(MergeSchema)
@blueprint.response(200, MergedSchema)
def merge(asked: dict[str, Any], number: str) -> dict[str, Any]:
    """Let a ticket go on in another one; its clocks end uncounted. It can be undone for 24 hours."""
    ticket_id, version = _id(number), asked.get("row_version")
    into_id, confirmed = _id(asked["into"]), asked["confirmed"]
    merge_tickets(actor(), ticket_id, into_id=into_id, confirmed=confirmed, expected_version=version)
    return _merged(ticket_id)


@blueprint.post("/tickets/<number>/merge/undo")
@permits(Permission.TICKET_EDIT)
@blueprint.response(200, MergedSchema)
def unmerge(number: str) -> dict[str, Any]:
    """Undo the merge of a ticket: both are as they were."""
    ticket_id = _id(number)
    undo_merge(actor(), ticket_id)
    return _merged(ticket_id)


@blueprint.post("/tickets/<number>/split")
@permits(Permission.TICKET_EDIT)
@blueprint.arguments(SplitSchema)
@blueprint.response(201, MergedSchema)
def split(asked: dict[str, Any], number: str) -> dict[str, Any]:
    """Begin a new ticket with messages of this one. An Idempotency-Key makes it safe to send again."""
    who, given = actor(), api.idempotency_key()
    new_id = split_ticket(
        who,
        _id(number),
        seqs=asked["messages"],
        subject=asked["subject"],
        expected_version=asked.get("row_version"),
        key=f"{who.id}:{given}" if given else None,
    )
    try:
        return _merged(new_id)
    except NotFound:  # split off, and at once with people whose tickets the caller does not see
        return {"number": _number(new_id)}


@blueprint.post("/tickets/<number>/split/undo")
@permits(Permission.TICKET_EDIT)
@blueprint.response(200, MergedSchema)
def unsplit(number: str) -> dict[str, Any]:
    """Undo the split that began this ticket, while nobody has done anything to it."""
    ticket_id = _id(number)
    undo_split(actor(), ticket_id)
    return _merged(ticket_id)
