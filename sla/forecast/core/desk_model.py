"""The desk's own forecast: risk at the beginning of a clock, bent along the curve of clocks like it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sla.forecast.core.features import Column, Encoder, Table
from sla.forecast.core.model import RiskModel, bend_of, risk_now
from sla.forecast.core.strata import Codes, Key, Strata
from sla.forecast.core.survival import Curve, Floats
from sla.forecast.core.told import MOST_BEFORE_TARGET, STEPS
from sla.forecast.core.trees import Trees

Arrays = dict[str, np.ndarray[Any, Any]]
_OF_TREES = ("feature", "threshold", "left", "right", "value")


@dataclass(frozen=True, slots=True)
class Alike:
    """The clocks that one is compared with: the key of their stratum, how many, and their median, seconds.

    median is None where more than half still run or took longer than anything that ended.
    """

    key: Key
    count: int
    median: float | None


@dataclass(frozen=True, slots=True)
class DeskModel:
    """Trees for the risk, and curves of open working time by clock, priority and team."""

    risk: RiskModel
    strata: Strata

    def percents(self, table: Table, keys: Codes, targets: Floats) -> NDArray[np.int64]:
        """Return the probability to miss in percent, (n, STEPS + 1), at each twentieth of the target.

        Before the target it is MOST_BEFORE_TARGET at most.
        """
        risk, places = self.risk.risk(table), self.strata.places_of(keys)
        bend = bend_of(risk, self.strata.after(places, targets))
        steps = [
            risk_now(risk, bend, self.strata.after(places, targets * step / STEPS)) for step in range(STEPS)
        ]
        rising = np.rint(100 * np.maximum.accumulate(np.column_stack(steps), axis=1))
        before = np.minimum(rising, MOST_BEFORE_TARGET)
        return np.column_stack([before, np.full(len(targets), 100)]).astype(np.int64)

    def alike(self, key: Key) -> Alike:
        """Return the clocks that one with this key is compared with."""
        found = self.strata.key_for(key)
        median = float(self.strata.curves[found].first_at_most(0.5))
        return Alike(found, self.strata.sizes[found], median if np.isfinite(median) else None)


def to_arrays(model: DeskModel) -> tuple[dict[str, Any], Arrays]:
    """Return a model as plain data and arrays."""
    keys = sorted(model.strata.curves)
    curves = [model.strata.curves[key] for key in keys]
    card = {
        "columns": [asdict(column) for column in model.risk.encoder.columns],
        "numbers": list(model.risk.encoder.numbers),
        "slope": model.risk.slope,
        "intercept": model.risk.intercept,
        "start": model.risk.trees.start,
        "depth": model.risk.trees.depth,
        "strata": [[list(key), model.strata.sizes[key], len(model.strata.curves[key].times)] for key in keys],
    }
    arrays = {name: getattr(model.risk.trees, name) for name in _OF_TREES}
    return card, {
        **arrays,
        "times": np.concatenate([curve.times for curve in curves]),
        "shares": np.concatenate([curve.shares for curve in curves]),
    }


def from_arrays(card: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]) -> DeskModel:
    """Return a model from plain data and arrays."""
    columns = tuple(
        Column(each["name"], tuple(each["values"]), tuple(each["shares"])) for each in card["columns"]
    )
    trees = Trees(
        **{name: arrays[name] for name in _OF_TREES},
        start=card["start"],
        depth=card["depth"],
    )
    curves, sizes, begin = {}, {}, 0
    for key, size, length in card["strata"]:
        part = slice(begin, begin + length)
        curves[tuple(key)] = Curve(arrays["times"][part], arrays["shares"][part])
        sizes[tuple(key)] = size
        begin += length
    encoder = Encoder(columns, tuple(card["numbers"]))
    return DeskModel(RiskModel(encoder, trees, card["slope"], card["intercept"]), Strata(curves, sizes))
