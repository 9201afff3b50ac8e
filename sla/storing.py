"""Writing what the fold found: clocks, their ledgers and the tickets' places, few statements for any number.

Clocks and spans are upserted without being read first; which steps were dealt with is kept by the
statement itself (`fired_step` survives unless the target is a new one).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, case, delete, null, select, tuple_
from sqlalchemy.sql.dml import UpdateBase

from servicedesk.kernel.db import connection, insert_or_update, session
from servicedesk.kernel.prepared import AnyInsert, PreparedInsert
from servicedesk.tickets.events import STREAM
from sla.core.cycle import Cycle
from sla.core.standing import Mark, place
from sla.core.steps import judged_at, step_times
from sla.forecast.moments import Burn, CycleKey, burns_of, keep_moments
from sla.history import TicketState
from sla.models import Clock, ClockSpan, Firing, Standing
from sla.rollups import days_of_stored, mark_stale, settled_days

Row = dict[str, Any]
CLOCKS, SPANS, STANDINGS = (cast(Table, model.__table__) for model in (Clock, ClockSpan, Standing))
_OF_THE_LEAD = (
    *("kind", "state", "target_seconds", "consumed_seconds", "running_since"),
    *("due_at", "breach_at", "risk_at", "percents", "calendar_version"),
)
_CYCLE_KEY = ("subject_kind", "subject_id", "kind", "cycle", "type")


@dataclass(frozen=True, slots=True)
class Folded:
    """A ticket's cycles as of the save. is_rewritten: the log got an event before its end.

    may_change_past: what was judged before this save may now be judged otherwise, or in another team.
    """

    ticket_id: int
    cycles: Sequence[Cycle]
    state: TicketState
    last_event_seq: int
    is_new: bool
    is_rewritten: bool = False
    may_change_past: bool = True

    @property
    def open(self) -> list[Cycle]:
        """The cycles that have not ended."""
        return [cycle for cycle in self.cycles if cycle.is_open]


def store(folded: Sequence[Folded], *, now: datetime) -> None:
    """Bring the stored clocks, spans and places of these tickets to what was folded."""
    stale = _days_changed(folded, now)
    rewritten = [each.ticket_id for each in folded if each.is_rewritten]
    if rewritten:
        _forget(rewritten, [(each.ticket_id, c.kind, c.number) for each in folded for c in each.cycles])
    _store_clocks(folded)
    burns = burns_of([each.ticket_id for each in folded if not each.is_new])
    write_standings([_standing_of(each, burns, now) for each in folded if each.state.is_open])
    keep_moments(burns, {(each.ticket_id, c.kind, c.number): c for each in folded for c in each.cycles})
    left = [each.ticket_id for each in folded if not each.state.is_open and not each.is_new]
    if left:
        session().execute(delete(STANDINGS).where(STANDINGS.c.ticket_id.in_(left)))
    mark_stale(stale, now=now)


def _days_changed(folded: Sequence[Folded], now: datetime) -> set[date]:
    """Return the settled days whose roll-ups this save may change."""
    old = [each.ticket_id for each in folded if not each.is_new and each.may_change_past]
    changed = days_of_stored(old, now=now)
    for each in folded:
        is_open_past = each.is_new or each.may_change_past
        cycles = [
            c for c in each.cycles if is_open_past or (c.stopped_at is not None and c.stopped_at >= now)
        ]
        changed |= settled_days(cycles, now=now)
    return changed


def _standing_of(folded: Folded, burns: Mapping[CycleKey, Burn], now: datetime) -> Row:
    state = folded.state
    return standing_row(
        folded.ticket_id,
        [_lead(cycle, burns.get((folded.ticket_id, cycle.kind, cycle.number))) for cycle in folded.open],
        priority=state.facts.priority,
        waits_since=state.waits_since,
        now=now,
    )


def write_standings(rows: Sequence[Row]) -> None:
    """Insert or replace the places of tickets."""
    if rows:
        _upsert(STANDINGS, ["ticket_id"], rows)


def _store_clocks(folded: Sequence[Folded]) -> None:
    cycles = {(each.ticket_id, c.kind, c.number): c for each in folded for c in each.cycles}
    rows = [_clock_row(each, cycle) for each in folded for cycle in each.cycles]
    if not rows:
        return
    stored = _PUT_CLOCKS.rows(connection(), rows)
    ids = {(subject_id, kind, cycle): id_ for id_, subject_id, kind, cycle in stored}
    spans = [row for key, cycle in cycles.items() for row in _span_rows(ids[key], cycle)]
    _upsert(SPANS, ["clock_id", "position"], spans)


def _replace(insert: AnyInsert) -> UpdateBase:
    """Let the insert of clocks replace those that are there, and tell the ids of all."""
    changed = insert.on_conflict_do_update(index_elements=_CYCLE_KEY, set_=_changes(insert.excluded))
    return changed.returning(CLOCKS.c.id, CLOCKS.c.subject_id, CLOCKS.c.kind, CLOCKS.c.cycle)


_PUT_CLOCKS = PreparedInsert(CLOCKS, _replace)


def _changes(excluded: Any) -> dict[str, Any]:
    """Return what an upsert sets on a clock that is there: all of it but the memory of its steps."""
    kept = {*_CYCLE_KEY, "id", "fired_step", "next_step", "next_fire_at", "row_version"}
    fired: ColumnElement[Any] = case(
        (CLOCKS.c.target_epoch == excluded.target_epoch, CLOCKS.c.fired_step), else_=0
    )
    return {
        **{column.name: excluded[column.name] for column in CLOCKS.c if column.name not in kept},
        "fired_step": fired,
        "next_step": case((fired == 0, 75), (fired == 75, 90), (fired == 90, 100), else_=null()),
        "next_fire_at": case(
            (fired == 0, excluded.warn_75_at),
            (fired == 75, excluded.warn_90_at),
            (fired == 90, excluded.late_at),
            else_=null(),
        ),
        "row_version": CLOCKS.c.row_version + 1,
    }


def _clock_row(folded: Folded, cycle: Cycle) -> Row:
    times = step_times(cycle)
    return {
        "subject_kind": STREAM,
        "subject_id": folded.ticket_id,
        "kind": cycle.kind,
        "cycle": cycle.number,
        "type": "sla",
        "rule_version": cycle.agreement_version_id,
        "rule": cycle.rule,
        "reason": cycle.reason,
        "calendar_version": cycle.calendar_version_id,
        "target_seconds": cycle.target_seconds,
        "target_epoch": cycle.target_epoch,
        "aimed_at": cycle.aimed_at,
        "is_overridden": cycle.is_overridden,
        "started_at": cycle.started_at,
        "running_since": cycle.running_since,
        "consumed_seconds": cycle.consumed_seconds,
        "state": cycle.state,
        "due_at": cycle.due_at,
        "breach_at": cycle.breach_at,
        "warn_75_at": times.warn_75_at,
        "warn_90_at": times.warn_90_at,
        "late_at": times.late_at,
        "fired_step": 0,
        "next_step": 75,
        "next_fire_at": times.warn_75_at,
        "quiet_until": cycle.quiet_until,
        "stopped_at": cycle.stopped_at,
        "breached_at": cycle.breached_at,
        "judged_at": judged_at(cycle),
        "last_event_seq": folded.last_event_seq,
        "row_version": 1,
    }


def _span_rows(clock_id: int, cycle: Cycle) -> list[Row]:
    return [
        {
            "clock_id": clock_id,
            "position": position,
            "from_at": span.from_at,
            "to_at": span.to_at,
            "kind": span.kind,
            "reason": span.reason,
            "calendar_version": span.calendar_version_id,
            "counts": span.counts,
        }
        for position, span in enumerate(cycle.spans, start=1)
    ]


@dataclass(frozen=True, slots=True)
class Lead:
    """An open clock as a place in the queue knows it; `late_at` is the first second of being late.

    risk_at: when it is forecast to miss, or three quarters of its target are used where there is no forecast.
    percents: its forecast, if any.
    """

    kind: str
    state: str
    target_seconds: int
    consumed_seconds: int
    running_since: datetime | None
    due_at: datetime | None
    breach_at: datetime | None
    risk_at: datetime | None
    late_at: datetime | None
    percents: str | None
    calendar_version: int | None

    @property
    def mark(self) -> Mark:
        """What decides the place."""
        return Mark(self.risk_at, self.late_at, self.target_seconds - self.consumed_seconds)


def standing_row(
    ticket_id: int, clocks: Sequence[Lead], *, priority: int, waits_since: datetime | None, now: datetime
) -> Row:
    """Return the place of an open ticket at `now`, with the clock that leads it there."""
    clocks = sorted(clocks, key=lambda each: each.kind)
    found = place([each.mark for each in clocks], priority=priority, waits_since=waits_since, now=now)
    lead = clocks[found.lead] if found.lead is not None else None
    return {
        "ticket_id": ticket_id,
        "band": int(found.band),
        "level": found.level,
        "sort_at": found.sort_at,
        "priority": priority,
        "waits_since": waits_since,
        **{name: getattr(lead, name, None) for name in _OF_THE_LEAD},
    }


def _lead(cycle: Cycle, burn: Burn | None) -> Lead:
    times = step_times(cycle)
    return Lead(
        kind=cycle.kind,
        state=cycle.state,
        target_seconds=cycle.target_seconds,
        consumed_seconds=cycle.consumed_seconds,
        running_since=cycle.running_since,
        due_at=cycle.due_at,
        breach_at=cycle.breach_at,
        risk_at=(burn.moment(cycle) if burn else None) or times.warn_75_at,
        late_at=times.late_at,
        percents=burn.told_of(cycle) if burn else None,
        calendar_version=cycle.calendar_version_id,
    )


def _forget(ticket_ids: Collection[int], kept: Collection[tuple[int, str, int]]) -> None:
    """Drop spans of rewritten tickets, and cycles that their logs no longer tell of."""
    of_them = and_(CLOCKS.c.subject_kind == STREAM, CLOCKS.c.subject_id.in_(ticket_ids))
    gone = and_(of_them, tuple_(CLOCKS.c.subject_id, CLOCKS.c.kind, CLOCKS.c.cycle).not_in(list(kept)))
    session().execute(delete(SPANS).where(SPANS.c.clock_id.in_(select(CLOCKS.c.id).where(of_them))))
    session().execute(delete(Firing).where(Firing.clock_id.in_(select(CLOCKS.c.id).where(gone))))
    session().execute(delete(CLOCKS).where(gone))


def _upsert(table: Table, key: list[str], rows: Sequence[Row]) -> None:
    insert_or_update(table, rows, key)
