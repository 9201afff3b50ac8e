"""What people do in a random history without signing in, and the whole table of deeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import select

from servicedesk.identity.actor import system_actor
from servicedesk.identity.tokens import ONE_REQUEST, secret_of
from servicedesk.kernel.db import session
from servicedesk.kernel.refs import Cause
from servicedesk.tickets import conversation, private_links, surveys
from servicedesk.tickets.models import PrivateLink
from tests.verify import deeds

if TYPE_CHECKING:
    from tests.verify.history import History


def make_link(history: History) -> None:
    ticket_id = history.ticket()
    private_links.make_private_link(deeds.requester(history, ticket_id), ticket_id)


def say_by_link(history: History) -> None:
    """Answer through the private link of a request, where it has one."""
    query = select(PrivateLink.nonce, PrivateLink.ticket_id).where(PrivateLink.ended_at.is_(None))
    links = session().execute(query.order_by(PrivateLink.created_at, PrivateLink.digest)).all()
    if links:
        nonce, ticket_id = history.random.choice(links)
        holder = private_links.holder_of(secret_of(nonce, ONE_REQUEST))
        conversation.reply(holder.actor, ticket_id, text=deeds.text(history), channel="link")


def end_links(history: History) -> None:
    private_links.end_private_links(deeds.staff(history), history.ticket())


def ask_how_it_was(history: History) -> None:
    ticket_id = history.ticket()
    resolution = surveys.standing_of(ticket_id).resolution
    if resolution is not None:
        surveys.ask_survey(system_actor(Cause("schedule")), ticket_id, resolution=resolution)


def rate(history: History) -> None:
    """Rate the present resolution, or one that never was."""
    ticket_id, pick = history.ticket(), history.random.choice
    resolution = surveys.standing_of(ticket_id).resolution or 1
    comment, score = pick(["", deeds.text(history)]), pick([1, 2, 3, 4, 5, 6])
    requester = deeds.requester(history, ticket_id)
    surveys.rate(requester, ticket_id, resolution=resolution, score=score, comment=comment)


DEEDS: dict[Callable[[History], object], int] = deeds.DEEDS | {
    make_link: 4, say_by_link: 4, end_links: 1, ask_how_it_was: 4, rate: 6,
}  # fmt: skip
