"""Splitting a ticket: words of its customer begin a new one; and undoing that while it is untouched."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, Refused
from servicedesk.kernel.events import stored_events, stored_texts
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import publish, the_save
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.attaching import NewFile, add_files, check_number
from servicedesk.tickets.core.standing_log import standing
from servicedesk.tickets.core.statuses import Move
from servicedesk.tickets.events import STREAM, TakenBack, TicketsMerged, TicketSplit
from servicedesk.tickets.models import Attachment, Message, Ticket
from servicedesk.tickets.opening import Request, open_ticket
from servicedesk.tickets.recording import move_status, record

SPLIT = TicketSplit.type
SAID = frozenset({"message_added", "note_added"})
# How a word reached the desk is kept, unless it came with history from elsewhere.
_CHANNELS = frozenset({"portal", "phone", "mail", "api"})


def split_ticket(
    actor: Actor,
    ticket_id: int,
    *,
    seqs: Collection[int],
    subject: str,
    expected_version: int | None = None,
    key: str | None = None,
) -> int:
    """Begin a new ticket of the same requester with their messages `seqs`; return its id.

    The messages stay where they are, too. The new ticket's promises count from now (F8).
    """
    chosen = sorted(set(seqs))
    payload = {"by": actor.id, "split": ticket_id, "messages": list(chosen), "subject": subject}

    def split() -> int:
        return _split(
            actor, ticket_id, seqs=chosen, subject=subject, version=expected_version, key=key, payload=payload
        )

    return once(key, payload, split)


@command
def _split(
    actor: Actor,
    ticket_id: int,
    *,
    seqs: Sequence[int],
    subject: str,
    version: int | None,
    key: str | None,
    payload: object,
) -> int:
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_EDIT, expected_version=version)
    if ticket.status_category == "closed":
        raise Refused("split.closed", _("A closed request is not split. Reopen it first."))
    request = Request(
        subject=subject,
        text="\n\n".join(_texts(ticket, seqs)),
        category_id=ticket.category_id,
        impact=ticket.impact,
        urgency=ticket.urgency,
        channel=ticket.channel if ticket.channel in _CHANNELS else "portal",
        requester_id=ticket.requester_id,
        language=ticket.language,
    )
    new_id = open_ticket(actor, request)
    _take_files_along(ticket, seqs, new_id)
    record(ticket, TicketSplit(stream_id=ticket.id, other_id=new_id, relation="split_into", seqs=tuple(seqs)))
    publish(TicketSplit(stream_id=new_id, other_id=ticket.id, relation="split_from", seqs=tuple(seqs)))
    remember(key, payload, new_id)
    return new_id


def _texts(ticket: Ticket, seqs: Sequence[int]) -> list[str]:
    """Return the chosen words of the customer; never the first ones, which say what the ticket is about."""
    theirs = (Message.ticket_id == ticket.id) & Message.public & (Message.by == "customer")
    said = session().scalars(select(Message.seq).where(theirs).order_by(Message.seq)).all()
    if not seqs or not set(seqs) <= set(said[1:]):
        sentence = _("Choose messages of the customer that came after the first one.")
        raise Invalid("split.messages", sentence, field="messages")
    texts = stored_texts(StreamRef(STREAM, ticket.id), seqs)
    return [str(texts[seq].get("text", "")) for seq in seqs if seq in texts]


def _take_files_along(ticket: Ticket, seqs: Sequence[int], new_id: int) -> None:
    """Let the files of the chosen messages come with the new ticket's first one, too."""
    of_chosen = (Attachment.ticket_id == ticket.id) & Attachment.message_seq.in_(seqs)
    kept = session().scalars(select(Attachment).where(of_chosen).order_by(Attachment.seq)).all()
    names = stored_texts(StreamRef(STREAM, ticket.id), [row.seq for row in kept])
    files = [
        NewFile(str(names[row.seq]["name"]), row.sha256, row.size, row.media_type)
        for row in kept
        if row.sha256 is not None and row.seq in names
    ]
    check_number(len(files))
    events = the_save().events_of(StreamRef(STREAM, new_id))
    said = next(event for event in events if event.type == "message_added")
    add_files(said, files, author_id=ticket.requester_id, public=True)


@command
def undo_split(actor: Actor, ticket_id: int) -> int:
    """Undo the split that began a ticket, while nothing happened to it; return the ticket it came from.

    Its number leads back there, its clocks end uncounted. The ticket that was split is as before.
    """
    log = stored_events(StreamRef(STREAM, ticket_id))
    split = split_in(log)
    if split is None:
        ticket_for(actor, ticket_id, Permission.TICKET_EDIT)
        raise Refused("split.none", _("This request was not split off from another one."))
    from_id = int(str(split.body["other_id"]))
    ids = sorted((ticket_id, from_id))
    found = {each: ticket_for(actor, each, Permission.TICKET_EDIT) for each in ids}
    new, old = found[ticket_id], found[from_id]
    log = stored_events(StreamRef(STREAM, ticket_id))
    if new.status_category == "closed" or not is_untouched(log, split, sum(e.type in SAID for e in log)):
        sentence = _("Something has happened to this request since it was split off, so it stays.")
        raise Refused("split.touched", sentence)
    record(new, TicketsMerged(stream_id=new.id, other_id=old.id, relation="back_into"))
    move_status(new, Move.MERGE, at=clock.now(), reason="split_undone")
    new.merged_into_id = old.id
    record(old, TicketsMerged(stream_id=old.id, other_id=new.id, relation="back_from"))
    record(old, TakenBack(stream_id=old.id, seqs=(_split_off(old.id, new.id),), what="split"))
    return old.id


def split_in(log: Iterable[LoggedEvent]) -> LoggedEvent | None:
    """Return the event that says from which ticket this one was split off, if it was."""
    found = (event for event in log if event.type == SPLIT and event.body["relation"] == "split_from")
    return next(found, None)


def is_untouched(log: Iterable[LoggedEvent], split: LoggedEvent, words: int) -> bool:
    """Say whether nobody has done anything to a ticket that was split off. words: messages and notes in it.

    What the desk does by itself (promises, routing) is no reason to keep it.
    """
    later = (event for event in log if event.command_id != split.command_id)
    return words == 1 and not any(event.actor.kind == "person" for event in later)


def _split_off(ticket_id: int, new_id: int) -> int:
    log = standing(stored_events(StreamRef(STREAM, ticket_id)))
    return next(e.seq for e in log if e.type == SPLIT and e.body["other_id"] == new_id)
