"""Jobs of promises: the sweep comes round every few seconds, the roll-up every few minutes."""

from servicedesk.kernel.periodic import every
from sla.likelihoods import foresee
from sla.rollups import roll_up
from sla.subject_sweep import sweep_subjects
from sla.sweep import sweep

EVERY_SECONDS = 10
ROLL_UP_SECONDS = 300
FORESEE_SECONDS = 60


@every(EVERY_SECONDS, "sla.sweep", own_transactions=True)
def sweep_clocks() -> None:
    """Announce the warnings and misses whose time has come."""
    sweep()
    sweep_subjects()


@every(FORESEE_SECONDS, "sla.foresee", own_transactions=True)
def foresee_misses() -> None:
    """Let the steps come that stand at a likelihood."""
    foresee()


@every(ROLL_UP_SECONDS, "sla.roll_up", own_transactions=True)
def roll_up_days() -> None:
    """Count the days that have settled, or changed since, so that long reports read few rows."""
    roll_up()
