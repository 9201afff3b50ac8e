"""What the page of the forecast asks for: the version in force and how its trial went."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import session
from sla.forecast.core.figures import Bin
from sla.forecast.models import Forecast
from sla.forecast.versions import version_in_force

FORECAST = "sla.forecast"  # the key of what the figures mean; the words stand with the page


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastReport:
    """The forecast in force, tried on clocks of the whole desk that began from `from_at` to `to_at`.

    learned_from: clocks. clocks, asked: tried, and forecasts of them. reason: why it is not shown; empty
    where it is. told: open clocks that it tells of now.
    """

    number: int
    trained_at: datetime
    learned_from: int
    trained_from: datetime
    from_at: datetime
    to_at: datetime
    clocks: int
    asked: int
    brier: float | None
    of_base_rate: float | None
    of_share_used: float | None
    auroc: float | None
    bins: tuple[Bin, ...]
    reason: str
    told: int


def forecast_report(viewer: Actor) -> ForecastReport | None:
    """Return how the forecast in force did; None before the first."""
    require(viewer, Permission.REPORT_SEE)
    version = version_in_force()
    if version is None:
        return None
    found = version.trial
    return ForecastReport(
        number=version.number,
        trained_at=version.trained_at,
        learned_from=found.learned_from,
        trained_from=_moment(found.trained_from),
        from_at=_moment(found.from_at),
        to_at=_moment(found.to_at),
        clocks=found.clocks,
        asked=found.asked,
        brier=found.brier,
        of_base_rate=found.of_base_rate,
        of_share_used=found.of_share_used,
        auroc=found.auroc,
        bins=tuple(Bin(**each) for each in found.bins),
        reason=found.reason,
        told=session().scalar(select(func.count()).select_from(Forecast)) or 0,
    )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(int(at), UTC)
