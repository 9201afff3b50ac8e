"""Calling a colleague to a ticket: @name in a note or in an agent's reply."""

from collections.abc import Mapping

from sqlalchemy import func, select, update

from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import assignable_agents, groups
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.command import command
from servicedesk.kernel.db import insert_rows, session
from servicedesk.kernel.folding import fold_text
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.core.mentions import may_call, mentions_in
from servicedesk.tickets.models import Mention, Ticket, Watcher
from servicedesk.tickets.queries import TicketRow
from servicedesk.tickets.recording import record
from servicedesk.tickets.team_events import PeopleMentioned
from servicedesk.tickets.watching import MOST_WATCHERS, add_watcher, colleague_of

MOST_MENTIONS = 10
# So many of those whose names fit are looked at, each for whether they may see the ticket.
MOST_SUGGESTED = 8


def agents_by_name() -> Mapping[int, str]:
    """Return everybody who can be called to a ticket, before it is asked whether they may see it."""
    return {person_id: name for group_id in groups() for person_id, name in assignable_agents(group_id)}


def mention(ticket: Ticket, actor: Actor, text: str, logged: LoggedEvent) -> None:
    """Record whom the message or note `logged` calls; they follow the ticket from here.

    Only people of the desk who may read all of the ticket are called, whatever name is written.
    """
    if not may_call(text):
        return
    named = {person for found in mentions_in(text, agents_by_name()) for person in found.person_ids}
    chosen = sorted(named - {actor.id})[:MOST_MENTIONS]
    called = tuple(person_id for person_id in chosen if colleague_of(ticket, person_id) is not None)
    if not called:
        return
    record(ticket, PeopleMentioned(stream_id=ticket.id, message_seq=logged.seq, person_ids=called))
    insert_rows(
        Mention,
        [{"ticket_id": ticket.id, "seq": logged.seq, "person_id": each, "seen_at": None} for each in called],
    )
    following = session().scalar(select(func.count()).where(Watcher.ticket_id == ticket.id)) or 0
    for person_id in called[: MOST_WATCHERS - following]:
        add_watcher(ticket, person_id)


@command
def see_mentions(actor: Actor, ticket_id: int) -> None:
    """Note that the actor has looked at what called them to the ticket."""
    ticket_for(actor, ticket_id, Permission.TICKET_SEE)
    session().execute(
        update(Mention)
        .where(Mention.ticket_id == ticket_id, Mention.person_id == actor.id, Mention.seen_at.is_(None))
        .values(seen_at=clock.now()),
        execution_options={"synchronize_session": False},
    )


def suggested(viewer: Actor, ticket: TicketRow, text: str) -> list[tuple[int, str]]:
    """Return (id, name) of colleagues who may see the ticket and whose name has a word like `text`."""
    wanted = fold_text(text.strip())
    fitting = [
        (person_id, name)
        for person_id, name in agents_by_name().items()
        if person_id != viewer.id and _fits(fold_text(name), wanted)
    ]
    nearest = sorted(fitting, key=lambda each: (not fold_text(each[1]).startswith(wanted), each[1], each[0]))
    return [each for each in nearest[:MOST_SUGGESTED] if colleague_of(ticket, each[0]) is not None]


def _fits(name: str, wanted: str) -> bool:
    return name.startswith(wanted) or f" {wanted}" in name
