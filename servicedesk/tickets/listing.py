"""Plain lists of tickets, newest first, for the API and exports."""

from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queries import TicketRow, as_seen_by, select_tickets, ticket_row

MOST = 201
LIST_LIMIT = 200


def newest(
    viewer: Actor, *, status_category: str | None = None, after: int | None = None, limit: int = 50
) -> list[TicketRow]:
    """Return the tickets that `viewer` may see in falling order of number; `after` is the last one shown."""
    query = select_tickets().where(visible_to(viewer))
    if status_category is not None:
        query = query.where(Ticket.status_category == status_category)
    if after is not None:
        query = query.where(Ticket.id < after)
    query = query.order_by(Ticket.id.desc()).limit(min(limit, MOST))
    return as_seen_by(viewer, [ticket_row(tuple(values)) for values in session().execute(query)])


def own_requests(viewer: Actor, *, limit: int = 50, open_only: bool = False) -> list[TicketRow]:
    """Return the viewer's own requests, the last changed first."""
    query = select_tickets().where(Ticket.requester_id == viewer.id, visible_to(viewer))
    if open_only:
        query = query.where(Ticket.status_category.in_(("open", "waiting")))
    query = query.order_by(Ticket.changed_at.desc(), Ticket.id.desc()).limit(min(limit, LIST_LIMIT))
    return as_seen_by(viewer, [ticket_row(tuple(values)) for values in session().execute(query)])


def others_of(viewer: Actor, ticket: TicketRow, *, limit: int = 8) -> list[TicketRow]:
    """Return other tickets of the same requester that are not closed, the newest first."""
    query = select_tickets().where(Ticket.requester_id == ticket.requester_id, Ticket.id != ticket.id)
    query = query.where(Ticket.status_category != "closed", visible_to(viewer))
    query = query.order_by(Ticket.id.desc()).limit(limit)
    return [ticket_row(tuple(values)) for values in session().execute(query)]
