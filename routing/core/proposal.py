"""What routing answers, whoever answered: a model, the catalogue or a rule."""

from dataclasses import dataclass
from typing import NamedTuple


class Candidate(NamedTuple):
    """probability: calibrated where a model says it; a likeness from 0 to 1 where the catalogue does."""

    label: str
    probability: float


class Reason(NamedTuple):
    """Words of the text that spoke for the first candidate, and how much, as a share of all that did."""

    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """Up to three candidates, best first.

    confident: sure enough to act without a person. is_readable: enough of the words were known.
    """

    candidates: tuple[Candidate, ...] = ()
    confident: bool = False
    reasons: tuple[Reason, ...] = ()
    is_readable: bool = True
