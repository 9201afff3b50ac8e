"""A trained forecast of risk: plain numbers and arrays, applied with numpy alone."""

from dataclasses import dataclass

import numpy as np

from sla.forecast.core.features import Encoder, Table
from sla.forecast.core.survival import Floats
from sla.forecast.core.trees import Trees, probability

_INSIDE = (1e-4, 1 - 1e-4)  # nothing is certain before it has come
_LEAST = 1e-300  # has a logarithm


@dataclass(frozen=True, slots=True)
class RiskModel:
    """How likely a clock misses, told when it begins.

    slope, intercept: Platt's recalibration of the trees' log-odds (1999), from a later slice of time than
    that which taught the trees it looks at.
    """

    encoder: Encoder
    trees: Trees
    slope: float
    intercept: float

    def risk(self, table: Table) -> Floats:
        """Return the probability of each row, (n_rows,)."""
        found = self.trees.log_odds(self.encoder.rows(table))
        return probability(self.slope * found + self.intercept)


def bend_of(risk: Floats, share_at_target: Floats) -> Floats:
    """Return the exponent that makes the curve's share at the target the risk: S(target)^bend = risk."""
    said, came = np.clip(risk, *_INSIDE), np.clip(share_at_target, *_INSIDE)
    return np.asarray(np.log(said) / np.log(came))


def risk_now(risk: Floats, bend: Floats, share_now: Floats) -> Floats:
    """Return the probability to miss of clocks that were given `risk` when they began and run until now.

    The curve of their stratum is bent so that it begins with the risk. S(target)^bend / S(now)^bend rises
    while the clock runs. share_now: S(now), not bent, above 0 where the clock may still end in time.
    """
    # By logarithms: where hardly anything ends before its target, S(now)^bend is 0 long before S(now) is.
    bent = bend * np.log(np.clip(share_now, _INSIDE[0], 1.0))
    return np.asarray(np.exp(np.minimum(np.log(np.maximum(risk, _LEAST)) - bent, 0.0)))
