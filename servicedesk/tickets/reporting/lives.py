"""When a ticket was open, said in SQL: from its opening to its end, but for the times when it was done."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_

from servicedesk.tickets.models import Reopening, Ticket
from servicedesk.tickets.queue import open_tickets


def done_at() -> ColumnElement[datetime]:
    """Return when the ticket was done for the last time: resolved, or withdrawn; NULL while it is open."""
    return func.coalesce(Ticket.resolved_at, Ticket.closed_at)


def has_known_life() -> ColumnElement[bool]:
    """Say whether both ends are known: imported tables may lack the opening or the end."""
    return and_(Ticket.times_known, or_(open_tickets(), done_at().is_not(None)))


def was_open(at: datetime) -> ColumnElement[bool]:
    """Say whether the ticket was open at an instant; it is at that of its opening, not at that of its end."""
    between = exists().where(
        Reopening.ticket_id == Ticket.id, Reopening.done_at <= at, Reopening.reopened_at > at
    )
    still = or_(done_at() > at, and_(done_at().is_(None), open_tickets()))
    return and_(Ticket.times_known, Ticket.opened_at <= at, still, ~between)
