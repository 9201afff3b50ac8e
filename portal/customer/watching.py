"""Doors: following a colleague's request, and stopping."""

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal.asked import ticket_id_of
from portal.customer.shell import blueprint, go_on
from portal.words import isolated, ticket_ref
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.watching import follow, unfollow


@blueprint.post("/requests/<ref>/follow", endpoint="follow")
@permits(Permission.TICKET_SEE)
def follow_it(ref: str) -> ResponseReturnValue:
    """Follow a request that the reader may see."""
    ticket_id = ticket_id_of(ref)
    follow(actor(), ticket_id)
    flash(str(_("You follow %(ref)s.", ref=isolated(ticket_ref(ticket_id)))), "met")
    return go_on(url_for("customer.request_page", ref=ticket_ref(ticket_id)))


@blueprint.post("/requests/<ref>/unfollow", endpoint="unfollow")
@permits(Permission.TICKET_SEE)
def unfollow_it(ref: str) -> ResponseReturnValue:
    """Stop following a request."""
    ticket_id = ticket_id_of(ref)
    unfollow(actor(), ticket_id)
    flash(str(_("You no longer follow %(ref)s.", ref=isolated(ticket_ref(ticket_id)))), "held")
    return go_on(url_for("customer.request_page", ref=ticket_ref(ticket_id)))
