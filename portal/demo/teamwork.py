"""What colleagues of the demo do with each other's requests: one is handed over, one calls somebody."""

from datetime import datetime

from portal.demo.cast import Cast, demo_actor
from servicedesk.identity.actor import Actor
from servicedesk.kernel import clock
from servicedesk.tickets.conversation import add_note
from servicedesk.tickets.handing_over import Card, offer_handover
from servicedesk.tickets.listing import newest
from servicedesk.tickets.queries import TicketRow
from servicedesk.tickets.watching import follow

CARD = Card(
    done="Asked when it began and looked at the log: nothing since the update of last night.",
    left="Compare with the device beside it, which works.",
    watch_out="They have a meeting at two and cannot spare the device before.",
    next_step="Ring before you go over.",
)
LOOKED_AT = 60


def work_together(cast: Cast, now: datetime) -> None:
    """Let a colleague offer the demo's agent a request and call them to another, which they follow."""
    agent = cast.actors["agent"]
    with clock.freeze(now):
        theirs = [each for row in _open() if (each := _worker(cast, agent, row)) is not None]
        for (colleague, row), deed in zip(theirs, (_offer, _call), strict=False):
            deed(colleague, agent, row)


def _open() -> list[TicketRow]:
    return newest(demo_actor(), status_category="open", limit=LOOKED_AT)


def _worker(cast: Cast, agent: Actor, row: TicketRow) -> tuple[Actor, TicketRow] | None:
    """Return who works on a request, where that is a colleague of the agent."""
    found = next((actor for actor in cast.actors.values() if actor.id == row.assignee_id), None)
    return (found, row) if found is not None and found.id != agent.id else None


def _offer(colleague: Actor, agent: Actor, row: TicketRow) -> None:
    group_id = min(agent.group_ids)
    offer_handover(colleague, row.id, card=CARD, group_id=group_id, person_id=agent.id)


def _call(colleague: Actor, agent: Actor, row: TicketRow) -> None:
    add_note(colleague, row.id, text=f"@{agent.name}, you had the same one last week: what helped?")
    follow(colleague, row.id)
