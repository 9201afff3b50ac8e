"""When a step of an agreement comes, and in which order the steps of a clock follow each other. Pure.

A moment is a share of the target or so much open time before or after it; each is told by one number, its
`code`, which firings and events keep: 1 to 1000 are percents, 100 is being late.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

MomentKind: TypeAlias = Literal["percent", "before", "after", "chance"]

MISSED = 100
USUAL = (75, 90, MISSED)
MOST_PERCENT = 1000
MOST_MINUTES = 999_999
_FIRST_CODES: dict[MomentKind, int] = {
    "chance": 3_000_000,
    "after": 2_000_000,
    "before": 1_000_000,
    "percent": 0,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """`amount`: percent of the target, minutes of open time before or after it, or percent of likelihood."""

    kind: MomentKind
    amount: int

    @property
    def code(self) -> int:
        """The number that stands for the moment."""
        return _FIRST_CODES[self.kind] + self.amount


@dataclass(frozen=True, slots=True)
class StepPlan:
    """The codes of a clock's steps; `repeats` are those that an acknowledgement ends."""

    codes: tuple[int, ...]
    repeats: frozenset[int] = frozenset()

    def without_repeats(self) -> "StepPlan":
        return StepPlan(tuple(code for code in self.codes if code not in self.repeats))


@lru_cache(maxsize=1024)
def moment_of(code: int) -> Moment:
    """Return the moment that a code stands for."""
    kind = next(kind for kind, first in _FIRST_CODES.items() if code >= first)
    return Moment(kind, code - _FIRST_CODES[kind])


def seconds_used(code: int, target_seconds: int) -> int:
    """Return how much of its open time a clock has used at a moment; below 1 it does not come."""
    moment = moment_of(code)
    if moment.kind == "percent":
        return -(-target_seconds * moment.amount // 100)
    offset = moment.amount * 60
    return target_seconds - offset if moment.kind == "before" else target_seconds + offset


def in_order(codes: Iterable[int], target_seconds: int) -> list[int]:
    """Return the steps that come with time, first the earliest; being late is always among them.

    A step longer before the due moment than the whole target does not come. A likelihood has no time.
    """
    chain = {code for code in codes if moment_of(code).kind != "chance"} | {MISSED}
    return sorted(
        (code for code in chain if seconds_used(code, target_seconds) > 0),
        key=lambda code: place(code, target_seconds),
    )


@lru_cache(maxsize=4096)  # a desk has few steps and few targets, and a sweep asks for each clock
def place(code: int, target_seconds: int) -> tuple[int, int, int]:
    """Return the order of a step: warnings, being late, then what comes later still."""
    moment = moment_of(code)
    if code == MISSED:
        phase = 1
    else:
        is_before = moment.kind == "before" or (moment.kind == "percent" and moment.amount < MISSED)
        phase = 0 if is_before else 2
    return phase, seconds_used(code, target_seconds), code


def is_warning(code: int) -> bool:
    """Say whether a step comes before its clock is late."""
    moment = moment_of(code)
    return moment.kind in ("before", "chance") or (moment.kind == "percent" and moment.amount < MISSED)


def passed(chain: Sequence[int], fired: int, target_seconds: int) -> int:
    """Return how many steps of an ordered chain do not come after `fired`; 0 stands before the first.

    `fired` need not be of the chain: the steps of an agreement may have changed since.
    """
    if not fired:
        return 0
    last = place(fired, target_seconds)
    return sum(place(code, target_seconds) <= last for code in chain)


def following(chain: Sequence[int], fired: int, target_seconds: int) -> int | None:
    """Return the step of an ordered chain that comes after `fired`, None after the last."""
    return next(iter(chain[passed(chain, fired, target_seconds) :]), None)


def last_of(codes: Collection[int], target_seconds: int) -> int:
    """Return the step that comes last of those dealt with, 0 for none."""
    return max(codes, key=lambda code: place(code, target_seconds), default=0)
