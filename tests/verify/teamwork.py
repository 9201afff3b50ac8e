"""What colleagues do with each other's tickets in a random history."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import select

from servicedesk.identity.directory import groups
from servicedesk.kernel.db import session
from servicedesk.tickets import watching
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.handing_over import (
    Card,
    accept_handover,
    offer_handover,
    send_back_handover,
    take_back_handover,
)
from servicedesk.tickets.mentioning import see_mentions
from servicedesk.tickets.models import Ticket
from tests.verify.deeds import staff, text

if TYPE_CHECKING:
    from tests.verify.history import History


def hand_over(history: History) -> None:
    """Offer a ticket: mostly by whoever answers for it, else somebody is refused."""
    ticket_id, pick = history.ticket(), history.random.choice
    holder = session().scalar(select(Ticket.assignee_id).where(Ticket.id == ticket_id))
    whoever = [who for who in (*history.agents, history.lead) if who.id == holder] or [history.administrator]
    group = pick(list(groups().values()))
    card = Card(text(history), text(history), text(history), "")
    person = pick([None, group.lead_id, history.agents[0].id])
    offer_handover(pick(whoever), ticket_id, card=card, group_id=group.id, person_id=person)


def answer_offer(history: History) -> None:
    """Accept it, send it back or take it back, whoever it is that tries."""
    who, ticket_id = history.random.choice([staff(history), history.administrator]), history.ticket()
    if history.random.random() < 0.3:
        send_back_handover(who, ticket_id, why=text(history))
    else:
        history.random.choice([accept_handover, accept_handover, take_back_handover])(who, ticket_id)


def follow(history: History) -> None:
    """Follow a ticket or stop, for oneself or for a colleague."""
    who, ticket_id, pick = staff(history), history.ticket(), history.random.choice
    other = pick([*history.agents, history.lead, *history.customers]).id or 0
    pick(
        [
            lambda: watching.follow(who, ticket_id),
            lambda: watching.unfollow(who, ticket_id),
            lambda: watching.add_colleague(who, ticket_id, person_id=other),
            lambda: watching.remove_colleague(who, ticket_id, person_id=other),
        ]
    )()


def call_somebody(history: History) -> None:
    """Write a note or an answer that names somebody."""
    who, ticket_id, pick = staff(history), history.ticket(), history.random.choice
    named = pick([*history.agents, history.lead, *history.customers])
    pick([reply, add_note])(who, ticket_id, text=f"{text(history)} @{named.name} {text(history)}")


def look(history: History) -> None:
    see_mentions(staff(history), history.ticket())


# How often each is done, against the deeds of deeds.py.
TEAMWORK: dict[Callable[[History], object], int] = {
    hand_over: 10,
    answer_offer: 12,
    follow: 6,
    call_somebody: 5,
    look: 3,
}
