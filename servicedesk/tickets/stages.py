"""Where the work stands now: open tickets by status, and how long the oldest has been there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queue import open_tickets


@dataclass(frozen=True, slots=True)
class Stage:
    """How many open tickets have one status; `quiet_since` is the longest time without any change."""

    status: str
    count: int
    unassigned: int
    quiet_since: datetime


def stages(viewer: Actor) -> tuple[Stage, ...]:
    """Return the stages of the open tickets that `viewer` may see, by status key."""
    query = (
        select(
            Ticket.status,
            func.count(),
            func.count().filter(Ticket.assignee_id.is_(None)),
            func.min(Ticket.changed_at),
        )
        .where(open_tickets(), visible_to(viewer, Permission.REPORT_SEE))
        .group_by(Ticket.status)
        .order_by(Ticket.status)
    )
    return tuple(Stage(*row) for row in session().execute(query))
