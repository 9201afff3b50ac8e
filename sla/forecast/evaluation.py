"""Measuring forecasts on incidents filed after all that taught them: `servicedesk sla forecast evaluate`."""

from dataclasses import dataclass, replace

import numpy as np

from sla.forecast.core.figures import Bin, auroc, brier, calibration_error, covered, reliability
from sla.forecast.core.labels import Seen
from sla.forecast.core.model import RiskModel
from sla.forecast.core.ranges import Ranges, ranges_of
from sla.forecast.core.survival import Floats
from sla.forecast.core.trees import probability
from sla.forecast.incident_file import Incidents
from sla.forecast.training import Clocks, Lesson, grown, lesson, train_risk

FOLDS = 3


@dataclass(frozen=True, slots=True)
class Forecasts:
    """What is told of each incident: probability to miss, and low, median and high of its hours, (n, 3)."""

    risk: Floats
    hours: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Figures on incidents that nobody had seen. None: what the file has no labels for.

    base_rate: share of missed ones among those of the last 21 days that had ended at the cut-off.
    gain: by how much the Brier score is below that of the base rate, as a share of it.
    coverage: of the 80 % ranges of resolve_hours.
    """

    rows: int
    learned_from: int
    still_running: int
    brier: float | None = None
    brier_of_base_rate: float | None = None
    base_rate: float
    gain: float | None = None
    auroc: float | None = None
    missed: float | None = None
    said: float
    coverage: float | None = None
    calibration_error: float | None = None
    reliability: tuple[Bin, ...] = ()


def cut_off(unseen: Incidents) -> float:
    """Return the moment as of which everything must be known: the first filing that is to be forecast."""
    return float(unseen.opened_at.min())


def forecast(known: Incidents, unseen: Incidents) -> Forecasts:
    """Return the forecasts of incidents from what was known when the first of them was filed.

    Raises TooLittleHistory.
    """
    at = cut_off(unseen)
    clocks = known.clocks
    model = train_risk(clocks, at=at)
    risk = model.risk(unseen.table)
    return Forecasts(risk, _ranges(clocks, model, at).of(risk))


def _ranges(clocks: Clocks, model: RiskModel, at: float) -> Ranges:
    """Return hours by class of risk; rows are sorted into classes by trees that were not taught by them."""
    taught, seen = lesson(clocks, at=at), clocks.seen_at(at)
    blind = probability(model.slope * _told_blindly(clocks, taught) + model.intercept)
    part = Seen(seen.times[taught.rows], seen.ended[taught.rows], seen.missed[taught.rows])
    return ranges_of(blind, part, taught.weights[taught.rows])


def _told_blindly(clocks: Clocks, taught: Lesson) -> Floats:
    """Return the log-odds of each row of a lesson, said by trees that were not taught by it."""
    rows = np.flatnonzero(taught.rows)
    said = np.zeros(len(rows))
    for fold in range(FOLDS):
        asked = np.arange(len(rows)) % FOLDS == fold
        others = np.zeros(len(taught.rows), dtype=np.bool_)
        others[rows[~asked]] = True
        encoder, trees = grown(clocks, Lesson(others, taught.chance, taught.weights))
        said[asked] = trees.log_odds(encoder.rows(clocks.table.part(rows[asked])))
    return said


def evaluate(known: Incidents, unseen: Incidents, told: Forecasts) -> Evaluation:
    """Return the figures of forecasts; without labels only what needs none."""
    at = cut_off(unseen)
    taught, seen = lesson(known.clocks, at=at), known.seen_at(at)
    ended = taught.rows & seen.ended
    found = Evaluation(
        rows=unseen.table.size,
        learned_from=int(taught.rows.sum()),
        still_running=int((taught.rows & ~seen.ended).sum()),
        base_rate=float(seen.missed[ended].mean()),
        said=float(told.risk.mean()),
    )
    return _compared(found, unseen, told) if unseen.has_labels else found


def _compared(found: Evaluation, unseen: Incidents, told: Forecasts) -> Evaluation:
    """Return the figures with those that need labels."""
    missed = unseen.missed > 0
    own, usual = brier(told.risk, missed), brier(np.full(len(missed), found.base_rate), missed)
    bins = reliability(told.risk, missed)
    timed = np.isfinite(unseen.hours)
    return replace(
        found,
        brier=own,
        brier_of_base_rate=usual,
        gain=1 - own / usual if usual else None,
        auroc=auroc(told.risk, missed),
        missed=float(missed.mean()),
        coverage=covered(told.hours[timed, 0], told.hours[timed, 2], unseen.hours[timed]),
        calibration_error=calibration_error(bins),
        reliability=bins,
    )
