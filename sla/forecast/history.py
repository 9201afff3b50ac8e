"""The desk's own clocks as forecasts learn from them and look at them: open time, and facts of the beginning.

Facts are those a quarter of an hour after a clock began, when routing has looked: what is changed later is
not known to the forecast, neither while it learns nor while it tells. No person is among them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select

from servicedesk.calendars.queries import hours_of
from servicedesk.kernel.db import session
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.facts import MatchedFacts
from sla.core.events import KINDS
from sla.forecast.core.features import Table
from sla.forecast.core.labels import Seen
from sla.forecast.core.strata import Codes, strata_of
from sla.forecast.core.survival import Bools, Floats
from sla.forecast.core.told import FORETOLD
from sla.forecast.training import DAY, Clocks
from sla.history import History, stored_histories
from sla.models import Clock

MOST = 20_000  # clocks; reading their logs takes some seconds
SETTLING = timedelta(minutes=15)
COLUMNS = ("clock", "priority", "category", "item", "team", "channel", "kind", "organisation")
NUMBERS = ("hour", "weekday", "target_hours")
# The shortest window that holds so many clocks is learned from.
WINDOWS, ENOUGH = tuple(days * DAY for days in (21, 42, 90, 180, 365)), 2_000

_READ = (
    *(Clock.id, Clock.subject_id, Clock.kind, Clock.cycle, Clock.state, Clock.target_seconds),
    *(Clock.target_epoch, Clock.started_at, Clock.stopped_at, Clock.breached_at, Clock.running_since),
    *(Clock.consumed_seconds, Clock.calendar_version),
)


@dataclass(frozen=True)
class Cycles:
    """Cycles of clocks with what was known of each as it began. Arrays of (n,); moments are seconds.

    times: open seconds until the end, or until the moment of reading. keys: (n, 3), clock, priority, team.
    """

    rows: Sequence[Any]
    table: Table
    keys: Codes
    began_at: Floats
    ended_at: Floats
    times: Floats
    targets: Floats
    missed: Bools

    def seen_at(self, at: float) -> Seen:
        """Return how they stood at a moment; of what ran then, pauses before it are not told from work."""
        ended = self.ended_at < at
        running = np.array([_open_between(row, at) for row in self.rows], dtype=np.float64)
        times = np.where(ended, self.times, np.minimum(self.times, running))
        return Seen(times, ended, np.where(ended, self.missed, 0.0))

    def chance(self, seen: Seen, weights: Floats, rows: Bools) -> Floats:
        """Return how likely each of some rows misses: S(target) / S(elapsed) of those that run."""
        keys, targets = self.keys[rows], self.targets[rows]
        strata = strata_of(keys, seen.times, seen.ended, weights)
        running = strata.miss_probabilities(strata.places_of(keys), seen.times, targets)
        return np.where(seen.ended, seen.missed, running)

    @property
    def clocks(self) -> Clocks:
        """Return them as clocks to learn from, in the shortest window that holds enough."""
        window = _window(self.began_at)
        return Clocks(
            self.table,
            self.began_at,
            self.seen_at,
            COLUMNS,
            NUMBERS,
            self.chance,
            window=window,
            half_life=window * 2 / 7,
            later=window / 6,
        )


def _window(began_at: Floats) -> float:
    if not len(began_at):
        return WINDOWS[-1]
    last = float(began_at.max())
    found = next((each for each in WINDOWS if (began_at > last - each).sum() >= ENOUGH), WINDOWS[-1])
    # A young desk has less than the window; a trial in a third of it that was empty would try nothing.
    return min(found, max(last - float(began_at.min()), DAY))


def _open_between(row: Any, at: float) -> int:
    return hours_of(row.calendar_version).elapsed_seconds(int(row.started_at.timestamp()), int(at))


def newest_cycles(now: datetime, *, zone: str) -> Cycles:
    """Return the newest cycles of the clocks that are foretold, whether they have ended or not."""
    query = (
        select(*_READ)
        .where(Clock.subject_kind == STREAM, Clock.kind.in_(FORETOLD), Clock.state != "cancelled")
        .where(Clock.started_at > now - timedelta(seconds=WINDOWS[-1]))
        .order_by(Clock.started_at.desc(), Clock.id)
        .limit(MOST)
    )
    return cycles_of(session().execute(query).all(), now=now, zone=zone)


def open_cycles(clock_ids: Sequence[int], *, now: datetime, zone: str) -> Cycles:
    """Return cycles by their clocks' ids."""
    return cycles_of(
        session().execute(select(*_READ).where(Clock.id.in_(clock_ids))).all(), now=now, zone=zone
    )


def cycles_of(rows: Sequence[Any], *, now: datetime, zone: str) -> Cycles:
    """Return the cycles of rows of clocks with what was known of each as it began."""
    histories = stored_histories({row.subject_id for row in rows})
    known = [_facts(histories[row.subject_id], row.started_at + SETTLING) for row in rows]
    keys = [(KINDS.index(row.kind), facts.priority, facts.group_id) for row, facts in _both(rows, known)]
    return Cycles(
        rows=rows,
        table=_table(rows, known, ZoneInfo(zone)),
        keys=np.array(keys, dtype=np.int64).reshape(len(rows), 3),
        began_at=np.array([row.started_at.timestamp() for row in rows]),
        ended_at=np.array([row.stopped_at.timestamp() if row.stopped_at else np.inf for row in rows]),
        times=np.array([_elapsed(row, now) for row in rows], dtype=np.float64),
        targets=np.array([row.target_seconds for row in rows], dtype=np.float64),
        missed=np.array([row.breached_at is not None for row in rows], dtype=np.bool_),
    )


def _both(rows: Sequence[Any], known: Sequence[MatchedFacts]) -> Iterable[tuple[Any, MatchedFacts]]:
    return zip(rows, known, strict=True)


def _elapsed(row: Any, now: datetime) -> int:
    if row.running_since is None:
        return int(row.consumed_seconds)
    return int(row.consumed_seconds) + hours_of(row.calendar_version).elapsed(row.running_since, now)


def _facts(history: History, until: datetime) -> MatchedFacts:
    """Return what was known at a moment; what it was opened with, where it began later."""
    known: MatchedFacts | None = None
    for entry, state in history.states():
        if known is not None and entry.at > until:
            break
        known = state.facts
    if known is None:
        raise LookupError(f"ticket {history.ticket_id} was never opened")
    return known


def _table(rows: Sequence[Any], known: Sequence[MatchedFacts], zone: ZoneInfo) -> Table:
    texts = [
        (
            row.kind,
            *map(str, (facts.priority, facts.category_id, facts.item_id, facts.group_id)),
            *map(str, (facts.channel, facts.kind, facts.organisation_id)),
        )
        for row, facts in _both(rows, known)
    ]
    local = [row.started_at.astimezone(zone) for row in rows]
    numbers = (
        [at.hour for at in local],
        [at.weekday() for at in local],
        [row.target_seconds / 3600 for row in rows],
    )
    return Table(
        len(rows),
        {name: np.array([row[place] for row in texts], dtype=np.str_) for place, name in enumerate(COLUMNS)},
        {name: np.array(values, dtype=np.float64) for name, values in zip(NUMBERS, numbers, strict=True)},
    )
