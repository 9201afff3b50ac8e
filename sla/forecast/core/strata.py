"""Curves of kinds of clocks: by clock, priority and team, each standing in for its parts that are too few."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sla.forecast.core.survival import Bools, Curve, Floats, kaplan_meier

FEWEST = 50  # cycles of a stratum; below, its parent answers
Codes: TypeAlias = NDArray[np.int64]
Key: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Strata:
    """Curves by key, from the widest, (), to (clock, priority, team); a parent's key lacks the last part."""

    curves: dict[Key, Curve]
    sizes: dict[Key, int]

    def key_for(self, key: Key) -> Key:
        """Return the narrowest stratum around `key` that has a curve of its own."""
        while key and key not in self.curves:
            key = key[:-1]
        return key

    @cached_property
    def _keys(self) -> list[Key]:
        return sorted(self.curves)

    def places_of(self, keys: Codes) -> Codes:
        """Return which curve answers for each row of `keys`, (n, depth), as a place to hand to `after`."""
        places = {key: place for place, key in enumerate(self._keys)}
        found = np.zeros(len(keys), dtype=np.int64)
        for key, rows in _groups(keys, keys.shape[1]):
            found[rows] = places[self.key_for(key)]
        return found

    def after(self, places: Codes, at: Floats) -> Floats:
        """Return the share of each clock's curve that runs longer than `at`. All of shape (n,)."""
        found = np.ones(len(at))
        for (place,), rows in _groups(places[:, np.newaxis], 1):
            found[rows] = self.curves[self._keys[place]].after(at[rows])
        return found

    def first_at_most(self, places: Codes, share: Floats) -> Floats:
        """Return the first time after which at most `share` of each clock's curve still run."""
        found = np.zeros(len(share))
        for (place,), rows in _groups(places[:, np.newaxis], 1):
            found[rows] = self.curves[self._keys[place]].first_at_most(share[rows])
        return found

    def miss_probabilities(self, places: Codes, elapsed: Floats, targets: Floats) -> Floats:
        """Return S(target) / S(elapsed) of each clock; 1.0 beyond its target."""
        still = self.after(places, elapsed)
        share = np.divide(self.after(places, targets), still, out=np.ones(len(still)), where=still > 0)
        return np.where(elapsed > targets, 1.0, share)


def strata_of(
    keys: Codes, times: Floats, ended: Bools, weights: Floats | None = None, *, fewest: int = FEWEST
) -> Strata:
    """Return the curves of all keys and their parents that have at least `fewest` cycles, and of all.

    keys: (n, depth), the widest part first.
    """
    curves: dict[Key, Curve] = {}
    sizes: dict[Key, int] = {}
    for depth in range(keys.shape[1] + 1):
        for key, rows in _groups(keys, depth):
            if depth == 0 or len(rows) >= fewest:
                some = None if weights is None else weights[rows]
                curves[key] = kaplan_meier(times[rows], ended[rows], some)
                sizes[key] = len(rows)
    return Strata(curves or {(): kaplan_meier([], [])}, sizes or {(): 0})


def _groups(keys: Codes, depth: int) -> Iterator[tuple[Key, Codes]]:
    """Yield each different beginning of `depth` parts with the rows that have it."""
    if not len(keys):
        return
    codes = np.zeros(len(keys), dtype=np.int64)
    for part in range(depth):
        _values, inner = np.unique(keys[:, part], return_inverse=True)
        _seen, codes = np.unique(codes * (int(inner.max()) + 1) + inner, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    edges = np.flatnonzero(np.diff(codes[order])) + 1
    for rows in np.split(order, edges):
        yield tuple(int(part) for part in keys[rows[0], :depth]), rows
