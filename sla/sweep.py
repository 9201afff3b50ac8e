"""The sweep: announces warnings and misses when their time comes, each exactly once.

A batch claims tickets whose clocks are due, by locking the ends of their logs: whoever writes to a ticket
holds that lock too, so a claimed ticket stands still, and a busy one is left for the next sweep. If the log
has grown since a clock was folded, the ticket is folded again first. Firing, event and next step are one
transaction: a crash before the commit leaves the clock due, after it nothing is left to do.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select

from servicedesk.identity.actor import system_actor
from servicedesk.kernel import clock
from servicedesk.kernel.collecting import uncollected
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import connection, insert_rows, is_postgresql, session
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.many_rows import among, update_rows
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.kernel.save import Save, know_head, publish
from servicedesk.kernel.state import cached_by_revision
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.periods import day_of
from servicedesk.tickets.events import STREAM
from sla.agreements import versions
from sla.core.clock import fold
from sla.core.moments import MISSED, is_warning
from sla.core.steps import Due, StepTimes, plan_from, steps_due
from sla.escalating import follow_up
from sla.events import TargetAtRisk, TargetMissed, TargetStillMissed
from sla.forecast.moments import FORECASTS
from sla.history import History, statuses, stored_histories
from sla.leads import Lead
from sla.models import Firing
from sla.rollups import SETTLED, mark_stale
from sla.standings import PERCENTS, RISK_AT, place_again
from sla.storing import CLOCKS, Folded, store

ClockRow = Row[Any]
# So many tickets hold the one writer of SQLite for less than 50 ms (docs/sla.md has the figures).
BATCH = 50
# On PostgreSQL only who writes to one of them waits.
BATCH_ON_POSTGRESQL = 200
# Lets writers in between two batches: SQLite's writers do not queue, they come back and look.
PAUSE_SECONDS = 0.02
_READ = [
    CLOCKS.c[name]
    for name in (
        *("id", "subject_id", "kind", "cycle", "target_epoch", "rule_version", "state", "fired_step"),
        *("warn_75_at", "warn_90_at", "late_at", "quiet_until", "stopped_at", "breached_at", "judged_at"),
        *("last_event_seq", "target_seconds", "consumed_seconds", "running_since", "due_at", "breach_at"),
        *("calendar_version", "type", "rule", "plan"),
    )
]
# SQLite would go through all logs or all clocks for each batch. What is worked out from a column has no
# index, so that only the one by the next step is left to begin with.
HEAD_OF_CLOCK = (StreamHead.kind == CLOCKS.c.subject_kind.concat("")) & (
    StreamHead.id == CLOCKS.c.subject_id + 0
)
_UNSTOPPED = CLOCKS.c.stopped_at.is_(None)


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
    while _is_anything_due() and (found := _sweep_batch(batch, swept)):
        swept.tickets += found
        if found == batch and not is_postgresql():
            time.sleep(PAUSE_SECONDS)
    return swept


def oldest_unfired(now: datetime) -> timedelta:
    """Return how long the step that waits longest has been due; zero if none waits."""
    first = next_step_at()
    return max(now - first, timedelta(0)) if first else timedelta(0)


def next_step_at() -> datetime | None:
    """Return when the next step is due, which may be past; None where none is to come."""
    found: datetime | None = session().scalar(_NEXT)
    return found


_NEXT = select(func.min(CLOCKS.c.next_fire_at)).where(CLOCKS.c.next_fire_at.is_not(None))


def _is_anything_due() -> bool:
    # Asked for the first, not for any: for any, stale statistics could send the database through the table.
    first = next_step_at()
    return first is not None and first <= clock.now()


def _sweep_batch(batch: int, swept: Swept) -> int:
    zone = the_settings().zone
    with uncollected(), saving(system_actor(Cause("schedule", "sla.sweep"))) as save:
        heads = _claim(save, batch)
        clocks = fresh_clocks(save, heads)
        firings, changes = [], {}
        for row in clocks:
            due = _due(row, save.now)
            swept.note(due)
            firings += [firing_row(row, each, save.now) for each in due]
            if due:
                changes[row.id] = _change(row, due)
            for each in due:
                follow_up(row, each)
                if each.outcome == "fired":
                    _announce(row, each, save.now)
        insert_rows(Firing, firings)
        write(
            clocks, changes, {ticket_id: save.heads[StreamRef(STREAM, ticket_id)].seq for ticket_id in heads}
        )
        late = {change["judged_at"] for change in changes.values() if change["judged_at"] is not None}
        mark_stale({day_of(at, zone) for at in late if at < save.now - SETTLED}, now=save.now)
        place_again(_open_clocks(heads, clocks, changes), now=save.now)
    return len(heads)


def _claim(save: Save, batch: int) -> dict[int, int]:
    """Lock tickets with due clocks and return the last event number of each; busy ones are left out."""
    query = (
        select(StreamHead.id, StreamHead.last_seq, StreamHead.head_hash)
        .join(CLOCKS, HEAD_OF_CLOCK)
        .where(CLOCKS.c.next_fire_at <= save.now, StreamHead.kind == STREAM)
        .order_by(CLOCKS.c.next_fire_at)
        .limit(batch)
        .with_for_update(of=StreamHead, skip_locked=True)
    )
    heads: dict[int, int] = {}
    for ticket_id, last_seq, head_hash in session().execute(query):
        heads[ticket_id] = last_seq
        know_head(StreamRef(STREAM, ticket_id), last_seq, head_hash)
    return heads


def fresh_clocks(save: Save, heads: Mapping[int, int]) -> list[ClockRow]:
    """Return the clocks of claimed tickets, folded again where their log has grown since."""
    rows = _clocks_of(heads)
    stale = {row.subject_id for row in rows if row.last_event_seq != heads[row.subject_id]}
    if not stale:
        return rows
    histories = stored_histories(stale).values()
    store([_folded(history, heads[history.ticket_id], save.now) for history in histories], now=save.now)
    return _clocks_of(heads)


def _folded(history: History, last_seq: int, now: datetime) -> Folded:
    cycles = fold(history.core_events(), statuses=statuses(), now=now)
    return Folded(history.ticket_id, cycles, history.last_state(), last_seq, is_new=False)


def _clocks_of(ticket_ids: Collection[int]) -> list[ClockRow]:
    query = (
        select(*_READ, RISK_AT, PERCENTS)
        .outerjoin(FORECASTS, FORECASTS.c.clock_id == CLOCKS.c.id)
        .where(CLOCKS.c.subject_kind == STREAM, among(CLOCKS.c.subject_id, ticket_ids))
        .where(or_(_UNSTOPPED, CLOCKS.c.next_fire_at.is_not(None)))
        .order_by(CLOCKS.c.next_fire_at, CLOCKS.c.id)
    )
    return list(session().execute(query))


def _due(row: ClockRow, now: datetime) -> Sequence[Due]:
    return steps_due(
        _times(row),
        fired_step=row.fired_step,
        now=now,
        is_stopped=row.stopped_at is not None,
        quiet_until=row.quiet_until,
    )


def _times(row: ClockRow) -> StepTimes:
    plan = plan_from(row.plan)
    return StepTimes(row.warn_75_at, row.warn_90_at, row.late_at, plan, row.target_seconds)


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


def _change(row: ClockRow, due: Sequence[Due]) -> dict[str, Any]:
    missed = next((each for each in due if each.step == MISSED), None)
    next_step, next_fire_at = _times(row).ahead_of(due[-1].step)
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
    rows = [
        {**changes[row.id], "last_event_seq": ends[row.subject_id]} for row in clocks if row.id in changes
    ]
    update_rows(connection(), CLOCKS, rows, ("id",), rising=("row_version",))
    known = [
        {"subject_kind": STREAM, "subject_id": ticket_id, "last_event_seq": seq}
        for ticket_id, seq in ends.items()
    ]
    update_rows(connection(), CLOCKS, known, ("subject_kind", "subject_id"), differing="last_event_seq")


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
