"""How the demo's customers found it: invented answers to the question after a resolution."""

from sqlalchemy import func, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.command import command
from servicedesk.kernel.db import session
from servicedesk.kernel.event_log import EventRow
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.events import STREAM, SurveyAnswered, SurveyAsked
from servicedesk.tickets.recording import record


@command
def ask_how_it_went(desk: Actor, ticket_id: int) -> int:
    """Ask the requester of a ticket that was just resolved; return the event that resolved it."""
    ticket = ticket_for(desk, ticket_id, Permission.TICKET_RESOLVE)
    moved = select(func.max(EventRow.seq)).where(
        EventRow.stream_kind == STREAM, EventRow.stream_id == ticket_id, EventRow.type == "status_changed"
    )
    resolution = session().scalar(moved) or 1
    record(ticket, SurveyAsked(stream_id=ticket_id, resolution=resolution))
    return resolution


@command
def say_how_it_went(customer: Actor, ticket_id: int, *, resolution: int, score: int) -> None:
    """Answer as the requester, without a comment."""
    ticket = ticket_for(customer, ticket_id, Permission.TICKET_REPLY)
    record(ticket, SurveyAnswered(stream_id=ticket_id, score=score, comment=False, resolution=resolution))
