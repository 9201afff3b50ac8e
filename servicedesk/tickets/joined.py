"""Tickets that were merged into one, each as far as the viewer may see it by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from servicedesk.identity.actor import Actor
from servicedesk.kernel.errors import NotFound
from servicedesk.tickets.queries import Conversation, TicketRow, conversation, ticket_detail

# Read with a page; a ticket that took in more shows the newest of them.
MOST = 10
FROM = "from"


@dataclass(frozen=True, slots=True)
class Joined:
    """A ticket that goes on in the one at hand, and what was said in it."""

    ticket: TicketRow
    spoken: Conversation


def merged_ids(spoken: Conversation) -> list[int]:
    """Return the tickets that were merged into the one whose conversation this is, the newest first."""
    found = [
        int(str(event.body["other_id"]))
        for event in spoken.events
        if event.type == "tickets_merged" and event.body["relation"] == FROM
    ]
    return found[::-1]


def joined(viewer: Actor, ticket: TicketRow, spoken: Conversation) -> Sequence[Joined]:
    """Return the tickets that go on in this one, also those merged into them, that the viewer may see.

    Merging widens nobody's rights: what the viewer may not see on its own page is left out here.
    """
    if not ticket.merged_count:
        return ()
    found: list[Joined] = []
    waiting = merged_ids(spoken)
    while waiting and len(found) < MOST:
        try:
            row = ticket_detail(viewer, waiting.pop(0))
        except NotFound:
            continue
        each = Joined(row, conversation(viewer, row))
        found.append(each)
        waiting += merged_ids(each.spoken)
    return found
