"""What is done and undone again in a random history."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from servicedesk.kernel.db import session
from servicedesk.kernel.errors import DeskError
from servicedesk.tickets import conversation, merging, progress, splitting, taking_back
from servicedesk.tickets.models import Message, Ticket
from servicedesk.tickets.uploads import take_in
from tests.verify.deeds import agent_replies, assign, customer_replies, edit_fields, erase, note, staff, text

if TYPE_CHECKING:
    from tests.verify.history import History


def take_back(history: History) -> None:
    """Send a reply, let some seconds and perhaps another deed pass, and take it back."""
    who, ticket_id, pick = staff(history), history.ticket(), history.random.choice
    said, files = text(history) or "yes", []
    if history.random.random() < 0.3:
        files = [take_in(who, BytesIO(b"same"), name="log.txt").id]
    how = pick(["reply", "wait", "resolve"])
    if how == "reply":
        conversation.reply(who, ticket_id, text=said, uploads=files)
    elif how == "wait":
        progress.wait_for(who, ticket_id, status="waiting_customer", text=said, uploads=files)
    else:
        progress.resolve_ticket(who, ticket_id, answer=said, uploads=files)
    history.clock.move(seconds=pick([0, 0, 5, 14, 15]))
    between = pick([None, None, None, edit_fields, note, assign, customer_replies, agent_replies, erase])
    seq = taking_back.last_reply(who, ticket_id) or 2
    with suppress(DeskError):
        if between:
            between(history)
    # What came before is a deed of its own: a refusal of the last one leaves that behind.
    with suppress(DeskError):
        taking_back.take_back_reply(who, ticket_id, seq=seq)
        history.done["taken back"] += 1


def pair(history: History) -> tuple[int, int]:
    """Return two tickets at random, mostly of one requester."""
    first = history.ticket()
    asked = session().scalar(select(Ticket.requester_id).where(Ticket.id == first))
    same = session().scalars(select(Ticket.id).where(Ticket.requester_id == asked, Ticket.id != first)).all()
    return first, history.random.choice([*same[-8:], first, 1])


def merge(history: History) -> None:
    one, other = pair(history)
    merging.merge_tickets(staff(history), one, into_id=other, confirmed=history.random.random() < 0.5)


def undo_merge(history: History) -> None:
    merged = session().scalars(select(Ticket.id).where(Ticket.merged_into_id.is_not(None))).all()
    merging.undo_merge(staff(history), history.random.choice([*merged[-5:], history.ticket()]))


def split(history: History) -> None:
    ticket_id, pick = history.ticket(), history.random.choice
    theirs = (Message.ticket_id == ticket_id) & (Message.by == "customer")
    said = session().scalars(select(Message.seq).where(theirs).order_by(Message.seq)).all()
    chosen = history.random.sample(list(said), min(len(said), pick([1, 1, 2])))
    key = pick([None, f"split-{history.seed}-{history.random.randrange(10**9)}"])
    seqs = [*chosen, *pick([[], [], [99]])]
    history.at_hand = splitting.split_ticket(
        staff(history), ticket_id, seqs=seqs, subject=text(history) or "more", key=key
    )


def undo_split(history: History) -> None:
    latest = session().scalar(select(func.max(Ticket.id)))
    splitting.undo_split(staff(history), history.random.choice([latest, history.ticket()]))


# How often each is done, against the deeds of deeds.py.
UNDOINGS: dict[Callable[[History], object], int] = {
    take_back: 10, merge: 8, undo_merge: 7, split: 12, undo_split: 10,
}  # fmt: skip
