"""Wires the rooms of the ground floor, in their order."""

from flask import Flask

from servicedesk.calendars import wiring as calendars
from servicedesk.calendars.access import set_publisher_check
from servicedesk.channels import wiring as channels
from servicedesk.identity import wiring as identity
from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission, public
from servicedesk.kernel import api, db, files, health, web
from servicedesk.kernel.refs import Acting
from servicedesk.kernel.settings import Settings
from servicedesk.notify import wiring as notify
from servicedesk.operations import wiring as operations
from servicedesk.tickets import wiring as tickets


def init_app(app: Flask, settings: Settings) -> None:
    """Bring the kernel and every room above it into `app`."""
    db.init_app(app, settings.database_url)
    files.init_app(app, settings)
    web.init_app(app, settings)
    api.init_app(app, open_to_all=public)
    health.init_app(app, open_to_all=public)
    calendars.init_app(app)
    identity.init_app(app)
    tickets.init_app(app)
    channels.init_app(app)
    notify.init_app(app)
    operations.init_app(app)
    set_publisher_check(_require_configurer)


def _require_configurer(actor: Acting) -> None:
    if not isinstance(actor, Actor):
        raise TypeError("people act as Actor")
    require(actor, Permission.CONFIGURE)
