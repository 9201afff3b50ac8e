"""Reading files of tickets: which a message has, and one by its number, for those who may see its message."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, Id, session
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.event_log import ErasableText, EventRow
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.tickets.access import Sight, sight_of, within
from servicedesk.tickets.events import STREAM, AttachmentAdded
from servicedesk.tickets.held import is_shown, shown_until
from servicedesk.tickets.models import Attachment, Message, Ticket

ADDED = AttachmentAdded.type
STATEMENTS_KEPT = 64


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a message. `seq` is its number within the ticket; `name` is None once it was erased."""

    seq: int
    message_seq: int
    name: str | None
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Content:
    """A file to be sent to somebody who may have it."""

    name: str
    size: int
    media_type: str
    sha256: str


def is_public_file() -> ColumnElement[bool]:
    """Return the predicate over events that holds for files of public messages."""
    of_event = (Attachment.ticket_id == EventRow.stream_id) & (Attachment.seq == EventRow.seq)
    return (EventRow.type == ADDED) & select(Attachment.seq).where(of_event, Attachment.public).exists()


def files_by_message(rows: Iterable[Any]) -> Mapping[int, tuple[FileRow, ...]]:
    """Return the files among rows of events with their texts, by the message they came with."""
    found: dict[int, tuple[FileRow, ...]] = {}
    for row in rows:
        if row.type == ADDED:
            body, text = json.loads(row.body), json.loads(row.text) if row.text else {}
            file = FileRow(row.seq, body["message_seq"], text.get("name"), body["size"], body["media_type"])
            found[file.message_seq] = (*found.get(file.message_seq, ()), file)
    return found


def content_of(viewer: Actor, ticket_id: int, seq: int, *, public_only: bool = False) -> Content:
    """Return the file `seq` of a ticket; raises NotFound where this viewer has none there.

    public_only: files of notes are not found, whoever looks.
    """
    sights = sight_of(viewer), sight_of(viewer, Permission.TICKET_SEE_NOTES)
    statement = _content(*sights, public_only=public_only)
    values = {"ticket_id": ticket_id, "seq": seq, "shown_until": shown_until()}
    row = session().execute(statement, values).one_or_none()
    if row is None or row.sha256 is None or row.text is None:
        raise not_found()
    return Content(json.loads(row.text)["name"], row.size, row.media_type, row.sha256)


@lru_cache(maxsize=STATEMENTS_KEPT)
def _content(sees: Sight, sees_notes: Sight, *, public_only: bool) -> AnySelect:
    text = (
        (ErasableText.stream_kind == STREAM)
        & (ErasableText.stream_id == Attachment.ticket_id)
        & (ErasableText.seq == Attachment.seq)
    )
    said = (Message.ticket_id == Attachment.ticket_id) & (Message.seq == Attachment.message_seq)
    until = bindparam("shown_until", type_=UtcDateTime)
    of_all = Attachment.public & select(Message.seq).where(said, is_shown(until)).exists()
    shared = of_all if public_only else or_(of_all, within(sees_notes))
    return (
        select(Attachment.size, Attachment.media_type, Attachment.sha256, ErasableText.body.label("text"))
        .join(Ticket, Ticket.id == Attachment.ticket_id)
        .outerjoin(ErasableText, text)
        .where(
            Attachment.ticket_id == bindparam("ticket_id", type_=Id),
            Attachment.seq == bindparam("seq"),
            within(sees),
            shared,
        )
    )


def not_found() -> NotFound:
    """Return the error for a file that is not there, or not for this viewer."""
    return NotFound("files.not_found", _("There is no such file, or it is not shared with you."))
