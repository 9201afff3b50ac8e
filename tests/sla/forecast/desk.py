"""A small forecast put in force on a desk: a curve and a risk chosen by the test."""

import numpy as np

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.db import session
from servicedesk.kernel.refs import Cause
from sla.forecast.core.desk_model import DeskModel
from sla.forecast.core.features import Encoder
from sla.forecast.core.model import RiskModel
from sla.forecast.core.strata import strata_of
from sla.forecast.core.trees import LEAF, Trees, log_odds_of
from sla.forecast.core.trial import Trial
from sla.forecast.versions import keep_forecast, write_model

HOUR = 3600.0


def small_model(*, risk=0.3, hours=range(1, 40)):
    """Return a model that gives every clock the same risk, and in which one clock ends in each of `hours`."""
    leaf = np.zeros((1, 1), dtype=np.int32)
    start = float(log_odds_of(np.array([risk]))[0])
    trees = Trees(leaf + LEAF, leaf * 0.0, leaf, leaf, leaf * 0.0, start, 0)
    times = np.array(list(hours), dtype=np.float64) * HOUR
    keys = np.zeros((len(times), 3), dtype=np.int64)
    strata = strata_of(keys, times, np.ones(len(times), dtype=bool))
    return DeskModel(RiskModel(Encoder((), ()), trees, 1.0, 0.0), strata)


def put_in_force(*, is_better=True, **chosen):
    """Put such a model in force and return its number."""
    trial = Trial(
        trained_from=0.0,
        from_at=1.0,
        to_at=2.0,
        learned_from=400,
        clocks=80,
        asked=200,
        brier=0.1,
        of_base_rate=0.2,
        of_share_used=0.15,
        auroc=0.8,
        bins=({"low": 0.1, "high": 0.2, "count": 200, "said": 0.15, "came": 0.14},),
        reason="" if is_better else "no_better",
    )
    number = keep_forecast(system_actor(Cause("test")), write_model(small_model(**chosen)), trial)
    session().rollback()
    return number
