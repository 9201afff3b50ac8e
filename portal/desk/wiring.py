"""Wires the agent's pages into the app."""

from flask import Flask

from portal.desk import (
    acknowledging,
    article_panel,
    articles,
    calls,
    clock_hand,
    handing_over,
    merging,
    new_request,
    proofs,
    queue,
    splitting,
    ticket,
    undo,
    watching,
)
from portal.desk.shell import blueprint
from servicedesk.identity.current import actor
from servicedesk.identity.navigation import PageLink, add_link
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.errors import NotAllowed
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l

# The modules whose views belong to the blueprint; importing them registers the views.
DOORS = (
    *(queue, ticket, undo, merging, splitting),
    *(new_request, articles, article_panel, handing_over, watching, calls, clock_hand, proofs),
    acknowledging,
)


@blueprint.before_request
def for_agents_only() -> None:
    """Refuse everybody else, whatever a single door permits: a customer too may reply, but not from here."""
    if not actor().has(Permission.QUEUE_SEE):
        raise NotAllowed("desk.not_allowed", _("Your role does not allow this."))


def init_app(app: Flask) -> None:
    """Add the agent's pages and the link that leads to them."""
    app.register_blueprint(blueprint)
    add_link(PageLink("desk.home", _l("Queue"), Permission.QUEUE_SEE, position=10))
    add_link(PageLink("desk.articles", _l("Articles"), Permission.ARTICLE_SEE_INTERNAL, position=40))
