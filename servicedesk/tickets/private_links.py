"""Private links: one request without signing in, for whoever holds its link; as its requester, and no more.

A link gives the requester's view of that request and answers to it. It gives no file, no other request and
nothing of the account; those want a sign-in. The database holds a digest, never the link.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.identity.queries import actor_of
from servicedesk.identity.tokens import ONE_REQUEST, digest_of, new_nonce, secret_of
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import insert_rows, session
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.save import publish
from servicedesk.tickets.access import may, not_found, ticket_for, triage_ids
from servicedesk.tickets.events import SHOWN_OF_DIGEST, PrivateLinkMade, PrivateLinksEnded
from servicedesk.tickets.models import PrivateLink, Ticket
from servicedesk.tickets.queries import TicketRow

LASTS = timedelta(days=90)
# Whoever looks at the link is to have it for a while: with less left, a new one is made.
LEAST_LEFT = timedelta(days=14)
CAUSE = "private_link"
GIVEN = (Permission.TICKET_SEE, Permission.TICKET_REPLY)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link in force; `secret` is empty for those who may not have it."""

    secret: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever opened a good link: the requester as an actor who reaches this request alone."""

    actor: Actor
    ticket_id: int
    expires_at: datetime


@command
def make_private_link(actor: Actor, ticket_id: int) -> str:
    """Return the secret of the request's link: the one in force, or a new one.

    Requesters make it for their own request, and the desk for any. Raises NotFound for everybody else.
    """
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_SEE)
    if not _may_have(actor, ticket):
        raise not_found()
    found = _in_force(ticket_id, ticket.requester_id)
    if found is not None and found.secret and found.expires_at - clock.now() >= LEAST_LEFT:
        return found.secret
    return _make(ticket)


def _make(ticket: Ticket) -> str:
    nonce, now = new_nonce(), clock.now()
    secret = secret_of(nonce, ONE_REQUEST)
    row = {
        "digest": digest_of(secret),
        "ticket_id": ticket.id,
        "person_id": ticket.requester_id,
        "nonce": nonce,
        "created_at": now,
        "expires_at": now + LASTS,
        "ended_at": None,
    }
    insert_rows(PrivateLink, [row])
    shown = digest_of(secret)[:SHOWN_OF_DIGEST]
    publish(PrivateLinkMade(stream_id=ticket.id, link=shown, expires_at=now + LASTS))
    return secret


@command
def end_private_links(actor: Actor, ticket_id: int) -> int:
    """End every link of a request and return how many there were: its requester may, and whoever edits it."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_SEE)
    if not _may_have(actor, ticket) and not may(actor, Permission.TICKET_EDIT, ticket, triage_ids()):
        raise not_found()
    query = (
        update(PrivateLink)
        .where(PrivateLink.ticket_id == ticket_id, PrivateLink.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(PrivateLink.digest)
    )
    ended = session().scalars(query, execution_options={"synchronize_session": False}).all()
    if ended:
        links = tuple(sorted(digest[:SHOWN_OF_DIGEST] for digest in ended))
        publish(PrivateLinksEnded(stream_id=ticket_id, links=links))
    return len(ended)


def private_link_of(viewer: Actor, ticket: TicketRow) -> LinkRow | None:
    """Return the link in force of a request; None where there is none.

    Its requester sees the secret; whoever edits the request sees only that there is one, to end it. Raises
    NotFound for everybody else.
    """
    if not _may_have(viewer, ticket) and not may(viewer, Permission.TICKET_EDIT, ticket, triage_ids()):
        raise not_found()
    found = _in_force(ticket.id, ticket.requester_id)
    return found if found is None or _may_have(viewer, ticket) else replace(found, secret="")


def holder_of(secret: str) -> Holder:
    """Return who holds a link and which request it is; raises NotFound for one that is no good any more."""
    query = select(
        PrivateLink.digest, PrivateLink.ticket_id, PrivateLink.person_id, PrivateLink.expires_at
    ).where(
        PrivateLink.digest == digest_of(secret),
        PrivateLink.ended_at.is_(None),
        PrivateLink.expires_at > clock.now(),
    )
    row = session().execute(query).one_or_none()
    if row is None:
        raise NotFound("link.no_good", _("This link is too old, was ended, or lost a part on its way."))
    person = actor_of(row.person_id)
    actor = replace(
        person,
        group_ids=frozenset(),
        grants={one: frozenset({Scope.OWN}) for one in GIVEN if person.has(one)},
        is_customer=True,
        only_ticket_id=row.ticket_id,
        because=Cause(CAUSE, row.digest[:SHOWN_OF_DIGEST]),
    )
    return Holder(actor, row.ticket_id, row.expires_at)


def _may_have(actor: Actor, ticket: Ticket | TicketRow) -> bool:
    is_requester = actor.id is not None and actor.id == ticket.requester_id
    return actor.may_everything or (is_requester and actor.only_ticket_id is None)


def _in_force(ticket_id: int, person_id: int) -> LinkRow | None:
    query = (
        select(PrivateLink.digest, PrivateLink.nonce, PrivateLink.created_at, PrivateLink.expires_at)
        .where(
            PrivateLink.ticket_id == ticket_id,
            PrivateLink.person_id == person_id,
            PrivateLink.ended_at.is_(None),
            PrivateLink.expires_at > clock.now(),
        )
        .order_by(PrivateLink.expires_at.desc())
        .limit(1)
    )
    row = session().execute(query).one_or_none()
    if row is None:
        return None
    secret = secret_of(row.nonce, ONE_REQUEST)
    # With another key of the desk the link still works, but nobody can write it down any more.
    return LinkRow(secret if digest_of(secret) == row.digest else "", row.created_at, row.expires_at)
