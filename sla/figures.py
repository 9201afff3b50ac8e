"""What promises show to monitoring."""

from collections.abc import Mapping

from sqlalchemy import func, select

from servicedesk.kernel import clock
from servicedesk.kernel.db import session
from servicedesk.kernel.health import watch_delay
from servicedesk.operations.figures import show_figure
from sla.core.standing import Band
from sla.models import Clock, Standing
from sla.sweep import next_step_at

# The sweep comes every ten seconds; a minute means that it does not come.
SWEEP_LIMIT_SECONDS = 60


def register_figures() -> None:
    """Let /readyz and /metrics show how far the sweep is behind, and /metrics the queue by bands."""
    watch_delay("sla_sweep", next_step_at, limit_seconds=SWEEP_LIMIT_SECONDS)
    show_figure("desk_open_tickets", "Open requests by band of the queue.", ("band",), _by_band)
    show_figure("desk_clocks_due", "Steps of clocks whose time has come and that wait.", (), _due)


def _by_band() -> Mapping[tuple[str, ...], float]:
    rows = session().execute(select(Standing.band, func.count()).group_by(Standing.band))
    counts = {Band(band): float(number) for band, number in rows}
    return {(band.name.lower(),): counts.get(band, 0.0) for band in Band}


def _due() -> Mapping[tuple[str, ...], float]:
    number = session().scalar(select(func.count()).where(Clock.next_fire_at <= clock.now()))
    return {(): float(number or 0)}
