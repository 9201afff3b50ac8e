"""Jobs of promises: the sweep comes round every few seconds."""

from servicedesk.kernel.periodic import every
from sla.sweep import sweep

EVERY_SECONDS = 10


@every(EVERY_SECONDS, "sla.sweep", own_transactions=True)
def sweep_clocks() -> None:
    """Announce the warnings and misses whose time has come."""
    sweep()
