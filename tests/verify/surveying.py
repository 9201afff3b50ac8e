"""What people say of how it went, in a random history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.demo.ratings import ask_how_it_went, say_how_it_went
from servicedesk.identity.actor import system_actor
from servicedesk.kernel.db import session
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.models import Ticket

if TYPE_CHECKING:
    from tests.verify.history import History


def rate(history: History) -> None:
    """Ask about the last move of a ticket and answer, once, twice, or without having been asked."""
    ticket_id, pick = history.ticket(), history.random.choice
    requester = session().scalar(select(Ticket.requester_id).where(Ticket.id == ticket_id))
    resolution = 2
    if pick([True, True, False]):
        resolution = ask_how_it_went(system_actor(Cause("test")), ticket_id)
    for customer in history.customers:
        if customer.id == requester and pick([True, False]):
            say_how_it_went(customer, ticket_id, resolution=resolution, score=pick([1, 3, 5]))
