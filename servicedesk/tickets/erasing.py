"""Erasing personal text from the log; the digests stay, so that the chain still verifies."""

from collections.abc import Collection

from sqlalchemy import update

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.command import command
from servicedesk.kernel.db import session
from servicedesk.kernel.event_log import ErasableText
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.core.standing_log import standing
from servicedesk.tickets.events import STREAM, TextErased
from servicedesk.tickets.models import Attachment
from servicedesk.tickets.recording import record


@command
def erase_text(actor: Actor, ticket_id: int, *, seqs: Collection[int]) -> None:
    """Erase the personal text of the events `seqs`; what was derived from it becomes empty too.

    Of a file that goes its name and its hash; the content follows when nothing else refers to it.
    """
    ticket = ticket_for(actor, ticket_id, Permission.CONFIGURE)
    log = stored_events(StreamRef(STREAM, ticket_id))
    known = {event.seq: event.type for event in log}
    chosen = tuple(sorted(seq for seq in set(seqs) if seq in known))
    if not chosen:
        return
    session().execute(
        update(ErasableText)
        .where(
            ErasableText.stream_kind == STREAM,
            ErasableText.stream_id == ticket_id,
            ErasableText.seq.in_(chosen),
        )
        .values(body=None, salt=None),
        execution_options={"synchronize_session": False},
    )
    files = [seq for seq in chosen if known[seq] == "attachment_added"]
    if files:
        session().execute(
            update(Attachment)
            .where(Attachment.ticket_id == ticket_id, Attachment.seq.in_(files))
            .values(sha256=None),
            execution_options={"synchronize_session": False},
        )
    if any(known[seq] == "ticket_opened" for seq in chosen):
        ticket.subject = ticket.subject_folded = ""
    messages = [event.seq for event in standing(log) if event.type == "message_added"]
    if messages and max(messages) in chosen:
        ticket.preview = ""
    record(ticket, TextErased(stream_id=ticket_id, seqs=chosen))
