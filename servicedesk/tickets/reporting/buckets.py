"""Into which period of a row of periods a moment falls, said in SQL."""

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import le, lt
from typing import Any

from sqlalchemy import ColumnElement, case, literal_column

Moment = ColumnElement[datetime] | ColumnElement[datetime | None]


def period_of(moment: Moment, edges: Sequence[datetime]) -> ColumnElement[int]:
    """Return how many of the ascending `edges` lie at or before a moment."""
    return _halved(moment, edges, 0, lt)


def edges_before(moment: Moment, edges: Sequence[datetime]) -> ColumnElement[int]:
    """Return how many of the ascending `edges` lie before a moment."""
    return _halved(moment, edges, 0, le)


def _halved(
    moment: Moment,
    edges: Sequence[datetime],
    first: int,
    is_not_after: Callable[[Any, datetime], ColumnElement[bool]],
) -> ColumnElement[int]:
    """Find the place by halving, not in turn: a hundred edges take seven comparisons."""
    if not edges:
        return literal_column(str(first))
    half = len(edges) // 2
    before = _halved(moment, edges[:half], first, is_not_after)
    after = _halved(moment, edges[half + 1 :], first + half + 1, is_not_after)
    return case((is_not_after(moment, edges[half]), before), else_=after)
