"""The sweep: announces warnings and misses when their time comes, each exactly once.

A batch claims tickets whose clocks are due, by locking the ends of their logs: whoever writes to a ticket
holds that lock too, so a claimed ticket stands still, and a busy one is left for the next sweep. If the log
has grown since a clock was folded, the ticket is folded again first. Firing, event and next step are one
transaction: a crash before the commit leaves the clock due, after it nothing is left to do.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.collecting import uncollected
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import connection, insert_rows, is_postgresql
from servicedesk.kernel.many_rows import update_rows
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.kernel.save import Save, publish
from servicedesk.kernel.state import cached_by_revision
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.periods import day_of
from servicedesk.tickets.events import STREAM
from sla.agreements import versions
from sla.core.moments import MISSED, is_warning
from sla.core.steps import Due, StepTimes, plan_from, steps_due
from sla.due_clocks import ClockRow, claim, clocks_of, is_anything_due
from sla.escalating import follow_up
from sla.events import TargetAtRisk, TargetMissed, TargetStillMissed
from sla.leads import Lead
from sla.models import Firing
from sla.rollups import SETTLED, mark_stale
from sla.standings import place_again
from sla.storing import CLOCKS

# So many tickets hold the one writer of SQLite for less than 50 ms (docs/sla.md has the figures).
BATCH = 50
# On PostgreSQL only who writes to one of them waits.
BATCH_ON_POSTGRESQL = 400
# Lets writers in between two batches: SQLite's writers do not queue, they come back and look.
PAUSE_SECONDS = 0.01


@dataclass
class Swept:
    """What a sweep did: tickets looked at, and how many steps came to each outcome."""

    tickets: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    def note(self, due: Sequence[Due]) -> None:
        for each in due:
            self.outcomes[each.outcome] = self.outcomes.get(each.outcome, 0) + 1


def sweep(*, batch: int | None = None) -> Swept:
    """Deal with every step that is due now; any number of sweeps may run at once."""
    swept = Swept()
    batch = batch or (BATCH_ON_POSTGRESQL if is_postgresql() else BATCH)
    while is_anything_due() and (found := _sweep_batch(batch, swept)):
        swept.tickets += found
        if found == batch and not is_postgresql():
            time.sleep(PAUSE_SECONDS)
    return swept


def _sweep_batch(batch: int, swept: Swept) -> int:
    zone = the_settings().zone
    with uncollected(), saving(system_actor(Cause("schedule", "sla.sweep"))) as save:
        heads = claim(save, batch)
        clocks = clocks_of(heads, now=save.now)
        firings, changes = [], {}
        for row in clocks:
            if row.next_fire_at is not None and row.next_fire_at <= save.now:
                due, changes[row.id] = _step(row, save.now)
                swept.note(due)
                firings += [firing_row(row, each, save.now) for each in due]
        insert_rows(Firing, firings)
        write(clocks, changes, ends_of(save, heads))
        late = {change["judged_at"] for change in changes.values() if change["judged_at"] is not None}
        mark_stale({day_of(at, zone) for at in late if at < save.now - SETTLED}, now=save.now)
        place_again(_open_clocks(heads, clocks, changes), now=save.now)
    return len(heads)


def ends_of(save: Save, ticket_ids: Iterable[int]) -> dict[int, int]:
    """Return the number of the last event of each ticket, those of this save included."""
    return {ticket_id: save.heads[StreamRef(STREAM, ticket_id)].seq for ticket_id in ticket_ids}


def _step(row: ClockRow, now: datetime) -> tuple[Sequence[Due], dict[str, Any]]:
    """Announce what is due of a clock; return that, and how its row changes."""
    times = StepTimes(row.warn_75_at, row.warn_90_at, row.late_at, plan_from(row.plan), row.target_seconds)
    due = steps_due(
        times,
        fired_step=row.fired_step,
        now=now,
        is_stopped=row.stopped_at is not None,
        quiet_until=row.quiet_until,
    )
    follow_up(row, due)
    for each in due:
        if each.outcome == "fired":
            _announce(row, each, now)
    return due, _change(row, due, times)


def firing_row(row: ClockRow, due: Due, now: datetime) -> dict[str, object]:
    return {
        "clock_id": row.id,
        "cycle": row.cycle,
        "target_epoch": row.target_epoch,
        "step": due.step,
        "due_at": due.due_at,
        "fired_at": now,
        "lag_seconds": _lag(due, now),
        "outcome": due.outcome,
    }


def _lag(due: Due, now: datetime) -> int:
    return max(int((now - due.due_at).total_seconds()), 0)


def _change(row: ClockRow, due: Sequence[Due], times: StepTimes) -> dict[str, Any]:
    missed = next((each for each in due if each.step == MISSED), None)
    next_step, next_fire_at = times.ahead_of(due[-1].step)
    is_late = missed is not None and row.stopped_at is None
    breached_at = row.breached_at or (missed.due_at if missed and is_late else None)
    return {
        "id": row.id,
        "fired_step": due[-1].step,
        "next_step": next_step,
        "next_fire_at": next_fire_at,
        "state": "overdue" if is_late else row.state,
        "breached_at": breached_at,
        "judged_at": breached_at if is_late else row.judged_at,
    }


def write(
    clocks: Sequence[ClockRow], changes: Mapping[int, Mapping[str, Any]], ends: Mapping[int, int]
) -> None:
    """Write the steps, and let all clocks of the tickets know the events just published."""
    changed = [
        {**changes[row.id], "last_event_seq": ends[row.subject_id]} for row in clocks if row.id in changes
    ]
    update_rows(connection(), CLOCKS, changed, ("id",), rising=("row_version",))
    told = [
        {"id": row.id, "last_event_seq": ends[row.subject_id]}
        for row in clocks
        if row.id not in changes and row.last_event_seq != ends[row.subject_id]
    ]
    update_rows(connection(), CLOCKS, told, ("id",))


def _open_clocks(
    heads: Iterable[int], clocks: Sequence[ClockRow], changes: Mapping[int, Mapping[str, Any]]
) -> dict[int, list[Lead]]:
    """Return the open clocks of claimed tickets as they stand after the changes."""
    found: dict[int, list[Lead]] = {ticket_id: [] for ticket_id in heads}
    for row in clocks:
        if row.stopped_at is None and row.type == "sla":
            state = changes[row.id]["state"] if row.id in changes else row.state
            found[row.subject_id].append(_lead(row, state))
    return found


def _lead(row: ClockRow, state: str) -> Lead:
    return Lead(
        kind=row.kind,
        state=state,
        target_seconds=row.target_seconds,
        consumed_seconds=row.consumed_seconds,
        running_since=row.running_since,
        due_at=row.due_at,
        breach_at=row.breach_at,
        risk_at=row.risk_at,
        late_at=row.late_at,
        percents=row.percents,
        calendar_version=row.calendar_version,
    )


def _announce(row: ClockRow, due: Due, now: datetime) -> None:
    kind = TargetMissed if due.step == MISSED else TargetAtRisk if is_warning(due.step) else TargetStillMissed
    publish(
        kind(
            stream_id=row.subject_id,
            cause=cause_of(row.rule_version),
            kind=row.kind,
            cycle=row.cycle,
            step=due.step,
            due_at=due.due_at,
            lag_seconds=_lag(due, now),
        )
    )


def cause_of(version_id: int) -> Cause:
    """Return the version of an agreement as the cause of what follows from it."""
    return _causes()[version_id]


@cached_by_revision
def _causes() -> Mapping[int, Cause]:
    return {
        version.id: Cause("agreement", str(version.agreement_id), version.number) for version in versions()
    }
