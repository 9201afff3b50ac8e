"""Wires the room of identity into an app."""

from flask import Flask

from servicedesk.identity import current, gate
from servicedesk.identity import jobs as _jobs  # noqa: F401  the import registers the handlers
from servicedesk.identity.roles import seed_roles
from servicedesk.kernel import i18n
from servicedesk.kernel.errors import NotSignedIn
from servicedesk.kernel.first_run import on_first_run


def init_app(app: Flask) -> None:
    """Let `app` know its people: who asks, and what they may reach."""
    on_first_run(seed_roles)
    current.init_app(app)
    i18n.reader_source.fill(current.reader)
    app.before_request(gate.guard)
    app.register_error_handler(NotSignedIn, gate.ask_to_sign_in)
