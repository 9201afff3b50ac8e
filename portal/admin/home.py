"""Door: where administration begins: its parts, and what one does there."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from portal.admin.shell import ANY_SECTION, admin_page, blueprint, sections_for
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import permits
from servicedesk.kernel.i18n import gettext as _


@blueprint.get("")
@permits(*ANY_SECTION)
def home() -> ResponseReturnValue:
    """Show the parts that whoever asks may change."""
    parts = [(each.label, each.about, url_for(each.endpoint)) for each in sections_for(actor())]
    return render_template("admin/home.html", page=admin_page(str(_("Administration"))), parts=parts)
