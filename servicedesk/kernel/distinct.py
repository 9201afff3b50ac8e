"""Distinct numbers of plain arrays. Pure. numpy's own `unique` imports its masked arrays: six megabytes."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Number = TypeVar("Number", bound=np.generic)


def distinct(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return the distinct values in order, shape `(n_distinct,)`."""
    return distinct_with_places(values)[0]


def distinct_with_places(values: npt.NDArray[Number]) -> tuple[npt.NDArray[Number], npt.NDArray[np.int64]]:
    """Return the distinct values in order, and for each of `values` its place among them."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    is_first = np.ones(len(ordered), dtype=bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    places = np.empty(len(ordered), dtype=np.int64)
    places[order] = np.cumsum(is_first) - 1
    return ordered[is_first], places
