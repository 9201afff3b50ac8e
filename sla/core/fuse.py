"""How much of a target is burnt, as figures for a fuse: the agent's list and the clocks of a ticket. Pure."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from servicedesk.calendars.hours import OpeningHours
from sla.core.cycle import WARNING_PERCENTS

Shape: TypeAlias = Literal["met", "due", "risk", "late", "held"]

# Beyond this an opening counts as never closing: a countdown on a page does not live so long.
_OPEN_FOR_LONG = timedelta(days=8)
_FOR_LONG = int(_OPEN_FOR_LONG.total_seconds())


class Burning(NamedTuple):
    """A clock as stored, as far as a fuse needs it; it may have moved on since."""

    kind: str
    state: str
    target_seconds: int
    consumed_seconds: int
    running_since: datetime | None
    due_at: datetime | None


class Fuse(NamedTuple):
    """One clock at a moment.

    left_seconds: open time, below zero when late. share: burnt, 0 to 100. risk_seconds: left below which
    it is at risk. open_seconds: until the hours next close (0 while closed), None where they do not.
    """

    kind: str
    shape: Shape
    left_seconds: int
    share: int
    target_seconds: int
    risk_seconds: int
    due_at: datetime | None
    open_seconds: int | None
    is_running: bool
    steady_seconds: int


def fuse(clock: Burning, hours: OpeningHours, *, now: datetime) -> Fuse:
    """Return the clock's fuse at `now`."""
    used = clock.consumed_seconds
    if clock.running_since is not None:
        used += hours.elapsed(clock.running_since, now)
    target = clock.target_seconds
    left, risk = target - used, target * (100 - WARNING_PERCENTS[0]) // 100
    is_open, edge = _next_edge(hours, now.replace(microsecond=0))
    is_running = clock.running_since is not None
    return Fuse(
        kind=clock.kind,
        shape=_shape(clock, left, risk),
        left_seconds=left,
        share=min(100, used * 100 // target) if target else 100,
        target_seconds=target,
        risk_seconds=risk,
        due_at=clock.due_at,
        open_seconds=(edge if edge < _FOR_LONG else None) if is_open else 0,
        is_running=is_running,
        steady_seconds=_steady_seconds(left, target, risk, edge) if is_running and is_open else edge,
    )


# A page asks for every row, and its rows share a calendar.
@lru_cache(maxsize=64)
def _next_edge(hours: OpeningHours, now: datetime) -> tuple[bool, int]:
    """Return whether the hours are open, and the seconds until they close or open, at most _FOR_LONG."""
    first = next(iter(hours.spans(now, now + _OPEN_FOR_LONG)), None)
    if first is None:
        return False, _FOR_LONG
    is_open = first[0] <= now
    return is_open, int(((first[1] if is_open else first[0]) - now).total_seconds())


def _steady_seconds(left: int, target: int, risk: int, edge: int) -> int:
    """Return how long a running clock keeps its shape, its burnt percent and its minute in words."""
    if left < 0:
        return min(edge, 60 - -left % 60 if left <= -60 else 1)
    used = target - left
    next_percent = -(-(used * 100 // target + 1) * target // 100) - used if target else edge
    until_risk = left - risk if left > risk else edge
    return max(1, min(edge, left % 60 + 1 if left >= 60 else 1, until_risk, next_percent))


def _shape(clock: Burning, left: int, risk: int) -> Shape:
    if clock.state == "met":
        return "met"
    if clock.state == "cancelled":
        return "held"
    if left < 0:
        return "late"
    if clock.running_since is None:
        return "held"
    return "risk" if left <= risk else "due"
