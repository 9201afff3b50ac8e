"""How much of a target is burnt, as figures for a fuse: the agent's list and the clocks of a ticket. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, TypeAlias

from servicedesk.calendars.hours import OpeningHours
from sla.core.cycle import WARNING_PERCENTS

Shape: TypeAlias = Literal["met", "due", "risk", "late", "held"]

# Beyond this an opening counts as never closing: a countdown on a page does not live so long.
_OPEN_FOR_LONG = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Burning:
    """A clock as stored, as far as a fuse needs it; it may have moved on since."""

    kind: str
    state: str
    target_seconds: int
    consumed_seconds: int
    running_since: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Fuse:
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


def fuse(clock: Burning, hours: OpeningHours, *, now: datetime) -> Fuse:
    """Return the clock's fuse at `now`."""
    used = clock.consumed_seconds
    if clock.running_since is not None:
        used += hours.elapsed(clock.running_since, now)
    left = clock.target_seconds - used
    risk = clock.target_seconds * (100 - WARNING_PERCENTS[0]) // 100
    return Fuse(
        kind=clock.kind,
        shape=_shape(clock, left, risk),
        left_seconds=left,
        share=min(100, used * 100 // clock.target_seconds) if clock.target_seconds else 100,
        target_seconds=clock.target_seconds,
        risk_seconds=risk,
        due_at=clock.due_at,
        open_seconds=open_seconds(hours, now),
        is_running=clock.running_since is not None,
    )


def open_seconds(hours: OpeningHours, now: datetime) -> int | None:
    """Return the seconds until the hours next close, 0 while closed, None where they stay open for long."""
    return _open_seconds(hours, now.replace(microsecond=0))


# A page asks for every row, and its rows share a calendar.
@lru_cache(maxsize=64)
def _open_seconds(hours: OpeningHours, now: datetime) -> int | None:
    first = next(iter(hours.spans(now, now + _OPEN_FOR_LONG)), None)
    if first is None or first[0] > now:
        return 0
    length = first[1] - first[0]
    return None if length >= _OPEN_FOR_LONG else int(length.total_seconds())


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
