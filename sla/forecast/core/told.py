"""A forecast as it is kept with a clock: the probability to miss at every twentieth of its target."""

from collections.abc import Sequence
from math import ceil

FORETOLD = ("first_response", "resolution")  # clocks
STEPS = 20
MOST_BEFORE_TARGET = 99  # percent; nothing is certain before it has come
LIKELY = 50  # percent; from here on a clock is forecast to miss


def percent_at(percents: Sequence[int], share_used: float) -> int:
    """Return the probability to miss, in percent, where so much of the target is used.

    percents: rising, STEPS + 1 of them, at 0, 1/20, ... of the target; the last is 100. Between
    them it rises in a straight line.
    """
    if share_used >= 1:
        return 100
    place = max(share_used, 0.0) * STEPS
    below = int(place)
    low, high = percents[below], percents[below + 1]
    return min(round(low + (high - low) * (place - below)), MOST_BEFORE_TARGET)


def seconds_until(percents: Sequence[int], target_seconds: int, percent: int) -> int:
    """Return the open time after which the probability to miss is more than `percent` (0 to 99).

    It is the target at the latest, and 0 for a clock that begins so.
    """
    if percents[0] > percent:
        return 0
    above = next(place for place, value in enumerate(percents) if value > percent)
    low, high = percents[above - 1], percents[above]
    share = (above - 1 + (percent - low) / (high - low)) / STEPS
    return min(ceil(share * target_seconds), target_seconds)


def as_text(percents: Sequence[int]) -> str:
    """Return the percents as they are stored."""
    return " ".join(map(str, percents))


def from_text(text: str) -> tuple[int, ...]:
    """Return stored percents."""
    return tuple(map(int, text.split()))
