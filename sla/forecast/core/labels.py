"""What can be known at a moment of clocks that still run then: how likely they end up missed.

Leaving them out would teach that everything is quick: of what was filed yesterday only the quick ones have
ended. Each counts instead as partly missed, partly kept.
"""

from dataclasses import dataclass

import numpy as np

from sla.forecast.core.survival import Bools, Floats, kaplan_meier


@dataclass(frozen=True, slots=True)
class Seen:
    """Clocks as they stood at a moment. All of (n,).

    times: how long they ran until they ended, or until then. missed: 1 or 0 of those that had ended;
    of others it is not looked at.
    """

    times: Floats
    ended: Bools
    missed: Floats


def chance_of_missing(seen: Seen, weights: Floats) -> Floats:
    """Return how likely each clock is a missed one: 1 or 0 where it ended, else by those that ran longer.

    Targets are not needed: how often a clock that ends after some time is a missed one is learned, rising
    with that time. Of a running one this is weighed with when clocks end that have run so long.
    """
    chance = seen.missed.astype(np.float64).copy()
    running = ~seen.ended
    if not running.any():
        return chance
    if not seen.ended.any():
        return np.full(len(chance), 0.5)
    ends = seen.times[seen.ended]
    order = np.argsort(ends, kind="stable")
    share = rising(seen.missed[seen.ended][order], weights[seen.ended][order])
    curve = kaplan_meier(seen.times, seen.ended, weights)
    at = np.minimum(np.searchsorted(ends[order], curve.times, side="right"), len(ends)) - 1
    mass = -np.diff(curve.shares, prepend=1.0)
    never = float(curve.shares[-1])  # ran longer than anything that ended: taken for missed
    missed_later = np.append(np.cumsum((mass * share[at])[::-1])[::-1] + never, never)
    later = np.append(np.cumsum(mass[::-1])[::-1] + never, never)
    place = np.searchsorted(curve.times, seen.times[running], side="right")
    known = later[place] > 1e-9
    chance[running] = np.where(known, missed_later[place] / np.where(known, later[place], 1.0), 1.0)
    return chance


def rising(values: Floats, weights: Floats) -> Floats:
    """Return the rising sequence nearest to `values` (pool adjacent violators; Ayer and others, 1955)."""
    means: list[float] = []
    sums: list[float] = []
    counts: list[int] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        means.append(value)
        sums.append(weight)
        counts.append(1)
        while len(means) > 1 and means[-2] >= means[-1]:
            mean, total, count = means.pop(), sums.pop(), counts.pop()
            joined = sums[-1] + total
            means[-1] = (means[-1] * sums[-1] + mean * total) / joined
            sums[-1] = joined
            counts[-1] += count
    return np.repeat(np.array(means), counts)
