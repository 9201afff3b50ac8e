"""How good forecasts were: Brier score, ranking, and whether what was said came true."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sla.forecast.core.survival import Bools, Floats

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts between `low` and `high`: how many, what they said on average, and the share that missed."""

    low: float
    high: float
    count: int
    said: float
    came: float


def brier(said: Floats, missed: Bools) -> float:
    """Return the mean squared distance between what was said and what came (Brier 1950); 0 is best."""
    return float(np.mean((said - missed) ** 2))


def auroc(said: Floats, missed: Bools) -> float | None:
    """Return the chance that one that missed was given more than one that did not; ties count half.

    None where all ended alike. By ranks: Mann and Whitney's U.
    """
    misses = int(missed.sum())
    others = len(missed) - misses
    if not misses or not others:
        return None
    _values, places, counts = np.unique(said, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[places]
    above = float(ranks[missed].sum()) - misses * (misses + 1) / 2
    return above / (misses * others)


def reliability(said: Floats, missed: Bools, *, bins: int = BINS) -> tuple[Bin, ...]:
    """Return what was said and what came, in equal steps of what was said; empty steps are left out."""
    places = np.minimum((said * bins).astype(np.int64), bins - 1)
    return tuple(_bins(said, missed, places, bins))


def _bins(
    said: Floats, missed: Bools, places: "np.ndarray[tuple[int], np.dtype[np.int64]]", bins: int
) -> Iterator[Bin]:
    for place in range(bins):
        chosen = places == place
        if chosen.any():
            yield Bin(
                place / bins,
                (place + 1) / bins,
                int(chosen.sum()),
                float(said[chosen].mean()),
                float(missed[chosen].mean()),
            )


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean distance between said and came, each forecast counting once."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.said - each.came) for each in bins) / total if total else 0.0


def covered(low: Floats, high: Floats, came: Floats) -> float:
    """Return the share of values that lie within their range, ends included."""
    return float(np.mean((low <= came) & (came <= high)))
