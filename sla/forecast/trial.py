"""A forecast's trial: trained as of some time ago, asked about what came after, beside two simple rules."""

from dataclasses import asdict, replace

import numpy as np

from sla.forecast.core.desk_model import DeskModel
from sla.forecast.core.figures import auroc, brier, reliability
from sla.forecast.core.strata import strata_of
from sla.forecast.core.survival import Bools
from sla.forecast.core.told import STEPS
from sla.forecast.core.trial import Trial
from sla.forecast.history import Cycles
from sla.forecast.training import Clocks, is_enough, last_begin, lesson, train_risk

# Where a clock is asked about: as it begins, and after a quarter, half and three quarters of its target.
ASKED_AT = (0, STEPS // 4, STEPS // 2, 3 * STEPS // 4)
FEWEST = 50  # clocks in a trial; fewer say nothing
# So much of the window before its end the trial begins, and it lasts half of that: what began in it has had
# as long again to end. Where the third before is too little to learn from, the half before may be enough.
_BEGINS = (2 / 3, 1 / 2)


def fitted(cycles: Cycles, *, at: float) -> DeskModel:
    """Return a forecast that knows what was known `at`; raises TooLittleHistory."""
    clocks = cycles.clocks
    risk = train_risk(clocks, at=at)
    taught, seen = lesson(clocks, at=at), clocks.seen_at(at)
    rows = taught.rows
    strata = strata_of(cycles.keys[rows], seen.times[rows], seen.ended[rows], taught.weights[rows])
    return DeskModel(risk, strata)


def trial(cycles: Cycles, *, at: float) -> Trial:
    """Return how a forecast does that was trained when the trial began; raises TooLittleHistory.

    Asked are clocks whose outcome is known: they ended, or are late. A third of the window (a quarter of a
    young desk's) lies between the last of them and now, so that hardly any still runs.
    """
    clocks = cycles.clocks
    window, end = clocks.window, last_begin(clocks, at)
    ahead = window * next((share for share in _BEGINS if _teaches(clocks, end - window * share)), _BEGINS[-1])
    from_at, to_at = end - ahead, end - ahead / 2
    taught, seen = lesson(clocks, at=from_at), clocks.seen_at(from_at)
    model = fitted(cycles, at=from_at)
    begun = (cycles.began_at >= from_at) & (cycles.began_at < to_at)
    known = begun & (cycles.times > 0) & (np.isfinite(cycles.ended_at) | (cycles.times > cycles.targets))
    found = Trial(
        trained_from=end - window, from_at=from_at, to_at=to_at, learned_from=int(taught.rows.sum())
    )
    learned = taught.rows & (seen.ended | (seen.times > cycles.targets))
    if known.sum() < FEWEST or not learned.any():
        return replace(found, reason="few")
    return _compared(found, cycles, model, learned=learned, asked=known)


def _teaches(clocks: Clocks, at: float) -> bool:
    return bool((clocks.began_at < at).any()) and is_enough(lesson(clocks, at=at))


def _compared(found: Trial, cycles: Cycles, model: DeskModel, *, learned: Bools, asked: Bools) -> Trial:
    percents = model.percents(cycles.table.part(asked), cycles.keys[asked], cycles.targets[asked]) / 100
    late = _is_late(cycles)
    usual = float(late[learned].mean())
    said, by_share, missed = [], [], []
    for step in ASKED_AT:
        still = cycles.times[asked] > cycles.targets[asked] * step / STEPS
        said.append(percents[still, step])
        by_share.append(np.full(int(still.sum()), _share_missed(cycles, late, learned, step, usual)))
        missed.append(late[asked][still])
    told, came = np.concatenate(said), np.concatenate(missed)
    own = brier(told, came)
    of_base_rate = brier(np.full(len(came), usual), came)
    of_share_used = brier(np.concatenate(by_share), came)
    return replace(
        found,
        brier=own,
        of_base_rate=of_base_rate,
        of_share_used=of_share_used,
        clocks=int(asked.sum()),
        asked=len(told),
        auroc=auroc(told, came),
        bins=tuple(asdict(each) for each in reliability(told, came)),
        reason="" if own < min(of_base_rate, of_share_used) else "no_better",
    )


def _is_late(cycles: Cycles) -> Bools:
    return np.asarray(cycles.missed | (cycles.times > cycles.targets))


def _share_missed(cycles: Cycles, late: Bools, learned: Bools, step: int, usual: float) -> float:
    """Return the share that missed of the clocks that were still running there."""
    still: Bools = cycles.times > cycles.targets * step / STEPS
    chosen = learned & still
    return float(late[chosen].mean()) if chosen.any() else usual
