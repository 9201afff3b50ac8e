"""Tickets as lists of reports show them, by their numbers."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import session
from servicedesk.kernel.many_rows import among
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class ListedRow:
    """What a list says of a ticket."""

    subject: str
    group_id: int
    priority: int


def tickets_by_id(viewer: Actor, ticket_ids: Collection[int]) -> dict[int, ListedRow]:
    """Return the tickets of these that the viewer may see in reports."""
    query = select(Ticket.id, Ticket.subject, Ticket.group_id, Ticket.priority).where(
        among(Ticket.id.expression, ticket_ids), visible_to(viewer, Permission.REPORT_SEE)
    )
    rows = session().execute(query)
    return {row.id: ListedRow(row.subject, row.group_id, row.priority) for row in rows}
