"""Wires the room of operations into the app."""

from flask import Flask

from servicedesk.identity.permissions import public
from servicedesk.operations import figures, inside, mail_check, metrics, surroundings


def init_app(app: Flask) -> None:
    """Count requests, show figures, and know what to examine."""
    surroundings.register()
    inside.register()
    mail_check.register()
    figures.register_own()
    metrics.init_app(app, open_to_all=public)
