"""When open clocks reach a probability: what the queue's bands, saves and escalation ask of forecasts.

A forecast is kept with its clock as a share of the target, so a pause moves the moment and changes nothing
else. Everything here works without numpy and without the model's files.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, select

from servicedesk.calendars.hours import NeverOpen
from servicedesk.calendars.queries import hours_of
from servicedesk.kernel.db import Id, connection, session
from servicedesk.kernel.many_rows import among, update_rows
from servicedesk.kernel.prepared import Prepared
from servicedesk.tickets.events import STREAM
from sla.core.cycle import Cycle
from sla.forecast.core.told import from_text, percent_at, seconds_until
from sla.forecast.models import Forecast
from sla.forecast.versions import version_in_force
from sla.models import Clock

FORECASTS = cast(Table, Forecast.__table__)
CycleKey = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class Ahead:
    """As much of a clock as tells when open time will have been used; see `sla_clock`."""

    running_since: datetime | None
    consumed_seconds: int
    calendar_version: int | None

    def moment_after(self, seconds: int) -> datetime | None:
        """Return when so much open time is used (its last begin, if it is already); None while it rests."""
        if self.running_since is None or self.calendar_version is None:
            return None
        if seconds <= self.consumed_seconds:
            return self.running_since
        try:
            more = seconds - self.consumed_seconds
            return hours_of(self.calendar_version).add(self.running_since, more).due_at
        except NeverOpen:
            return None


class Burn(NamedTuple):
    """The forecast of an open clock as saves need it."""

    clock_id: int
    subject_id: int
    kind: str
    cycle: int
    target_epoch: int
    burn_seconds: int
    risk_at: datetime | None
    percents: str

    def told_of(self, cycle: Cycle) -> str | None:
        """Return what is told of a cycle; nothing of one with another target."""
        return self.percents if cycle.target_epoch == self.target_epoch else None

    def moment(self, cycle: Cycle) -> datetime | None:
        """Return when the clock is forecast to miss, as its cycle now stands; None for another target."""
        if cycle.target_epoch != self.target_epoch or not cycle.is_open:
            return None
        ahead = Ahead(cycle.running_since, cycle.consumed_seconds, cycle.calendar_version_id)
        return ahead.moment_after(self.burn_seconds)


_BURNS = (
    select(
        *(Forecast.clock_id, Clock.subject_id, Clock.kind, Clock.cycle),
        *(Forecast.target_epoch, Forecast.burn_seconds, Forecast.risk_at, Forecast.percents),
    )
    .join(Clock, Clock.id == Forecast.clock_id)
    .where(Clock.subject_kind == STREAM)
)
_BURNS_OF_ONE = Prepared(_BURNS.where(Clock.subject_id == bindparam("ticket_id", type_=Id)))


def burns_of(ticket_ids: Collection[int]) -> dict[CycleKey, Burn]:
    """Return the forecasts of tickets by ticket, clock and cycle; asks nothing where there can be none."""
    if not ticket_ids or version_in_force() is None:
        return {}
    if len(ticket_ids) == 1:
        rows = _BURNS_OF_ONE.rows(connection(), ticket_id=next(iter(ticket_ids)))
    else:
        rows = list(session().execute(_BURNS.where(among(Clock.subject_id.expression, ticket_ids))))
    found = [Burn(*row) for row in rows]
    return {(burn.subject_id, burn.kind, burn.cycle): burn for burn in found}


def keep_moments(burns: Mapping[CycleKey, Burn], cycles: Mapping[CycleKey, Cycle]) -> None:
    """Write down where a save has moved the moments at which clocks are forecast to miss."""
    moved = [
        {"clock_id": burn.clock_id, "risk_at": at}
        for key, burn in burns.items()
        if key in cycles and (at := burn.moment(cycles[key])) != burn.risk_at
    ]
    update_rows(connection(), FORECASTS, moved, ("clock_id",))


def chances_at(clock_ids: Collection[int], now: datetime) -> dict[int, float]:
    """Return how likely each running clock misses (0 to 1, in whole percents as people read it).

    Clocks without a forecast, or with one of a target that is no more theirs, are left out; late ones, too.
    """
    query = _SHARES.where(among(Forecast.clock_id.expression, clock_ids), Clock.running_since.is_not(None))
    used = {row: _used_share(row, now) for row in session().execute(query)}
    return {
        row.clock_id: percent_at(from_text(row.percents), share) / 100
        for row, share in used.items()
        if share <= 1
    }


def _used_share(row: Any, now: datetime) -> float:
    used = row.consumed_seconds + hours_of(row.calendar_version).elapsed(row.running_since, now)
    return float(used / row.target_seconds)


_SHARES = (
    select(
        *(Forecast.clock_id, Forecast.percents, Clock.target_seconds),
        *(Clock.running_since, Clock.consumed_seconds, Clock.calendar_version),
    )
    .join(Clock, Clock.id == Forecast.clock_id)
    .where(Clock.stopped_at.is_(None), Clock.target_epoch == Forecast.target_epoch)
)


def probability_at_least(clock_ids: Sequence[int], percent: int) -> dict[int, datetime | None]:
    """Return when each open clock's probability to miss passes `percent` (0 to 99), as things stand.

    Clocks without a forecast are left out: there is none, or it is not good enough to be shown. None: the
    clock rests, and no moment can be told until it goes on. The moment may be past. A pause, a new target
    or a new forecast changes it, so whoever stores it asks again when the clock is next written.
    """
    query = _SHARES.where(among(Forecast.clock_id.expression, clock_ids))
    return {
        row.clock_id: Ahead(row.running_since, row.consumed_seconds, row.calendar_version).moment_after(
            seconds_until(from_text(row.percents), row.target_seconds, percent)
        )
        for row in session().execute(query)
    }
