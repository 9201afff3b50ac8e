"""Jobs of forecasts: open clocks are told every few seconds, the forecast is trained anew every night."""

from servicedesk.identity.actor import system_actor
from servicedesk.kernel import logs
from servicedesk.kernel.periodic import every
from servicedesk.kernel.refs import Cause
from sla.forecast.telling import tell
from sla.forecast.training import TooLittleHistory
from sla.forecast.versions import version_in_force

TELL_SECONDS = 20
TRAIN_SECONDS = 86_400

log = logs.logger(__name__)


@every(TELL_SECONDS, "sla.forecast", own_transactions=True)
def tell_clocks() -> None:
    """Tell open clocks how likely they miss, and let the queue follow."""
    if version_in_force() is not None:
        tell()


@every(TRAIN_SECONDS, "sla.train_forecast", deadline_seconds=1800, own_transactions=True)
def train() -> None:
    """Train the forecast on the newest clocks, in a process of its own."""
    from sla.forecast.runs import train_forecast

    try:
        train_forecast(system_actor(Cause("schedule", "sla.train_forecast")))
    except TooLittleHistory as error:
        log.info("forecast not trained", reason=str(error))
