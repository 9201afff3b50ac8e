"""How sure is sure: temperature, threshold and figures from predictions of rows that were not trained on."""

import numpy as np
from numpy.typing import NDArray

from routing.core.inference import softmax
from routing.core.model import Floats, LabelFigures, OutOfFold

Names = NDArray[np.str_]

LEAST_THRESHOLD = 0.5  # below it the model itself holds its answer for more likely wrong than right
LARGEST_FACTOR = 50.0  # where every row was told apart the likeliest factor is infinite

# One-sided 95 %: a threshold that looked good on forty rows is not yet one to act on.
_Z = 1.645


def fitted_inverse_temperature(scores: Floats, right: NDArray[np.intp]) -> float:
    """Return the factor by which scores become the likeliest probabilities of the right labels.

    scores: (n_rows, n_labels). right: (n_rows,), index of the right label. The loss is convex in
    the factor, so Newton's steps from below 1 find its only minimum. (Guo et al. 2017, section 4.2)
    """
    factor = 1.0
    of_right = scores[np.arange(len(right)), right]
    for _step in range(100):
        shares = softmax(factor * scores)
        mean = (shares * scores).sum(axis=1)
        slope = float((mean - of_right).mean())
        bend = float(((shares * scores**2).sum(axis=1) - mean**2).mean())
        change = float(np.clip(slope / (bend + 1e-12), -factor, factor / 2))
        factor = min(factor - change, LARGEST_FACTOR)
        if abs(change) < 1e-12 * factor or factor == LARGEST_FACTOR:
            break
    return factor


def threshold_for(shares: Floats, names: Names, right: Names, *, goal: float) -> float | None:
    """Return the least probability from which on the precision surely keeps the goal; None without one.

    shares: (n_rows, n_labels), out of fold. "Surely": the lower end of the precision's 95 % Wilson
    interval keeps it (Brown, Cai, DasGupta 2001, "Interval estimation for a binomial proportion").
    """
    first = shares.max(axis=1)
    is_right = names[shares.argmax(axis=1)] == right
    order = np.argsort(-first, kind="stable")
    order = order[first[order] >= LEAST_THRESHOLD]
    routed = np.arange(1, len(order) + 1)
    ends_a_tie = np.append(np.diff(first[order]) != 0, [True])[: len(order)]
    keeps = ends_a_tie & (_lower_bound(np.cumsum(is_right[order]) / routed, routed) >= goal)
    if not keeps.any():
        return None
    last = int(np.flatnonzero(keeps)[-1])
    least = float(first[order][last])
    # Where all rows may be routed, those to come need not be surer than the least sure of them.
    return max(LEAST_THRESHOLD, min(least, goal)) if last == len(order) - 1 else least


def figures_at(threshold: float | None, shares: Floats, names: Names, right: Names) -> OutOfFold:
    """Return accuracy, and precision and coverage at the threshold, of all rows and per label."""
    first = shares.max(axis=1)
    label = names[shares.argmax(axis=1)]
    routed = first >= threshold if threshold is not None else np.zeros(len(first), dtype=np.bool_)
    is_right = label == right
    return OutOfFold(
        rows=len(right),
        accuracy=float(is_right.mean()),
        precision=_share(is_right[routed]),
        coverage=float(routed.mean()),
        labels=tuple(
            LabelFigures(
                label=str(name),
                rows=int((right == name).sum()),
                routed=int((routed & (label == name)).sum()),
                precision=_share(is_right[routed & (label == name)]),
            )
            for name in names
        ),
    )


def _share(is_right: NDArray[np.bool_]) -> float | None:
    return float(is_right.mean()) if len(is_right) else None


def _lower_bound(share: Floats, of: NDArray[np.intp]) -> Floats:
    """Return the lower end of the Wilson interval of each share of `of` rows."""
    half = _Z * np.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    bound: Floats = (share + _Z**2 / (2 * of) - half) / (1 + _Z**2 / of)
    return bound
