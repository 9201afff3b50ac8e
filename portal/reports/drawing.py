"""Geometry of the chart: shares over weeks in a box of 100 × 100, y down. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TOP, BOTTOM = 4.0, 96.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Which shares the height of the box stands for; `steps` are the labelled ones, highest first."""

    low: float
    high: float
    steps: tuple[float, ...]

    def y(self, share: float) -> float:
        """Return where a share lies, bounded to the box."""
        place = (self.high - share) / (self.high - self.low)
        return round(TOP + (BOTTOM - TOP) * min(max(place, 0.0), 1.0), 2)


def scale_for(shares: Sequence[float], goal: float) -> Scale:
    """Return a scale that shows every share and the goal, in steps of a quarter, from a round percentage."""
    lowest = min([*shares, goal])
    low = next(step for step in (0.8, 0.6, 0.4, 0.2, 0.0) if step <= lowest or step == 0.0)
    size = (1.0 - low) / 4
    return Scale(low, 1.0, tuple(round(1.0 - size * i, 4) for i in range(5)))


def points(shares: Sequence[float | None], scale: Scale) -> str:
    """Return the polyline of the weeks that have a share; weeks without any are passed over."""
    step = 100 / max(len(shares) - 1, 1)
    return " ".join(
        f"{round(i * step, 2)},{scale.y(share)}" for i, share in enumerate(shares) if share is not None
    )


def count_scale(counts: Sequence[int]) -> Scale:
    """Return a scale from nothing to a round number above every count, in four equal whole steps."""
    highest = max([*counts, 1])
    size = next(step for step in _round_steps() if 4 * step >= highest)
    return Scale(0, 4 * size, tuple(float(size * i) for i in range(4, -1, -1)))


def _round_steps() -> Iterator[int]:
    """Yield 1, 2, 5, 10, 20, 25, 50, 100, ..."""
    power = 1
    while True:
        yield from (power, 2 * power, *([5 * power // 2] if power > 1 else []), 5 * power)
        power *= 10
