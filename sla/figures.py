"""What promises show to monitoring."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, select

from servicedesk.kernel import clock
from servicedesk.kernel.db import session
from servicedesk.kernel.health import watch_delay, watch_measure
from servicedesk.operations.figures import show_figure
from sla.core.standing import Band
from sla.due_clocks import next_step_at
from sla.models import Clock, Firing, Standing

# The sweep comes every ten seconds; a minute means that it does not come.
SWEEP_LIMIT_SECONDS = 60
LAG_SECONDS = 3600
MOST_LAGS = 10_000


def register_figures() -> None:
    """Let /readyz and /metrics show how far the sweep is behind, and /metrics the queue by bands."""
    watch_delay("sla_sweep", next_step_at, limit_seconds=SWEEP_LIMIT_SECONDS)
    show_figure("desk_open_tickets", "Open requests by band of the queue.", ("band",), _by_band)
    show_figure("desk_clocks_due", "Steps of clocks whose time has come and that wait.", (), _due)
    show_figure("desk_step_lag_seconds", "How late steps were announced in the last hour.", ("of",), _lag)
    watch_measure("sla_lag", lag_now)


def _by_band() -> Mapping[tuple[str, ...], float]:
    rows = session().execute(select(Standing.band, func.count()).group_by(Standing.band))
    counts = {Band(band): float(number) for band, number in rows}
    return {(band.name.lower(),): counts.get(band, 0.0) for band in Band}


def lag_now() -> Mapping[str, int]:
    """Return how late the steps of the last hour were announced: 99 of 100 at the latest, and all.

    Of very many only the last ones are looked at.
    """
    since = clock.now() - timedelta(seconds=LAG_SECONDS)
    fired = (
        select(Firing.lag_seconds)
        .where(Firing.fired_at > since, Firing.outcome == "fired")
        .order_by(Firing.fired_at.desc())
        .limit(MOST_LAGS)
    )
    lags = sorted(session().scalars(fired))
    at = -(-len(lags) * 99 // 100) - 1
    return {"p99_seconds": lags[at] if lags else 0, "max_seconds": lags[-1] if lags else 0}


def _lag() -> Mapping[tuple[str, ...], float]:
    found = lag_now()
    return {("p99",): float(found["p99_seconds"]), ("max",): float(found["max_seconds"])}


def _due() -> Mapping[tuple[str, ...], float]:
    number = session().scalar(select(func.count()).where(Clock.next_fire_at <= clock.now()))
    return {(): float(number or 0)}
