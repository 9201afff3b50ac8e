"""Following a ticket. It gives no rights: who follows sees of it what they would see anyway."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.models import Person
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import actor_of
from servicedesk.kernel.command import command
from servicedesk.kernel.db import Id, connection, insert_rows, session
from servicedesk.kernel.errors import Invalid, NotFound, Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.prepared import Prepared
from servicedesk.tickets.access import may, ticket_for, triage_ids
from servicedesk.tickets.models import Ticket, Watcher
from servicedesk.tickets.queries import TicketRow
from servicedesk.tickets.recording import record
from servicedesk.tickets.team_events import WatcherAdded, WatcherRemoved

MOST_WATCHERS = 50


@dataclass(frozen=True, slots=True)
class WatcherRow:
    """Somebody who follows a ticket."""

    person_id: int
    name: str


@command
def follow(actor: Actor, ticket_id: int) -> None:
    """Follow a ticket that the actor may see."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_SEE)
    if actor.id is None:
        raise Refused("watch.nobody", _("Only a person can follow a request."))
    add_watcher(ticket, actor.id)


@command
def unfollow(actor: Actor, ticket_id: int) -> None:
    """Stop following a ticket."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_SEE)
    if actor.id is not None:
        _remove(ticket, actor.id)


@command
def add_colleague(actor: Actor, ticket_id: int, *, person_id: int) -> None:
    """Let a colleague who may see the ticket follow it."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_NOTE)
    if colleague_of(ticket, person_id) is None:
        raise Invalid(
            "watch.cannot_see", _("Choose a colleague who may see this request."), field="person_id"
        )
    add_watcher(ticket, person_id)


@command
def remove_colleague(actor: Actor, ticket_id: int, *, person_id: int) -> None:
    """Take somebody off the list of those who follow the ticket."""
    _remove(ticket_for(actor, ticket_id, Permission.TICKET_NOTE), person_id)


def colleague_of(ticket: Ticket | TicketRow, person_id: int) -> Actor | None:
    """Return somebody of the desk who may read all of the ticket; None for anybody else, or nobody."""
    try:
        found = actor_of(person_id)
    except NotFound:
        return None
    is_of_desk = found.has(Permission.QUEUE_SEE)
    return found if is_of_desk and may(found, Permission.TICKET_SEE_NOTES, ticket, triage_ids()) else None


def add_watcher(ticket: Ticket, person_id: int) -> None:
    """Let somebody follow the ticket, unless they do; the caller has checked that they may see it."""
    here = select(Watcher.person_id).where(Watcher.ticket_id == ticket.id)
    if session().scalar(here.where(Watcher.person_id == person_id)) is not None:
        return
    count = session().scalar(select(func.count()).select_from(here.subquery())) or 0
    if count >= MOST_WATCHERS:
        raise Refused("watch.too_many", _("Fifty people follow this request: nobody else can be added."))
    insert_rows(Watcher, [{"ticket_id": ticket.id, "person_id": person_id}])
    record(ticket, WatcherAdded(stream_id=ticket.id, person_id=person_id))


def _remove(ticket: Ticket, person_id: int) -> None:
    query = (
        delete(Watcher)
        .where(Watcher.ticket_id == ticket.id, Watcher.person_id == person_id)
        .returning(Watcher.person_id)
    )
    options = {"synchronize_session": False}
    if session().execute(query, execution_options=options).first() is not None:
        record(ticket, WatcherRemoved(stream_id=ticket.id, person_id=person_id))


def watchers_of(viewer: Actor, ticket: TicketRow) -> tuple[WatcherRow, ...]:
    """Return who follows a ticket, by name, to those who may read its notes; nobody to others."""
    if not may(viewer, Permission.TICKET_SEE_NOTES, ticket, triage_ids()):
        return ()
    return tuple(WatcherRow(*row) for row in _WATCHERS.rows(connection(), ticket_id=ticket.id))


_WATCHERS = Prepared(
    select(Person.id, Person.name)
    .join(Watcher, Watcher.person_id == Person.id)
    .where(Watcher.ticket_id == bindparam("ticket_id", type_=Id))
    .order_by(Person.name, Person.id)
    .limit(MOST_WATCHERS)
)
