"""What routing does inside a save: only to note that a person's choice is to be looked at later."""

from servicedesk.kernel.jobs import later
from servicedesk.kernel.save import Save
from servicedesk.tickets.events import STREAM

LEARN = "routing.learn"
CHOICES = frozenset({"fields_changed", "assigned"})


def notice_choices(save: Save) -> None:
    """Enqueue a look at each ticket whose category or group a person changed of their own accord."""
    chosen = {
        event.stream.id
        for event in save.published
        if event.stream.kind == STREAM
        and event.type in CHOICES
        and (event.actor.kind, event.cause.kind) == ("person", "person")
    }
    for ticket_id in sorted(chosen):
        later(LEARN, ticket_id=ticket_id)
