"""A stretch of time with its open spans compiled, so that questions are answered by bisection."""

from bisect import bisect_left, bisect_right
from itertools import accumulate

from servicedesk.calendars.core.intervals import Seconds, within


class Window:
    """The open spans between two moments; never changed once made, so it is read without a lock.

    `worked` is the open time from the window's beginning to the end of each span. All moments and
    durations are whole seconds.
    """

    __slots__ = ("begins", "closes", "ends", "opens", "total", "worked")

    def __init__(self, begins: int, ends: int, spans: list[Seconds]) -> None:
        self.begins = begins
        self.ends = ends
        self.opens = [opened for opened, _ in spans]
        self.closes = [closed for _, closed in spans]
        self.worked = list(accumulate(closed - opened for opened, closed in spans))
        self.total = self.worked[-1] if spans else 0

    def spans(self) -> list[Seconds]:
        return list(zip(self.opens, self.closes, strict=True))

    def spans_between(self, start: int, end: int) -> list[Seconds]:
        first = max(0, bisect_right(self.opens, start) - 1)
        last = bisect_left(self.opens, end)
        return within(list(zip(self.opens[first:last], self.closes[first:last], strict=True)), start, end)

    def is_open(self, at: int) -> bool:
        place = bisect_right(self.opens, at) - 1
        return place >= 0 and at < self.closes[place]

    def worked_until(self, at: int) -> int:
        """Return the open time from the window's beginning to `at`."""
        place = bisect_right(self.opens, at) - 1
        if place < 0:
            return 0
        left = self.closes[place] - at
        return self.worked[place] - left if left > 0 else self.worked[place]

    def first_with(self, goal: int) -> int | None:
        """Return the first moment by which `goal` has been worked, None if not in this window."""
        place = bisect_left(self.worked, goal)
        return self.closes[place] - (self.worked[place] - goal) if place < len(self.worked) else None

    def last_with(self, goal: int) -> int | None:
        """Return the last moment at which no more than `goal` has been worked."""
        place = bisect_right(self.worked, goal)
        return self.closes[place] - (self.worked[place] - goal) if place < len(self.worked) else None
