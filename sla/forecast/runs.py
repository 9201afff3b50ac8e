"""Training runs on the desk's own history: clocks in, a forecast in force and its trial out."""

from dataclasses import dataclass

from servicedesk.identity.actor import Actor
from servicedesk.kernel import clock
from servicedesk.kernel.db import session
from servicedesk.kernel.this_desk import the_settings
from sla.forecast.core.trial import Trial
from sla.forecast.history import newest_cycles
from sla.forecast.trial import fitted, trial
from sla.forecast.versions import forget_old_models, keep_forecast, write_model


@dataclass(frozen=True, slots=True)
class Trained:
    """A forecast in force."""

    number: int
    trial: Trial


def train_forecast(actor: Actor) -> Trained:
    """Train on the desk's clocks, try it, and put it in force; raises TooLittleHistory."""
    now = clock.now()
    known = newest_cycles(now, zone=the_settings().zone)
    session().rollback()  # training takes a while; no transaction is kept open meanwhile
    at = now.timestamp()
    model, found = fitted(known, at=at), trial(known, at=at)
    number = keep_forecast(actor, write_model(model), found)
    forget_old_models()
    return Trained(number, found)
