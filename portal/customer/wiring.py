"""Wires the customer's face into the app."""

from flask import Flask

from portal.customer import articles, filing, following, listing, watching
from portal.customer.shell import blueprint
from servicedesk.identity.navigation import PageLink, add_link
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.i18n import lazy_gettext as _l

# Importing them puts their addresses onto the blueprint.
DOORS = (articles, filing, following, listing, watching)


def init_app(app: Flask) -> None:
    """Register the pages, and the links that lead to them."""
    app.register_blueprint(blueprint)
    add_link(
        PageLink("customer.articles", _l("Answers"), Permission.ARTICLE_SEE, except_for=Permission.QUEUE_SEE)
    )
    add_link(
        PageLink(
            "customer.requests",
            _l("My requests"),
            Permission.TICKET_SEE,
            except_for=Permission.QUEUE_SEE,
        )
    )
