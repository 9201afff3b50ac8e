"""What a save did besides (colleagues called, an offer ended) goes when the save is taken back."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import delete

from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import session
from servicedesk.tickets.core.standing_log import standing
from servicedesk.tickets.core.statuses import BY_KEY
from servicedesk.tickets.models import Mention, Ticket, Watcher
from servicedesk.tickets.recording import is_never_done

MENTIONED, WATCHED, UNWATCHED = "people_mentioned", "watcher_added", "watcher_removed"
OFFERED, OFFER_ENDED = "handover_offered", "handover_ended"
# Whoever takes a save back reads these too.
BESIDES: Final = frozenset({MENTIONED, WATCHED, UNWATCHED, OFFERED, OFFER_ENDED, "ticket_opened", "assigned"})


def take_back_besides(ticket: Ticket, log: Sequence[LoggedEvent], command_id: str) -> tuple[int, ...]:
    """Undo what the save `command_id` did besides, and return the events that then count no more.

    Somebody who has stopped following or begun again since keeps what they chose.
    """
    together = [event for event in log if event.command_id == command_id]
    undone = [event for event in together if event.type in (MENTIONED, OFFER_ENDED)]
    undone += [event for event in together if event.type == WATCHED and not _chosen_since(log, event)]
    for event in undone:
        _UNDO[event.type](ticket, log, event)
    return tuple(event.seq for event in undone)


def count_as_never_done(ticket: Ticket, log: Sequence[LoggedEvent], move: LoggedEvent) -> None:
    """Count the times it was sent on since `move`, which was taken back, where that had made it done.

    What is done is passed around without being counted (assignment.py); it was not done after all.
    """
    was_done = BY_KEY[str(move.body["to_status"])].category in ("resolved", "closed")
    if not was_done or not is_never_done(ticket):
        return
    in_triage = False
    for event in standing(log):
        body = event.body
        if event.type == "assigned" and event.seq > move.seq:
            is_sent_on = body["group_id"] != body["from_group_id"] and not in_triage
            ticket.handover_count += is_sent_on and event.actor.kind == "person"
        if event.type in ("ticket_opened", "assigned"):
            in_triage = bool(body["needs_triage"])


def _chosen_since(log: Sequence[LoggedEvent], added: LoggedEvent) -> bool:
    who = added.body["person_id"]
    later = (event for event in log if event.seq > added.seq and event.type in (WATCHED, UNWATCHED))
    return any(event.body["person_id"] == who for event in later)


def _uncall(ticket: Ticket, _log: Sequence[LoggedEvent], event: LoggedEvent) -> None:
    called = (Mention.ticket_id == ticket.id) & (Mention.seq == event.body["message_seq"])
    session().execute(delete(Mention).where(called))


def _unfollow(ticket: Ticket, _log: Sequence[LoggedEvent], event: LoggedEvent) -> None:
    added = (Watcher.ticket_id == ticket.id) & (Watcher.person_id == event.body["person_id"])
    session().execute(delete(Watcher).where(added))


def _offer_again(ticket: Ticket, log: Sequence[LoggedEvent], event: LoggedEvent) -> None:
    offer = next(each for each in log if each.type == OFFERED and each.seq == event.body["offer_seq"])
    said: Any = offer.body
    ticket.offer_seq, ticket.offered_by_id = offer.seq, offer.actor.id
    ticket.offered_group_id, ticket.offered_to_id = said["group_id"], said["person_id"]


_UNDO: Final = {MENTIONED: _uncall, WATCHED: _unfollow, OFFER_ENDED: _offer_again}
