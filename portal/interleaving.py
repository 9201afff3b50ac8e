"""Several conversations as one: each keeps its own order, and they are put together by time. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import merge
from typing import TypeVar

T = TypeVar("T")
Dated = tuple[datetime, T]


def interleaved(*lists: Sequence[Dated[T]]) -> list[T]:
    """Return what stands in all lists; an entry dated before the one above it stays below that one."""
    return [entry for _at, entry in merge(*map(_rising, lists), key=lambda each: each[0])]


def _rising(entries: Sequence[Dated[T]]) -> Iterable[Dated[T]]:
    latest: datetime | None = None
    for at, entry in entries:
        latest = at if latest is None else max(latest, at)
        yield latest, entry
