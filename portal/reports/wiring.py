"""Wires the manager's pages into the app."""

from flask import Flask

from portal.reports import (
    backlog,
    behind,
    causes,
    figures,
    first_contact,
    forecast,
    interventions,
    load,
    months,
    pauses,
    satisfaction,
    time_machine,
    views,
)
from servicedesk.identity.navigation import PageLink, add_link
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.i18n import lazy_gettext as _l


def init_app(app: Flask) -> None:
    """Add the report and the link that leads to it."""
    doors = (
        *(views, backlog, behind, first_contact, satisfaction, load, months, figures, causes, pauses),
        *(forecast, interventions, time_machine),
    )
    for door in doors:
        app.register_blueprint(door.blueprint)
    add_link(PageLink("reports.report", _l("Reports"), Permission.REPORT_SEE, position=60))
