"""Wires the pages of administration into the app."""

from flask import Flask

from portal.admin import agreements, calendars, catalogue, groups, home, people, roles, statuses
from portal.admin.shell import ANY_SECTION, blueprint
from servicedesk.identity.navigation import PageLink, add_link
from servicedesk.kernel.i18n import lazy_gettext as _l

# The modules whose views belong to the blueprint; importing them registers the views.
DOORS = (home, people, roles, groups, catalogue, calendars, agreements, statuses)


def init_app(app: Flask) -> None:
    """Add the pages and the link that leads to them."""
    app.register_blueprint(blueprint)
    add_link(PageLink("admin.home", _l("Administration"), any_of=ANY_SECTION, position=80))
