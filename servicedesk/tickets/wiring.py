"""Wires the room of tickets into the app."""

from flask import Flask

from servicedesk.identity.actor import system_actor
from servicedesk.kernel import api as kernel_api
from servicedesk.kernel.first_run import on_first_run
from servicedesk.kernel.refs import Acting, Cause
from servicedesk.kernel.verification import on_verify
from servicedesk.tickets import api, fields, regrouping_api, verification
from servicedesk.tickets import jobs as _jobs  # noqa: F401  the import registers the handlers
from servicedesk.tickets.seed import seed_statuses


def init_app(app: Flask) -> None:
    """Register fields and jobs."""
    fields.register_own()
    kernel_api.add(app, api.blueprint)
    kernel_api.add(app, regrouping_api.blueprint)
    on_first_run(_seed)
    on_verify(verification.CHECKER)


def _seed(_actor: Acting) -> None:
    seed_statuses(system_actor(Cause("installation")))
