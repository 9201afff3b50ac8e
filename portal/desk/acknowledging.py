"""Door: saying on the ticket page that one knows that a promise is at risk or late."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.answering import go_to, notify
from portal.asked import ticket_id_of
from portal.desk.shell import blueprint
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel.i18n import gettext as _
from sla.acknowledging import acknowledge_clock


@blueprint.post("/tickets/<ref>/acknowledge")
@permits(Permission.TICKET_NOTE)
def acknowledge(ref: str) -> ResponseReturnValue:
    """Stop what would be told again of this ticket's clocks."""
    acknowledge_clock(actor(), ticket_id_of(ref))
    notify(str(_("Noted that you know. Nobody is told again of the present promises.")))
    return go_to(url_for("desk.ticket", ref=ref))
