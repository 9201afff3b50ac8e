"""Sets of half-open spans [from, to) of whole seconds since 1970, kept sorted, apart and not empty."""

from collections.abc import Iterable

Seconds = tuple[int, int]


def union(spans: Iterable[Seconds]) -> list[Seconds]:
    """Return the spans joined where they overlap or touch; empty ones vanish."""
    joined: list[Seconds] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def intersection(left: list[Seconds], right: list[Seconds]) -> list[Seconds]:
    """Return what lies in both."""
    shared: list[Seconds] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            shared.append((start, end))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return shared


def difference(spans: list[Seconds], taken: list[Seconds]) -> list[Seconds]:
    """Return what of `spans` is not in `taken`."""
    left: list[Seconds] = []
    place = 0
    for start, end in spans:
        free_from = start
        while place < len(taken) and taken[place][0] < end:
            shut, opened = taken[place]
            if free_from < shut:
                left.append((free_from, shut))
            free_from = max(free_from, opened)
            if opened > end:
                break  # it may also cut the next span
            place += 1
        if free_from < end:
            left.append((free_from, end))
    return left


def within(spans: list[Seconds], start: int, end: int) -> list[Seconds]:
    """Return the part of `spans` between two moments."""
    return intersection(spans, [(start, end)]) if start < end else []
