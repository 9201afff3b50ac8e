"""What the steps of an agreement probably do not mean. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sla.core.escalation import Step
from sla.core.events import KINDS
from sla.core.moments import MISSED, is_warning, seconds_used
from sla.forecast.core.told import FORETOLD

StepCode: TypeAlias = Literal[
    "does_nothing",
    "twice",
    "never_comes",
    "no_forecast",
    "warns_the_customer",
    "for_no_rule",
    "breach_told_to_nobody",
]


@dataclass(frozen=True, slots=True)
class StepDoubt:
    """Something to look at again about the step at `place`, from 1; 0 means the steps as a whole."""

    code: StepCode
    place: int = 0


def step_doubts(
    steps: Sequence[Step], targets: Sequence[tuple[str, int]], *, is_forecast: bool
) -> Iterator[StepDoubt]:
    """Yield what is doubtful about steps; `targets` are (clock kind, seconds) that they are for.

    Without any targets the steps are for no rule at all, and that is the only thing to say.
    """
    if steps and not targets:
        yield StepDoubt("for_no_rule")
        return
    for place, step in enumerate(steps, start=1):
        if not step.to and not step.has_deeds:
            yield StepDoubt("does_nothing", place)
        if any(_is_same(step, other) for other in steps[: place - 1]):
            yield StepDoubt("twice", place)
        if step.moment.kind == "chance" and not (is_forecast and any(map(step.is_for, FORETOLD))):
            yield StepDoubt("no_forecast", place)
        if step.moment.kind != "chance" and not _comes(step, targets):
            yield StepDoubt("never_comes", place)
        if "requester" in step.to and is_warning(step.moment.code):
            yield StepDoubt("warns_the_customer", place)
    if steps and _tells_only_after_the_breach(steps):
        yield StepDoubt("breach_told_to_nobody")


def _is_same(step: Step, other: Step) -> bool:
    """Say whether two rows come at the same moment of a clock on the same condition and do the same."""
    shared = any(step.is_for(kind) and other.is_for(kind) for kind in KINDS)
    is_same_deed = (step.to, step.assign, step.note) == (other.to, other.assign, other.note)
    is_same_time = step.moment == other.moment and step.condition == other.condition
    return shared and is_same_time and is_same_deed and step.raise_priority == other.raise_priority


def _comes(step: Step, targets: Sequence[tuple[str, int]]) -> bool:
    used = [seconds_used(step.moment.code, seconds) for kind, seconds in targets if step.is_for(kind)]
    return any(seconds > 0 for seconds in used)


def _tells_only_after_the_breach(steps: Sequence[Step]) -> bool:
    """Say whether somebody hears of a clock long late, and nobody of its being late at all."""
    later = any(not is_warning(step.moment.code) and step.moment.code != MISSED and step.to for step in steps)
    return later and not any(step.moment.code == MISSED and step.to for step in steps)
