"""The tickets behind a figure, page by page: whatever selection a figure counts is listed by the same one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.models import Ticket

LIST_LIMIT = 200
# Where a page ended: moment and ticket of its last row.
Place = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class ListedTicket:
    """A ticket behind a figure; `at` is the moment that brought it there."""

    ticket_id: int
    subject: str
    group_id: int
    priority: int
    status: str
    at: datetime

    @property
    def place(self) -> Place:
        """Where a page that ends with this row ends."""
        return self.at, self.ticket_id


def listed(
    viewer: Actor,
    moments: AnySelect,
    *,
    group_id: int | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> tuple[ListedTicket, ...]:
    """Return the tickets of a selection of (ticket_id, at) that `viewer` may see, latest moment first."""
    found = moments.subquery()
    query = (
        select(Ticket.id, Ticket.subject, Ticket.group_id, Ticket.priority, Ticket.status, found.c.at)
        .join(found, found.c.ticket_id == Ticket.id)
        .where(visible_to(viewer, Permission.REPORT_SEE))
    )
    if group_id is not None:
        query = query.where(Ticket.group_id == group_id)
    if after is not None:
        at, ticket_id = after
        query = query.where(or_(found.c.at < at, and_(found.c.at == at, Ticket.id < ticket_id)))
    rows = session().execute(
        query.order_by(found.c.at.desc(), Ticket.id.desc()).limit(min(limit, LIST_LIMIT))
    )
    return tuple(ListedTicket(*row) for row in rows)
