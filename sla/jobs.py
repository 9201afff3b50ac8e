"""Jobs of promises: sweep and roll-up come round, replays of the past are asked for."""

from servicedesk.kernel.jobs import job
from servicedesk.kernel.periodic import every
from sla.likelihoods import foresee
from sla.replays import JOB
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


@job(JOB, max_attempts=2, deadline_seconds=3600, own_transactions=True)
def replay_the_past(*, replay_id: int) -> None:
    """Replay what somebody asked for."""
    from sla.replay_runs import run_replay  # loads NumPy, which a page has no need of

    run_replay(replay_id)
