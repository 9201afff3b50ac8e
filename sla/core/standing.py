"""Where an open ticket stands in the queue: its band, and its place within the band.

A ticket is in the first band that fits, tried in the order waiting, now, overdue, in time; the queue shows
now, in time, overdue, waiting. What can still be kept comes before what is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

# Stands for "no promise tells": after everything that has one, and far from where time zones overflow.
NO_TIME = datetime(9000, 1, 1, tzinfo=UTC)
FIRST_PRIORITY = 1


class Band(IntEnum):
    """The bands in the order in which the queue shows them."""

    NOW = 0
    IN_TIME = 1
    OVERDUE = 2
    WAITING = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """An open clock as the queue sees it: when its risk begins, when it is late, what is left.

    risk_at: when it is forecast to miss (probability over 50 %); without a forecast, when three quarters of
    its target are used.

    late_at is None while the clock rests short of its target, or can never be late.
    """

    risk_at: datetime | None
    late_at: datetime | None
    left_seconds: int

    def is_late(self, now: datetime) -> bool:
        return self.late_at is not None and self.late_at <= now

    def is_at_risk(self, now: datetime) -> bool:
        """Say whether its risk has begun and it can still be kept."""
        if self.risk_at is None or self.late_at is None:
            return False
        return self.risk_at <= now < self.late_at


@dataclass(frozen=True, slots=True)
class Place:
    """(band, level, sort_at) is the order, ascending; `lead` is the index of the clock to look at first."""

    band: Band
    level: int
    sort_at: datetime
    lead: int | None


def place(marks: Sequence[Mark], *, priority: int, waits_since: datetime | None, now: datetime) -> Place:
    """Return the place at `now` of a ticket with these open clocks.

    Now: P1 first, the longest late before all; then by the next promise to break, for one that is broken
    can be kept no more. In time: by the moment when the first risk begins, the latest sensible start.
    Overdue: by priority, then the longest late. Waiting: the longest waiting first.
    """
    if waits_since is not None:
        return Place(Band.WAITING, 0, waits_since, _lead(marks))
    late = min((mark.late_at for mark in marks if mark.late_at), default=NO_TIME)
    if priority == FIRST_PRIORITY:
        return Place(Band.NOW, 0, late, _lead(marks))
    if any(mark.is_at_risk(now) for mark in marks):
        ahead = min(mark.late_at for mark in marks if mark.late_at and mark.late_at > now)
        return Place(Band.NOW, 1, ahead, _lead(marks))
    if late <= now:
        return Place(Band.OVERDUE, priority, late, _lead(marks))
    risks = [mark.risk_at for mark in marks if mark.risk_at and mark.late_at]
    return Place(Band.IN_TIME, 0, min(risks, default=NO_TIME), _lead(marks))


def _lead(marks: Sequence[Mark]) -> int | None:
    """Return which clock is late first; of clocks that rest, the one with the least left."""
    order = sorted(
        range(len(marks)), key=lambda index: (marks[index].late_at or NO_TIME, marks[index].left_seconds)
    )
    return order[0] if order else None
