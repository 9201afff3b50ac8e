"""Saying that one knows: what would be told of a late clock again is not. The clock itself goes on."""

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.command import command
from servicedesk.kernel.errors import Invalid, Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.save import publish
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.core.statuses import OPEN_CATEGORIES
from sla.core.events import KINDS
from sla.events import ClockAcknowledged


@command
def acknowledge_clock(actor: Actor, ticket_id: int, *, kind: str | None = None) -> None:
    """Stop the repeats of one clock's steps, or of all (`kind` None); a new target may bring new ones."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_NOTE)
    if ticket.status_category not in OPEN_CATEGORIES:
        raise Refused("clock.ticket_done", _("This request is done: its clocks stand still."))
    if kind is not None and kind not in KINDS:
        raise Invalid("clock.unknown", _("Choose one of the clocks."), field="kind")
    publish(ClockAcknowledged(stream_id=ticket.id, kind=kind))
