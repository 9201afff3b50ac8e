"""Opening hours asked about many moments at once: arrays in, arrays out, the same answers as one by one.

Moments are whole seconds since 1970 and durations whole seconds, as int64 arrays of one length. A replay of
a quarter, or a recount after a calendar changed, asks hundreds of thousands of times; by arrays a question
costs a hundredth of what it costs alone.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from servicedesk.calendars.core.horizon import HORIZON_SECONDS, LAST_MOMENT, horizon_after
from servicedesk.calendars.core.window import Window
from servicedesk.calendars.hours import OpeningHours

Moments = npt.NDArray[np.int64]

# Where `OpeningHours.add_seconds` raises NeverOpen. Later than any moment, so it sorts and compares last.
NEVER: Final = int(np.iinfo(np.int64).max)


def elapsed_of_many(hours: OpeningHours, starts: Moments, ends: Moments) -> Moments:
    """Return the seconds of open time between each start and its end, 0 where the end is not after it."""
    if not len(starts):
        return np.zeros(0, dtype=np.int64)
    window = hours.window(int(min(starts.min(), ends.min())), int(max(starts.max(), ends.max())))
    spans = _Spans(window)
    found: Moments = spans.worked_until(ends) - spans.worked_until(starts)
    return np.maximum(found, 0, out=found)


def add_to_many(hours: OpeningHours, starts: Moments, seconds: Moments) -> tuple[Moments, Moments]:
    """Return (due, breach) of each start as `OpeningHours.add_seconds` does; both NEVER where it raises.

    Raises ValueError if any of `seconds` is negative.
    """
    if not len(starts):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    if int(seconds.min()) < 0:
        raise ValueError("Working time to add cannot be negative.")
    spans, goals = _reaching(hours, starts, seconds)
    limits = np.minimum(starts + HORIZON_SECONDS, LAST_MOMENT)
    due, breach = spans.reached(goals)
    due = np.where(seconds == 0, starts, due)
    breach = np.minimum(breach, limits)
    never = due > limits
    due[never] = breach[never] = NEVER
    return due, breach


def _reaching(hours: OpeningHours, starts: Moments, seconds: Moments) -> tuple["_Spans", Moments]:
    """Return spans in which every sum is reached, or those up to the last start's horizon; and the goals."""
    first, last = int(starts.min()), int(starts.max())
    limit, ends = horizon_after(last), last
    while True:
        window = hours.window(first, ends)
        spans = _Spans(window)
        goals = spans.worked_until(starts) + seconds
        if window.total > int(goals.max()) or window.ends >= limit:
            return spans, goals
        # Twice as far each time: a target of years must not be looked for year by year.
        ends = min(limit, window.ends + max(window.ends - last, 1))


class _Spans:
    """A window's open spans as arrays; see Window for what each question means."""

    def __init__(self, window: Window) -> None:
        self.opens = np.array(window.opens, dtype=np.int64)
        self.closes = np.array(window.closes, dtype=np.int64)
        self.worked = np.array(window.worked, dtype=np.int64)
        self.opens_next = np.append(self.opens[1:], NEVER)

    def worked_until(self, moments: Moments) -> Moments:
        """Return the open time from the window's beginning to each moment."""
        found = np.zeros(len(moments), dtype=np.int64)
        if len(self.opens):
            place = np.searchsorted(self.opens, moments, side="right") - 1
            at = np.maximum(place, 0)
            np.subtract(
                self.worked[at], np.maximum(self.closes[at] - moments, 0), out=found, where=place >= 0
            )
        return found

    def reached(self, goals: Moments) -> tuple[Moments, Moments]:
        """Return when each goal is first worked, and the last moment at which no more is; or NEVER."""
        if not len(self.worked):
            return np.full(len(goals), NEVER, dtype=np.int64), np.full(len(goals), NEVER, dtype=np.int64)
        place = np.searchsorted(self.worked, goals, side="left")
        beyond = place == len(self.worked)
        place[beyond] = len(self.worked) - 1
        ahead = self.worked[place] - goals
        first = self.closes[place] - ahead
        first[beyond] = NEVER
        # Where a span's end is the goal itself, no more is worked until the next one opens.
        return first, np.where(ahead == 0, self.opens_next[place], first)
