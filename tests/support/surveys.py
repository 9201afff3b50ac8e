"""Asking how it went and saying so, through the real commands."""

from servicedesk.identity.actor import Actor
from servicedesk.tickets.surveys import ask_survey, rate, standing_of


def ask_how_it_went(desk: Actor, ticket_id: int) -> int:
    """Ask about the present resolution, and return it."""
    resolution = standing_of(ticket_id).resolution
    assert resolution is not None
    ask_survey(desk, ticket_id, resolution=resolution)
    return resolution


def say_how_it_went(customer: Actor, ticket_id: int, *, resolution: int, score: int) -> None:
    """Answer as the requester, without a comment."""
    rate(customer, ticket_id, resolution=resolution, score=score)
