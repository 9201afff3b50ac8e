"""Where the number of a merged ticket leads, for those who may follow."""

from flask import request, url_for

from portal.words import ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import still_sees
from servicedesk.tickets.conversation import goes_on_in
from servicedesk.tickets.queries import TicketRow


def onward(viewer: Actor, ticket: TicketRow, endpoint: str = "customer.request_page") -> str:
    """Return where a merged ticket goes on; empty where it stays, or the viewer may not follow.

    With `stay` in the address its own page is shown.
    """
    if ticket.merged_into_id is None or "stay" in request.args or request.method != "GET":
        return ""
    into_id = goes_on_in(ticket.id)
    return url_for(endpoint, ref=ticket_ref(into_id)) if still_sees(viewer, into_id) else ""


def told_onward(ticket: TicketRow) -> str:
    """Return the sentence for those who came by the number of a merged ticket."""
    return str(_("%(ref)s was merged and goes on here.", ref=ticket_ref(ticket.id)))
