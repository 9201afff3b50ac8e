"""Shapes of tickets and messages as they cross the API's door."""

from datetime import UTC, datetime

from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range

from servicedesk.kernel.forms import FormSchema, Limit, Text, fits
from servicedesk.tickets.attaching import MOST_A_MESSAGE
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.recording import TEXT_LIMIT

STATUS_CATEGORIES = ("open", "waiting", "resolved", "closed")
# What every zone and every database can write.
DEADLINES = (datetime(1990, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))


class FileIds(fields.List[str]):
    """Ids of files that the caller sent before; they become part of the text."""

    def __init__(self) -> None:
        about = {"description": "Ids of files that were sent to /files before, in their order."}
        super().__init__(
            fields.String(), load_default=list, validate=Length(max=MOST_A_MESSAGE), metadata=about
        )


class NewTicketSchema(FormSchema):
    """A request to file. `requester_email` is for agents who file for somebody else."""

    subject = Text(required=True, validate=fits(Ticket.subject, least=1))
    text = Text(required=True, validate=Limit(TEXT_LIMIT, least=1))
    item = fields.String(metadata={"description": "Key of a catalogue item."})
    answers = fields.Dict(keys=Text(), values=Text(), load_default=dict)
    impact = fields.Integer(strict=True, validate=Range(1, 3))
    urgency = fields.Integer(strict=True, validate=Range(1, 3))
    deadline_at = fields.AwareDateTime(
        validate=Range(*DEADLINES), metadata={"description": "When it is needed, with its offset."}
    )
    requester_email = fields.Email()
    files = FileIds()


class TicketSchema(FormSchema):
    """A ticket as the viewer may see it."""

    number = fields.String()
    kind = fields.String()
    subject = fields.String()
    status = fields.String()
    status_category = fields.String()
    priority = fields.String()
    priority_reasons = fields.List(fields.String())
    impact = fields.Integer()
    urgency = fields.Integer()
    category = fields.String(allow_none=True)
    item = fields.String(allow_none=True)
    requester = fields.String()
    organisation = fields.String(allow_none=True)
    group = fields.String()
    assignee = fields.String(allow_none=True)
    channel = fields.String()
    language = fields.String()
    opened_at = fields.DateTime(format="iso")
    changed_at = fields.DateTime(format="iso")
    resolved_at = fields.DateTime(format="iso", allow_none=True)
    row_version = fields.Integer()


class TicketListQuery(FormSchema):
    """Which tickets to list, newest first; `after` is the `next` of the page before."""

    status_category = fields.String(validate=OneOf(STATUS_CATEGORIES))
    after = fields.String()
    limit = fields.Integer(load_default=50, validate=Range(1, 200))


class TicketPageSchema(FormSchema):
    """One page of tickets; `next` is null on the last."""

    tickets = fields.List(fields.Nested(TicketSchema))
    next = fields.String(allow_none=True)


class NewMessageSchema(FormSchema):
    """Something to say; `public` false makes it an internal note."""

    text = Text(required=True, validate=Limit(TEXT_LIMIT, least=1))
    public = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    row_version = fields.Integer(strict=True, metadata={"description": "Refuse if the ticket changed since."})
    files = FileIds()
    happened_at = fields.AwareDateTime(
        metadata={"description": "When it was said, for an agent's call that is noted down later."}
    )


class FileNameQuery(FormSchema):
    """What a file that is sent is called."""

    name = Text(required=True, validate=Limit(4096, least=1))


class UploadSchema(FormSchema):
    """A file that waits for its text, for two days. `media_type` is read off its content."""

    id = fields.String()
    name = fields.String()
    size = fields.Integer(metadata={"description": "Bytes, without what a picture told of its maker."})
    media_type = fields.String()


class FileSchema(FormSchema):
    """A file of a message; its content is at /tickets/{number}/files/{seq}. `name` is null once erased."""

    seq = fields.Integer()
    name = fields.String(allow_none=True)
    size = fields.Integer()
    media_type = fields.String()


class MessageSchema(FormSchema):
    """A message; `text` is null once erased."""

    seq = fields.Integer()
    public = fields.Boolean()
    by = fields.String()
    author = fields.String(allow_none=True)
    channel = fields.String()
    at = fields.DateTime(format="iso")
    text = fields.String(allow_none=True)
    files = fields.List(fields.Nested(FileSchema))


class MessagesSchema(FormSchema):
    """The messages of a ticket, oldest first; `is_cut` when there are more than are shown."""

    messages = fields.List(fields.Nested(MessageSchema))
    is_cut = fields.Boolean()


class SentSchema(FormSchema):
    """Where a message went: to this ticket, or to a linked new one because it came too late."""

    ticket = fields.String()
    opened_new = fields.Boolean()
