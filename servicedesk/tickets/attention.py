"""What one reader has to do with a ticket: SQL that other statements put beside it."""

from sqlalchemy import ColumnElement, bindparam, exists

from servicedesk.kernel.conditions import Field, FieldType
from servicedesk.kernel.conditions_sql import Membership
from servicedesk.kernel.db import Id
from servicedesk.tickets.fields import TicketField, register
from servicedesk.tickets.models import Draft, Mention, Ticket, Watcher


def is_followed() -> ColumnElement[bool]:
    """Return whether the person `viewer_id` (a parameter) follows the ticket of the statement."""
    viewer = bindparam("viewer_id", type_=Id)
    return exists().where(Watcher.ticket_id == Ticket.id, Watcher.person_id == viewer).correlate(Ticket)


def is_called() -> ColumnElement[bool]:
    """Return whether the person `viewer_id` was mentioned on the ticket and has not looked since."""
    viewer = bindparam("viewer_id", type_=Id)
    unseen = Mention.ticket_id == Ticket.id, Mention.person_id == viewer, Mention.seen_at.is_(None)
    return exists().where(*unseen).correlate(Ticket)


def is_begun() -> ColumnElement[bool]:
    """Return whether the person `viewer_id` has begun a text for the ticket of the statement."""
    viewer = bindparam("viewer_id", type_=Id)
    return exists().where(Draft.ticket_id == Ticket.id, Draft.person_id == viewer).correlate(Ticket)


_FOLLOWED = Membership(Ticket.id, Watcher.ticket_id, Watcher.person_id)
_CALLED = Membership(Ticket.id, Mention.ticket_id, Mention.person_id, Mention.seen_at.is_(None))


def register_fields() -> None:
    """Let queues name who follows a ticket, and who is mentioned on it and has not looked yet."""
    for name, members in (("watchers", _FOLLOWED), ("called", _CALLED)):
        register(TicketField(Field(name, FieldType.SET, member=FieldType.REFERENCE), members))
