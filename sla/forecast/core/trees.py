"""Boosted trees as plain arrays, walked for all rows at once; equal to what scikit-learn answers."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sla.forecast.core.survival import Floats

Numbers: TypeAlias = NDArray[np.int32]
AT_ONCE = 20_000  # rows; what is gathered for so many stays in the processor's cache
LEAF = -1


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees of equal size, padded. All but `start` are (n_trees, most_nodes); node 0 is the root.

    feature: what a node looks at, LEAF where it looks at nothing. left: where rows go whose value is at most
    `threshold`, right: where the others go; a leaf leads to itself. value: what a leaf adds, in log-odds.
    start: the log-odds before any tree. depth: the most steps from a root to a leaf.
    """

    feature: Numbers
    threshold: Floats
    left: Numbers
    right: Numbers
    value: Floats
    start: float
    depth: int

    def log_odds(self, rows: Floats) -> Floats:
        """Return the sum of what each row (n_rows, n_features) reaches. Compares single-precision values."""
        narrow = np.ascontiguousarray(rows, dtype=np.float32)
        parts = [
            self._of_few(narrow[begin : begin + AT_ONCE]) for begin in range(0, max(len(rows), 1), AT_ONCE)
        ]
        return np.concatenate(parts)

    def _of_few(self, rows: NDArray[np.float32]) -> Floats:
        total = np.full(len(rows), self.start)
        every = np.arange(len(rows))
        for tree in range(len(self.feature)):
            node = np.zeros(len(rows), dtype=np.int32)
            for _step in range(self.depth):
                looked_at = self.feature[tree][node]
                is_left = rows[every, looked_at] <= self.threshold[tree][node]
                ahead = np.where(is_left, self.left[tree][node], self.right[tree][node])
                node = np.where(looked_at == LEAF, node, ahead)
            total += self.value[tree][node]
        return total


def probability(log_odds: Floats) -> Floats:
    """Return 1 / (1 + exp(-log_odds)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)))


def log_odds_of(share: Floats) -> Floats:
    """Return the log-odds of shares, those of 0 and 1 a little inside."""
    inside = np.clip(share, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside) - np.log1p(-inside))
