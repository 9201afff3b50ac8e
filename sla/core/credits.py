"""Service credits: what is given back where too few promises were kept. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from sla.core.events import Kind


@dataclass(frozen=True, slots=True)
class CreditStep:
    """Where fewer than `below` percent of a clock's promises were kept, give `percent` of the fee back."""

    clock: Kind
    below: float
    percent: float


def credit_for(steps: Iterable[CreditStep], clock: str, *, met: int, judged: int) -> float:
    """Return the percent to give back: the highest of the steps that the share lies below, else 0.

    Nothing judged is no share, and no credit. Compared without division, so that 95 of 100 is not below 95.
    """
    below = (step.percent for step in steps if step.clock == clock and met * 100 < step.below * judged)
    return max(below, default=0.0) if judged else 0.0
