"""Asking how it went, whoever was asked lately, and saying so."""

from servicedesk.identity.actor import Actor
from servicedesk.kernel.command import saving
from servicedesk.kernel.save import publish
from servicedesk.tickets.events import SurveyAsked
from servicedesk.tickets.surveys import rate, standing_of


def ask_how_it_went(desk: Actor, ticket_id: int) -> int:
    """Ask about the present resolution, and return it."""
    resolution = standing_of(ticket_id).resolution
    assert resolution is not None
    with saving(desk):
        publish(SurveyAsked(stream_id=ticket_id, resolution=resolution))
    return resolution


def say_how_it_went(customer: Actor, ticket_id: int, *, resolution: int, score: int) -> None:
    """Answer as the requester, without a comment."""
    rate(customer, ticket_id, resolution=resolution, score=score)
