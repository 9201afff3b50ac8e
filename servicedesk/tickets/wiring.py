"""Wires the room of tickets into the app."""

from flask import Flask

from servicedesk.identity.actor import system_actor
from servicedesk.kernel import api as kernel_api
from servicedesk.kernel.first_run import on_first_run
from servicedesk.kernel.refs import Acting, Cause
from servicedesk.kernel.save import hooks_in_transaction
from servicedesk.kernel.verification import on_verify
from servicedesk.tickets import (
    api,
    attention,
    catalogue_check,
    fields,
    handover_api,
    regrouping_api,
    verification,
    watching_api,
)
from servicedesk.tickets import jobs as _jobs  # noqa: F401  the import registers the handlers
from servicedesk.tickets.reporting import api as reporting_api
from servicedesk.tickets.seed import seed_statuses
from servicedesk.tickets.subscribers import keep_surveys


def init_app(app: Flask) -> None:
    """Register fields and jobs."""
    fields.register_own()
    attention.register_fields()
    kernel_api.add(app, api.blueprint)
    kernel_api.add(app, handover_api.blueprint)
    kernel_api.add(app, watching_api.blueprint)
    kernel_api.add(app, reporting_api.blueprint)
    kernel_api.add(app, regrouping_api.blueprint)
    on_first_run(_seed)
    for checker in (verification.CHECKER, *catalogue_check.CHECKERS):
        on_verify(checker)
    if keep_surveys not in hooks_in_transaction:
        hooks_in_transaction.append(keep_surveys)


def _seed(_actor: Acting) -> None:
    seed_statuses(system_actor(Cause("installation")))
