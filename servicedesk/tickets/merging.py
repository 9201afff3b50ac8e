"""Merging a ticket into another one, and undoing that: two logs that name each other, and nothing moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import actor_of
from servicedesk.kernel import clock
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.command import command
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import DeskError, Invalid, NotFound, Refused
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.access import TicketFacts, may, ticket_for, triage_ids
from servicedesk.tickets.core.standing_log import TAKEN_BACK, standing
from servicedesk.tickets.core.statuses import Move
from servicedesk.tickets.events import STREAM, TakenBack, TicketsMerged
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.recording import move_status, record
from servicedesk.tickets.taking_back import restore_status
from servicedesk.tickets.undone_besides import BESIDES, count_as_never_done, take_back_besides

UNDO_WITHIN = timedelta(hours=24)
MERGED = TicketsMerged.type
PASSED_ON = "message_passed_on"
_READ = BESIDES | {MERGED, PASSED_ON, "status_changed", TAKEN_BACK}


class Side(TicketFacts, Protocol):
    """What is looked at of either ticket."""

    @property
    def id(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def status_category(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge that still stands, in the log of the ticket that was merged."""

    into_id: int
    at: datetime
    merged: LoggedEvent
    move: LoggedEvent
    is_answered: bool

    def may_be_undone(self, now: datetime) -> bool:
        """Say whether nothing speaks against undoing it."""
        return not self.is_answered and now <= self.at + UNDO_WITHIN


@command
def merge_tickets(
    actor: Actor,
    ticket_id: int,
    *,
    into_id: int,
    confirmed: bool = False,
    expected_version: int | None = None,
) -> None:
    """Let a ticket go on in another one: its clocks end uncounted, its number leads there from now on.

    Each message stays in its own log and is shown to whoever may see its own ticket. confirmed: the actor
    knows that the two come from different people. Raises Refused where either of them could then read, or
    would no longer hear, what goes on in the other's.
    """
    if ticket_id == into_id:
        raise Invalid("merge.itself", _("Choose another request than this one."), field="into")
    source, target = _both(actor, ticket_id, into_id, expected_version)
    problem = why_not(source, target)
    if problem is not None:
        raise problem
    if source.requester_id != target.requester_id and not confirmed:
        sentence = _("These come from different people. Say that this is meant.")
        raise Invalid("merge.unconfirmed", sentence, field="confirmed")
    now = clock.now()
    record(source, TicketsMerged(stream_id=source.id, other_id=target.id, relation="into"))
    move_status(source, Move.MERGE, at=now, reason="merged")
    source.merged_into_id = target.id
    record(target, TicketsMerged(stream_id=target.id, other_id=source.id, relation="from"))
    target.merged_count += 1


def _both(actor: Actor, one_id: int, other_id: int, version: int | None = None) -> tuple[Ticket, Ticket]:
    """Return both tickets, locked in one order: merges that cross must not wait for each other."""
    versions = {one_id: version}
    found = {
        each: ticket_for(actor, each, Permission.TICKET_EDIT, expected_version=versions.get(each))
        for each in sorted((one_id, other_id))
    }
    return found[one_id], found[other_id]


def why_not(source: Side, target: Side) -> DeskError | None:
    """Return why `source` may not be merged into `target`; None where it may."""
    if source.status_category == "closed":
        return Refused("merge.closed", _("A closed request is not merged. Reopen it first."))
    if target.status == "merged":
        sentence = _("That request was merged itself. Choose the one that it goes on in.")
        return Refused("merge.into_merged", sentence)
    if target.status_category == "closed":
        return Refused("merge.into_closed", _("That request is closed. Choose an open one."))
    if not _hear_of_both(source, target):
        sentence = _(
            "These come from people who may not see each other's requests: one of them would read what is not"
            " theirs, or hear no more. Answer them one by one."
        )
        return Refused("merge.foreign", sentence)
    return None


def _hear_of_both(source: Side, target: Side) -> bool:
    """Say whether both requesters may see and answer both tickets by the rights that they have anyway."""
    if source.requester_id == target.requester_id:
        return True
    needed, triage = (Permission.TICKET_SEE, Permission.TICKET_REPLY), triage_ids()
    try:
        people = [actor_of(side.requester_id) for side in (source, target)]
    except NotFound:
        return False
    return all(may(who, what, side, triage) for who in people for side in (source, target) for what in needed)


@command
def undo_merge(actor: Actor, ticket_id: int) -> None:
    """Give a merged ticket its own life back, within 24 hours: state, clocks and rights as before the merge.

    Whoever may edit both may do it. Refused once a customer's message to it went to the other ticket.
    """
    into_id = session().scalar(select(Ticket.merged_into_id).where(Ticket.id == ticket_id))
    if into_id is None:
        ticket_for(actor, ticket_id, Permission.TICKET_EDIT)
        raise _not_merged()
    source, target = _both(actor, ticket_id, into_id)
    log = stored_events(StreamRef(STREAM, source.id), _READ)
    merge = _merge_in(log)
    now = clock.now()
    if merge is None or merge.into_id != target.id:
        raise _not_merged()
    if merge.is_answered:
        sentence = _("Its customer has written since, and that is in the other request. They stay together.")
        raise Refused("merge.answered", sentence)
    if not merge.may_be_undone(now):
        raise Refused("merge.too_late", _("It was merged more than 24 hours ago and stays so."))
    besides = take_back_besides(source, log, merge.merged.command_id)
    undone = (merge.merged.seq, merge.move.seq, *besides)
    record(source, TakenBack(stream_id=source.id, seqs=undone, what="merge"))
    restore_status(source, log, merge.move, now)
    count_as_never_done(source, log, merge.move)
    source.merged_into_id = None
    arrived = _arrival(target.id, source.id, merge.merged.command_id)
    record(target, TakenBack(stream_id=target.id, seqs=(arrived.seq,), what="merge"))
    target.merged_count -= 1


def _not_merged() -> Refused:
    return Refused("merge.not_merged", _("This request is not merged, or no longer."))


def _merge_in(log: Sequence[LoggedEvent]) -> Merge | None:
    told = standing(log)
    merged = next((e for e in reversed(told) if e.type == MERGED and e.body["relation"] == "into"), None)
    if merged is None:
        return None
    after = [event for event in told if event.seq > merged.seq]
    move = next(event for event in after if event.type == "status_changed")
    is_answered = any(event.type == PASSED_ON for event in after)
    return Merge(int(str(merged.body["other_id"])), merged.at, merged, move, is_answered)


def _arrival(target_id: int, source_id: int, command_id: str) -> LoggedEvent:
    log = stored_events(StreamRef(STREAM, target_id), {MERGED})
    return next(e for e in log if e.command_id == command_id and e.body["other_id"] == source_id)


def merge_of(ticket_id: int) -> Merge | None:
    """Return the merge that made a ticket go on in another one; the caller has checked the viewer."""
    return _merge_in(stored_events(StreamRef(STREAM, ticket_id), _READ))
