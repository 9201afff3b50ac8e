"""Wires the room of promises into the app."""

from flask import Flask

from servicedesk.kernel import api as kernel_api
from servicedesk.kernel.first_run import on_first_run
from servicedesk.kernel.save import hooks_in_transaction
from servicedesk.kernel.verification import on_verify
from servicedesk.tickets.deadlines import set_resolution_due
from servicedesk.tickets.queue import set_rank
from sla import agreement_check, api, verification
from sla import jobs as _jobs  # noqa: F401  the import registers the sweep
from sla import repromising as _repromising  # noqa: F401  and this one the job that promises anew
from sla import step_letters as _step_letters  # noqa: F401  and this one what steps say
from sla.fields import register_fields
from sla.figures import register_figures
from sla.first_run import seed_agreements
from sla.forecast import jobs as _forecasts  # noqa: F401  the import registers them
from sla.promises import resolution_due
from sla.ranking import rank
from sla.reporting import api as reporting_api
from sla.subject_storing import keep_subject_clocks
from sla.subscribers import keep_clocks


def init_app(app: Flask) -> None:
    """Let clocks follow every save, order the queue, and tell tickets what only promises know."""
    on_first_run(seed_agreements)
    kernel_api.add(app, api.blueprint)
    kernel_api.add(app, reporting_api.blueprint)
    register_fields()
    register_figures()
    set_rank(rank)
    set_resolution_due(resolution_due)
    on_verify(verification.CHECKER)
    on_verify(agreement_check.OF_AGREEMENTS)
    if keep_clocks not in hooks_in_transaction:
        hooks_in_transaction.append(keep_clocks)
        hooks_in_transaction.append(keep_subject_clocks)
