"""Hours as arrays: open time between many pairs of moments at once, and when so much of it has passed."""

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from servicedesk.calendars.hours import OpeningHours

Seconds: TypeAlias = npt.NDArray[np.int64]
_STEP = 400 * 86_400


class Ruler:
    """The hours of one calendar, compiled for the span of time that was asked for; moments since 1970."""

    def __init__(self, hours: OpeningHours) -> None:
        self._hours = hours
        self._from = self._to = 0
        self._opens = self._closes = self._worked = np.zeros(0, np.int64)

    def between(self, starts: Seconds, ends: Seconds) -> Seconds:
        """Return the open time between each start and its end, which is not before it."""
        if not len(starts):
            return np.zeros(0, np.int64)
        self._cover(int(starts.min()), int(ends.max()))
        return self._worked_until(ends) - self._worked_until(starts)

    def last_with(self, starts: Seconds, seconds: Seconds) -> Seconds:
        """Return the last moment at which no more than `seconds` have passed since each start.

        So much and more has to pass within what `between` was asked about.
        """
        goal = self._worked_until(starts) + seconds
        place = np.searchsorted(self._worked, goal, side="right")
        found: Seconds = self._closes[place] - (self._worked[place] - goal)
        return found

    def _worked_until(self, moments: Seconds) -> Seconds:
        if not len(self._opens):
            return np.zeros(len(moments), np.int64)
        place = np.searchsorted(self._opens, moments, side="right") - 1
        left = np.maximum(self._closes[place] - moments, 0)
        found: Seconds = np.where(place < 0, 0, self._worked[place] - left)
        return found

    def _cover(self, first: int, last: int) -> None:
        if self._from <= first and last <= self._to:
            return
        begins = first - _STEP if self._from == self._to else min(first - _STEP, self._from)
        self._from, self._to = begins, max(last + _STEP, self._to)
        spans = self._hours.spans(_instant(self._from), _instant(self._to))
        self._opens = np.array([_seconds(opened) for opened, _closed in spans], np.int64)
        self._closes = np.array([_seconds(closed) for _opened, closed in spans], np.int64)
        self._worked = np.cumsum(self._closes - self._opens)


def _instant(seconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
