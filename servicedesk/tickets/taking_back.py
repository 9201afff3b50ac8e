"""Taking back a reply that was just sent: everything is as before, and its writer has the text again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.command import IdempotencyKey, command
from servicedesk.kernel.db import connection, insert_rows, session
from servicedesk.kernel.errors import NotAllowed, Refused
from servicedesk.kernel.events import stored_events, stored_texts
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.jobs import later
from servicedesk.kernel.prepared import Prepared
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.core.standing_log import TAKEN_BACK, standing, taken_back
from servicedesk.tickets.core.statuses import BY_KEY
from servicedesk.tickets.events import STREAM, TakenBack
from servicedesk.tickets.held import may_be_taken_back_for
from servicedesk.tickets.models import Attachment, Message, Ticket, Upload
from servicedesk.tickets.progress import closing_time
from servicedesk.tickets.queries import ticket_detail
from servicedesk.tickets.recording import is_never_done, preview_of, record
from servicedesk.tickets.undone_besides import BESIDES, count_as_never_done, take_back_besides

_READ = BESIDES | {"message_added", "attachment_added", "status_changed", "text_erased", TAKEN_BACK}


@dataclass(frozen=True, slots=True)
class Unsent:
    """A reply that was taken back: its text, its files as uploads, and what was to follow (wait, resolve)."""

    text: str
    uploads: tuple[str, ...]
    then: str


@dataclass(frozen=True, slots=True)
class _Reply:
    """A reply in the log: the message, and the events of its save that go with it."""

    said: LoggedEvent
    files: tuple[LoggedEvent, ...]
    moves: tuple[LoggedEvent, ...]

    @property
    def seqs(self) -> tuple[int, ...]:
        return tuple(sorted(event.seq for event in (self.said, *self.files, *self.moves)))


@command
def take_back_reply(actor: Actor, ticket_id: int, *, seq: int) -> None:
    """Take back the reply that the event `seq` recorded; only its writer may, and only at once.

    It counts as if it had not been sent: status, clocks and figures are those from before. Refused once
    anybody said something else or moved the status, and when its customer may have seen it.
    """
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_REPLY)
    log = stored_events(StreamRef(STREAM, ticket_id), _READ)
    reply = _reply(log, seq)
    _check(actor, log, reply, seq, clock.now())
    besides = take_back_besides(ticket, log, reply.said.command_id)
    record(ticket, TakenBack(stream_id=ticket_id, seqs=(*reply.seqs, *besides), what="reply"))
    _give_back_files(actor, ticket_id, reply)
    here = Message.ticket_id == ticket_id
    session().execute(delete(Message).where(here, Message.seq == seq))
    _restore_words(ticket, log, reply)
    if reply.moves:
        restore_status(ticket, log, reply.moves[0], clock.now())
        count_as_never_done(ticket, log, reply.moves[0])
    if is_never_done(ticket):
        ticket.answer_count -= 1
    # A form that comes again must not be answered as one that was taken.
    used = (IdempotencyKey.result == ticket_id) & (IdempotencyKey.created_at == reply.said.received_at)
    session().execute(delete(IdempotencyKey).where(used), execution_options={"synchronize_session": False})


def _reply(log: Sequence[LoggedEvent], seq: int) -> _Reply:
    said = next((event for event in log if event.seq == seq and event.type == "message_added"), None)
    if said is None or said.body["by"] != "agent":
        raise _not_yours()
    together = [event for event in log if event.command_id == said.command_id]
    files = [e for e in together if e.type == "attachment_added" and e.body["message_seq"] == seq]
    moves = [event for event in together if event.type == "status_changed"]
    return _Reply(said, tuple(files), tuple(moves))


def _check(actor: Actor, log: Sequence[LoggedEvent], reply: _Reply, seq: int, now: datetime) -> None:
    if actor.id is None or reply.said.body["author_id"] != actor.id:
        raise _not_yours()
    if seq in taken_back(log):
        raise Refused("undo.already", _("This reply was already taken back."))
    if now >= reply.said.at + may_be_taken_back_for():
        raise Refused("undo.too_late", _("It is too late to take this reply back: it is with the customer."))
    after = (event for event in standing(log) if event.seq > seq and event.seq not in reply.seqs)
    if any(event.type in ("message_added", "status_changed") or _erases(event, seq) for event in after):
        raise Refused(
            "undo.meanwhile",
            _("Something else happened since, so the reply stays. Look at what is new."),
        )


def _erases(event: LoggedEvent, seq: int) -> bool:
    seqs: Any = event.body.get("seqs", ())
    return event.type == "text_erased" and seq in seqs


def _not_yours() -> NotAllowed:
    return NotAllowed("undo.not_yours", _("Only who sent a reply can take it back."))


def _give_back_files(actor: Actor, ticket_id: int, reply: _Reply) -> None:
    """Let the files wait for a text again, as they did before."""
    seqs = [event.seq for event in reply.files]
    if not seqs:
        return
    of_reply = (Attachment.ticket_id == ticket_id) & Attachment.seq.in_(seqs)
    kept = dict(session().execute(select(Attachment.seq, Attachment.sha256).where(of_reply)).all())
    names = {seq: text["name"] for seq, text in stored_texts(StreamRef(STREAM, ticket_id), seqs).items()}
    rows = [
        {
            "id": _upload_id(ticket_id, seq),
            "person_id": actor.id,
            "sha256": kept[seq],
            "name": names[seq],
            "created_at": clock.now(),
        }
        for seq in seqs
        if kept.get(seq) and seq in names
    ]
    session().execute(delete(Attachment).where(of_reply))
    insert_rows(Upload, rows)


def _upload_id(ticket_id: int, seq: int) -> str:
    """Return the id of a file given back; that it can be told beforehand helps nobody but its owner."""
    return f"back-{ticket_id}-{seq}"


def _restore_words(ticket: Ticket, log: Sequence[LoggedEvent], reply: _Reply) -> None:
    """Set the columns that tell of the last word, and of the first answer, to what they were."""
    others = (Message.ticket_id == ticket.id) & Message.public & (Message.seq != reply.said.seq)
    by_seq = select(Message.seq, Message.by, Message.at).where(others)
    last = session().execute(by_seq.order_by(Message.at.desc(), Message.seq.desc()).limit(1)).one_or_none()
    first = by_seq.where(Message.by == "agent").order_by(Message.at, Message.seq).limit(1)
    answer = session().execute(first).one_or_none()
    ticket.answered_at = answer.at if answer else None
    ticket.last_message_at = last.at if last else None
    ticket.last_by = last.by if last else None
    texts = stored_texts(StreamRef(STREAM, ticket.id), [last.seq]) if last else {}
    ticket.preview = preview_of(str(texts[last.seq].get("text", ""))) if last and texts else ""


def restore_status(ticket: Ticket, log: Sequence[LoggedEvent], move: LoggedEvent, now: datetime) -> None:
    """Set the columns that follow from the status to what they were before `move`, the last one of `log`.

    What was to happen by itself in between (waking, closing) is asked for again.
    """
    ticket.status = str(move.body["from_status"])
    ticket.status_category = str(BY_KEY[ticket.status].category)
    ticket.closed_at = None
    ticket.closed_by_itself = False
    if ticket.status_category != "resolved":
        ticket.resolved_at = None
    moves = [e for e in standing(log) if e.type == "status_changed" and e.seq < move.seq]
    woken = moves[-1].body["wake_at"] if moves else None
    ticket.wake_at = datetime.fromisoformat(str(woken)) if woken else None
    before = moves[-1].seq if moves else 0
    if ticket.wake_at is not None and ticket.wake_at <= now:
        _again("wake", ticket.id, before, ticket.wake_at)
    elif ticket.resolved_at is not None and closing_time(ticket.resolved_at) <= now:
        _again("close", ticket.id, before, closing_time(ticket.resolved_at))


def _again(what: str, ticket_id: int, seq: int, run_at: datetime) -> None:
    key = f"{what}:{ticket_id}:{seq}:again:{clock.now().isoformat()}"
    later(f"tickets.{what}", run_at=run_at, unique_key=key, ticket_id=ticket_id, version=seq)


_LAST_REPLY = Prepared(
    select(Message.seq)
    .where(
        Message.ticket_id == bindparam("ticket_id", type_=Message.ticket_id.type),
        Message.public,
        Message.by == "agent",
        Message.author_id == bindparam("author_id", type_=Message.author_id.type),
        Message.at > bindparam("begins", type_=Message.at.type),
    )
    .order_by(Message.seq.desc())
    .limit(1)
)


def last_reply(actor: Actor, ticket_id: int) -> int | None:
    """Return the number of the actor's newest reply, if it may still be taken back."""
    begins = clock.now() - may_be_taken_back_for()
    found = _LAST_REPLY.rows(connection(), ticket_id=ticket_id, author_id=actor.id, begins=begins)
    return int(found[0].seq) if found else None


def unsent_reply(viewer: Actor, ticket_id: int, seq: int) -> Unsent | None:
    """Return a reply that the viewer took back; None where it is none, or when they have replied since."""
    ticket_detail(viewer, ticket_id)
    log = stored_events(StreamRef(STREAM, ticket_id), _READ)
    if seq not in taken_back(log):
        return None
    said = next((e for e in log if e.seq == seq and e.type == "message_added"), None)
    later_words = [e for e in log if e.seq > seq and e.type == "message_added" and said]
    is_mine = said is not None and said.body["author_id"] == viewer.id and viewer.id is not None
    if not is_mine or any(event.body["author_id"] == viewer.id for event in later_words):
        return None
    reply = _reply(log, seq)
    text = stored_texts(StreamRef(STREAM, ticket_id), [seq]).get(seq, {}).get("text", "")
    moves = [str(event.body["move"]) for event in reply.moves]
    then = next((move for move in moves if move in ("wait", "resolve")), "")
    return Unsent(str(text), tuple(_upload_id(ticket_id, event.seq) for event in reply.files), then)
