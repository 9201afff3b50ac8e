"""Kaplan and Meier's estimate of how long clocks run, from those that ended and those that still run.

E. L. Kaplan, P. Meier: Nonparametric estimation from incomplete observations, JASA 53 (1958).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Curve:
    """The share that still runs after each time: `shares[i]` from `times[i]` on, 1.0 before the first.

    times: (n,) ascending, all different, of clocks that ended. shares: (n,) falling.
    """

    times: Floats
    shares: Floats

    def after(self, at: ArrayLike) -> Floats:
        """Return the share that runs longer than each of these times."""
        place = np.searchsorted(self.times, np.asarray(at, dtype=np.float64), side="right")
        return np.concatenate(([1.0], self.shares))[place]

    def first_at_most(self, share: ArrayLike) -> Floats:
        """Return the first time after which no more than `share` still run; infinite where none is known."""
        place = np.searchsorted(-self.shares, -np.asarray(share, dtype=np.float64), side="left")
        found = np.concatenate((self.times, [np.inf]))[place]
        return np.where(np.asarray(share) >= 1.0, 0.0, found)


def kaplan_meier(times: ArrayLike, ended: ArrayLike, weights: ArrayLike | None = None) -> Curve:
    """Return the curve of clocks that ran for `times` and then `ended`, or still run (are censored).

    Who is censored at a time counts as running when others end at it. weights: how much each counts.
    """
    given = np.asarray(times, dtype=np.float64)
    order = np.argsort(given)
    ran = given[order]
    counts = np.ones(len(ran)) if weights is None else np.asarray(weights, dtype=np.float64)[order]
    ends = np.where(np.asarray(ended, dtype=np.bool_)[order], counts, 0.0)
    if not len(ran):
        return Curve(np.empty(0), np.empty(0))
    firsts = np.flatnonzero(np.concatenate(([True], ran[1:] > ran[:-1])))
    at_risk = np.cumsum(counts[::-1])[::-1][firsts]
    gone = np.add.reduceat(ends, firsts)
    is_end = gone > 0
    shares = np.cumprod(1.0 - np.minimum(gone[is_end] / at_risk[is_end], 1.0))
    return Curve(ran[firsts][is_end], np.asarray(shares, dtype=np.float64))


def miss_probability(curve: Curve, elapsed: ArrayLike, target: ArrayLike) -> Floats:
    """Return the probability that a clock which has run for `elapsed` runs longer than `target`.

    It is S(target) / S(elapsed), 1.0 beyond the target, and where nothing is known to have run so long.
    """
    used, allowed = np.asarray(elapsed, dtype=np.float64), np.asarray(target, dtype=np.float64)
    still = curve.after(used)
    share = np.divide(curve.after(allowed), still, out=np.ones(np.shape(still)), where=still > 0)
    return np.where(used > allowed, 1.0, share)
