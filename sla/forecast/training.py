"""Training: clocks as they stood at a moment in, trees as plain arrays out.

scikit-learn is loaded by the call, never by the import: web processes read forecasts, they never train.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from sla.forecast.core.features import Encoder, Table, encoder_of
from sla.forecast.core.labels import Seen, chance_of_missing
from sla.forecast.core.model import RiskModel
from sla.forecast.core.survival import Bools, Floats
from sla.forecast.core.trees import LEAF, Trees, log_odds_of

Estimator: TypeAlias = Any  # scikit-learn's have no types

DAY = 86_400.0
WINDOW = 21 * DAY  # what is older says little of today
HALF_LIFE = 6 * DAY  # a clock counts half as much as one that began so much later
LATER = 7 * DAY  # the slice that only recalibrates
FEWEST = 200  # clocks in the window, and of them at least so many missed and kept ones:
FEWEST_EACH = 20
SEED = 20_261_201


class TooLittleHistory(ValueError):
    """Too few clocks have ended, or all alike, for a forecast."""


def _without_targets(seen: Seen, weights: Floats, _rows: Bools) -> Floats:
    return chance_of_missing(seen, weights)


@dataclass(frozen=True)
class Clocks:
    """Clocks to learn from. began_at: (n,), seconds of any zero. seen_at: how they stood at such a moment.

    chance: how likely each of some `rows` is a missed one, as seen at a moment and with weights; by default
    it is worked out without targets (core/labels.py). half_life: a clock that began so many seconds before
    the last one counts half as much.
    """

    table: Table
    began_at: Floats
    seen_at: Callable[[float], Seen]
    columns: Sequence[str]
    numbers: Sequence[str]
    chance: Callable[[Seen, Floats, Bools], Floats] = _without_targets
    window: float = WINDOW
    half_life: float = HALF_LIFE
    later: float = LATER


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is known at a moment of the clocks of the window before it: rows, their chances and weights."""

    rows: Bools
    chance: Floats
    weights: Floats


def train_risk(clocks: Clocks, *, at: float) -> RiskModel:
    """Return a forecast that knows what was known `at`; raises TooLittleHistory.

    Trees are taught up to `later` before the end, with the labels of that time, and asked about what came
    after; from how far off they were comes the recalibration of the trees that are taught by all.
    """
    end = last_begin(clocks, at)
    all_of_it = lesson(clocks, at=at)
    encoder, trees = grown(clocks, all_of_it)
    later = all_of_it.rows & (clocks.began_at >= end - clocks.later)
    is_early_known = (clocks.began_at < end - clocks.later).any()
    early = lesson(clocks, at=end - clocks.later) if is_early_known else None
    if early is None or not is_enough(early) or later.sum() < FEWEST_EACH:
        return RiskModel(encoder, trees, 1.0, 0.0)
    known, known_trees = grown(clocks, early)
    said = known_trees.log_odds(known.rows(clocks.table.part(later)))
    slope, intercept = recalibration(said, all_of_it.chance[later], all_of_it.weights[later])
    return RiskModel(encoder, trees, slope, intercept)


def last_begin(clocks: Clocks, at: float) -> float:
    """Return when the last of the clocks began that had begun before `at`."""
    begun = clocks.began_at[clocks.began_at < at]
    if not len(begun):
        raise TooLittleHistory("nothing had begun before")
    return float(begun.max())


def lesson(clocks: Clocks, *, at: float) -> Lesson:
    """Return what was known at a moment of the clocks that had begun in the window before it."""
    end = last_begin(clocks, at)
    rows = (clocks.began_at < at) & (clocks.began_at > end - clocks.window)
    seen = clocks.seen_at(at)
    part = Seen(seen.times[rows], seen.ended[rows], seen.missed[rows])
    weights = np.exp2((clocks.began_at[rows] - end) / clocks.half_life)
    chance, all_weights = np.zeros(len(rows)), np.zeros(len(rows))
    chance[rows], all_weights[rows] = clocks.chance(part, weights, rows), weights
    return Lesson(rows, chance, all_weights)


def is_enough(known: Lesson) -> bool:
    """Say whether there are enough clocks, missed and kept, to learn from."""
    missed = float(known.chance[known.rows].sum())
    count = int(known.rows.sum())
    return count >= FEWEST and FEWEST_EACH <= missed <= count - FEWEST_EACH


def grown(clocks: Clocks, known: Lesson) -> tuple[Encoder, Trees]:
    """Return trees taught by a lesson, and the encoder of what they look at; raises TooLittleHistory.

    A clock that may have missed stands twice: missed with the weight of its chance, kept with the rest.
    """
    if not is_enough(known):
        raise TooLittleHistory(f"{FEWEST} clocks are needed, {FEWEST_EACH} of them missed and as many kept")
    table = clocks.table.part(known.rows)
    chance, weights = known.chance[known.rows], known.weights[known.rows]
    encoder = encoder_of(table, chance, weights, columns=clocks.columns, numbers=clocks.numbers)
    rows = encoder.rows(table)
    twice = np.concatenate([rows, rows])
    missed = np.repeat([1, 0], len(rows))
    shares = np.concatenate([chance, 1 - chance]) * np.tile(weights / weights.mean(), 2)
    counts = shares > 0
    fitted = estimator().fit(twice[counts], missed[counts], sample_weight=shares[counts])
    return encoder, arrays_of(fitted)


def estimator() -> Estimator:
    """Return the untrained trees; settings chosen by rolling origin inside the training rows."""
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(
        n_estimators=100,
        learning_rate=0.07,
        max_depth=4,
        min_samples_leaf=25,
        subsample=0.6,
        max_features=0.5,
        random_state=SEED,
    )


def arrays_of(fitted: Estimator) -> Trees:
    """Return fitted boosted trees as arrays."""
    trees = [each.tree_ for each in fitted.estimators_[:, 0]]
    most = max(tree.node_count for tree in trees)
    shape = (len(trees), most)
    feature, own = (
        np.full(shape, LEAF, dtype=np.int32),
        np.tile(np.arange(most, dtype=np.int32), (shape[0], 1)),
    )
    left, right = own.copy(), own.copy()
    threshold, value = np.zeros(shape), np.zeros(shape)
    for place, tree in enumerate(trees):
        count, splits = tree.node_count, tree.children_left >= 0
        feature[place, :count] = np.where(splits, tree.feature, LEAF)
        left[place, :count] = np.where(splits, tree.children_left, own[place, :count])
        right[place, :count] = np.where(splits, tree.children_right, own[place, :count])
        threshold[place, :count] = tree.threshold
        value[place, :count] = fitted.learning_rate * tree.value[:, 0, 0]
    start = float(log_odds_of(np.array([fitted.init_.class_prior_[1]]))[0])
    return Trees(feature, threshold, left, right, value, start, max(tree.max_depth for tree in trees))


def recalibration(said: Floats, chance: Floats, weights: Floats) -> tuple[float, float]:
    """Return slope and intercept by which log-odds become probabilities that come true."""
    from sklearn.linear_model import LogisticRegression

    twice = np.concatenate([said, said])[:, np.newaxis]
    missed = np.repeat([1, 0], len(said))
    shares = np.concatenate([chance, 1 - chance]) * np.tile(weights / weights.mean(), 2)
    counts = shares > 0
    if len(np.unique(missed[counts])) < 2:
        return 1.0, 0.0
    fitted = LogisticRegression(C=100.0).fit(twice[counts], missed[counts], sample_weight=shares[counts])
    slope = max(float(fitted.coef_[0, 0]), 0.05)  # whatever the slice says, more risk stays more risk
    return slope, float(fitted.intercept_[0])
