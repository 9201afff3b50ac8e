"""What a reader asks of the figures: period, moment of knowledge, clock, team, priority, customer. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from servicedesk.tickets.core.periods import WEEK, day_of, edges_of, mondays

LONGEST_WEEKS = 106


@dataclass(frozen=True, slots=True)
class Asked:
    """Cycles judged in [from_at, to_at), as the desk knew them at `as_of`; None stands for any."""

    from_at: datetime
    to_at: datetime
    as_of: datetime
    zone: str
    kind: str | None = None
    group_id: int | None = None
    priority: int | None = None
    organisation_id: int | None = None
    agreement_id: int | None = None

    def of(self, **other: object) -> "Asked":
        """Return the same question with other values."""
        return replace(self, **other)  # type: ignore[arg-type]


def last_weeks(weeks: int, *, until: datetime, as_of: datetime, zone: str) -> Asked:
    """Return the question about the last `weeks` ISO weeks up to that of `until`, cut off at `as_of`."""
    begins = mondays(day_of(min(until, as_of), zone), max(1, min(weeks, LONGEST_WEEKS)))
    edges = edges_of(begins, WEEK, zone)
    # The second of `as_of` itself belongs to what was known then.
    return Asked(edges[0], min(edges[-1], as_of + timedelta(seconds=1)), as_of, zone)
