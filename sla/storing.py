"""Writing what the fold found: clocks, their ledgers and the tickets' places, few statements for any number.

Clocks and spans are upserted without being read first; which steps were dealt with is kept by the
statement itself (`fired_step` survives unless the target is a new one).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, cast

from sqlalchemy import ColumnElement, Table, and_, case, delete, null, select, tuple_
from sqlalchemy.sql.dml import UpdateBase

from servicedesk.kernel.db import connection, insert_or_update, session, the_ending
from servicedesk.kernel.many_rows import update_rows
from servicedesk.kernel.prepared_inserts import FEW, AnyInsert, Given, PreparedInsert, upsert
from servicedesk.tickets.events import STREAM
from sla.core.cycle import Cycle
from sla.core.events import Kind
from sla.core.moments import USUAL
from sla.core.steps import judged_at, plan_text, step_times
from sla.forecast.moments import Burn, CycleKey, burns_of, keep_moments
from sla.history import TicketState
from sla.leads import leads_of, standing_row
from sla.models import Clock, ClockSpan, Firing, Standing
from sla.rollups import days_of_stored, mark_stale, settled_days

Row = dict[str, Any]
CLOCKS, SPANS, STANDINGS = (cast(Table, model.__table__) for model in (Clock, ClockSpan, Standing))
_CYCLE_KEY = ("subject_kind", "subject_id", "kind", "cycle", "type")


class HasCycles(Protocol):
    """The cycles of any subject, as of event `last_event_seq` of its log."""

    @property
    def subject_kind(self) -> str: ...
    @property
    def subject_id(self) -> int: ...
    @property
    def cycles(self) -> Sequence[Cycle]: ...
    @property
    def last_event_seq(self) -> int: ...


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
    def subject_kind(self) -> str:
        """Tickets, which alone have places in the queue."""
        return STREAM

    @property
    def subject_id(self) -> int:
        """The ticket's id."""
        return self.ticket_id


def store(folded: Sequence[Folded], *, now: datetime) -> None:
    """Bring the stored clocks, spans and places of these tickets to what was folded."""
    _store(folded, now, store_clocks, write_standings)


def leave(folded: Sequence[Folded], *, now: datetime) -> None:
    """Do as `store` does, at the end of the transaction where that is one new ticket with few clocks.

    Of a ticket that was there before, what comes next is told by the steps its clocks have dealt with: that
    is asked at once.
    """
    if len(folded) == 1 and folded[0].is_new and sum(len(c.spans) for c in folded[0].cycles) <= FEW:
        _store(folded, now, _leave_clocks, _leave_standings)
    else:
        store(folded, now=now)


def _store(
    folded: Sequence[Folded],
    now: datetime,
    put_clocks: Callable[[Sequence[Folded]], None],
    put_standings: Callable[[Sequence[Row]], None],
) -> None:
    stale = _days_changed(folded, now)
    rewritten = [each.ticket_id for each in folded if each.is_rewritten]
    if rewritten:
        _forget(rewritten, [(each.ticket_id, c.kind, c.number) for each in folded for c in each.cycles])
    put_clocks(folded)
    burns = burns_of([each.ticket_id for each in folded if not each.is_new])
    put_standings([_standing_of(each, burns, now) for each in folded if each.state.is_open])
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
        leads_of(folded.cycles, {key[1:]: burn for key, burn in burns.items() if key[0] == folded.ticket_id}),
        priority=state.facts.priority,
        waits_since=state.waits_since,
        now=now,
    )


def write_standings(rows: Sequence[Row]) -> None:
    """Insert or replace the places of tickets."""
    if rows:
        _upsert(STANDINGS, ["ticket_id"], rows)


def store_clocks(folded: Sequence[HasCycles]) -> None:
    """Write the clocks of subjects of one kind with their ledgers."""
    cycles = {(each.subject_id, c.kind, c.number): c for each in folded for c in each.cycles}
    rows = [_clock_row(each, cycle) for each in folded for cycle in each.cycles]
    stored = _PUT_CLOCKS.rows(connection(), rows)
    ids = {(row.subject_id, row.kind, row.cycle): row.id for row in stored}
    update_rows(connection(), CLOCKS, list(_steps_ahead(cycles, stored)), ("id",))
    spans = [{"clock_id": ids[key]} | row for key, cycle in cycles.items() for row in _span_rows(cycle)]
    _upsert(SPANS, ["clock_id", "position"], spans)


def _leave_clocks(folded: Sequence[Folded]) -> None:
    """Leave clocks and their few spans to the end; the spans find their clocks by themselves."""
    ending = the_ending()
    ending.insert(_PUT_FEW_CLOCKS, [_clock_row(each, cycle) for each in folded for cycle in each.cycles])
    spans = [
        {"subject_id": each.ticket_id, "of_kind": cycle.kind, "of_type": cycle.type, "cycle": cycle.number}
        | row
        for each in folded
        for cycle in each.cycles
        for row in _span_rows(cycle)
    ]
    ending.insert(_PUT_FEW_SPANS, spans)


def _leave_standings(rows: Sequence[Row]) -> None:
    the_ending().insert(_PUT_FEW_STANDINGS, rows)


def _replace(insert: AnyInsert) -> UpdateBase:
    """Let the insert of clocks replace those that are there, and tell the ids of all."""
    return _replace_quietly(insert).returning(
        *(CLOCKS.c[name] for name in ("id", "subject_id", "kind", "cycle", "fired_step")),
        *(CLOCKS.c[name] for name in ("next_step", "next_fire_at")),
    )


def _replace_quietly(insert: AnyInsert) -> AnyInsert:
    return insert.on_conflict_do_update(index_elements=_CYCLE_KEY, set_=_changes(insert.excluded))


def _clock_id(given: Given) -> ColumnElement[int]:
    """Find a clock by what names it, so that its spans need not wait to be told its id."""
    of_ticket = (CLOCKS.c.subject_kind == STREAM) & (CLOCKS.c.subject_id == given("subject_id"))
    of_cycle = (CLOCKS.c.kind == given("of_kind")) & (CLOCKS.c.type == given("of_type"))
    query = select(CLOCKS.c.id).where(of_ticket, of_cycle, CLOCKS.c.cycle == given("cycle"))
    return query.scalar_subquery()


_PUT_CLOCKS = PreparedInsert(CLOCKS, _replace)
_PUT_FEW_CLOCKS = PreparedInsert(CLOCKS, _replace_quietly)
_PUT_FEW_SPANS = upsert(SPANS, ("clock_id", "position"), found={"clock_id": _clock_id})
_PUT_FEW_STANDINGS = upsert(STANDINGS, ("ticket_id",))


def _changes(excluded: Any) -> dict[str, Any]:
    """Return what an upsert sets on a clock that is there: all of it but the memory of its steps."""
    kept = {*_CYCLE_KEY, "id", "fired_step", "next_step", "next_fire_at", "row_version"}
    fired: ColumnElement[Any] = case(
        (CLOCKS.c.target_epoch == excluded.target_epoch, CLOCKS.c.fired_step), else_=0
    )
    return {
        **{column.name: excluded[column.name] for column in CLOCKS.c if column.name not in kept},
        "fired_step": fired,
        "next_step": case(
            (fired == 0, excluded.next_step), (fired == 75, 90), (fired == 90, 100), else_=null()
        ),
        "next_fire_at": case(
            (fired == 0, excluded.next_fire_at),
            (fired == 75, excluded.warn_90_at),
            (fired == 90, excluded.late_at),
            else_=null(),
        ),
        "row_version": CLOCKS.c.row_version + 1,
    }


def _steps_ahead(cycles: Mapping[tuple[int, Kind, int], Cycle], stored: Sequence[Any]) -> Iterator[Row]:
    """Yield what the statement could not tell of clocks in the middle of an agreement's own steps."""
    for row in stored:
        cycle = cycles[row.subject_id, row.kind, row.cycle]
        if row.fired_step == 0 or (cycle.marks is None and row.fired_step in USUAL):
            continue
        step, at = step_times(cycle).ahead_of(row.fired_step)
        if (step, at) != (row.next_step, row.next_fire_at):
            yield {"id": row.id, "next_step": step, "next_fire_at": at}


def _clock_row(folded: HasCycles, cycle: Cycle) -> Row:
    times = step_times(cycle)
    first, first_at = times.ahead_of(0)
    return {
        "subject_kind": folded.subject_kind,
        "subject_id": folded.subject_id,
        "kind": cycle.kind,
        "cycle": cycle.number,
        "type": cycle.type,
        "rule_version": cycle.agreement_version_id,
        "rule": cycle.rule or "",
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
        "plan": plan_text(times.plan),
        "fired_step": 0,
        "next_step": first,
        "next_fire_at": first_at,
        "quiet_until": cycle.quiet_until,
        "stopped_at": cycle.stopped_at,
        "breached_at": cycle.breached_at,
        "judged_at": judged_at(cycle),
        "last_event_seq": folded.last_event_seq,
        "row_version": 1,
    }


def _span_rows(cycle: Cycle) -> list[Row]:
    return [
        {
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


def _forget(ticket_ids: Collection[int], kept: Collection[tuple[int, str, int]]) -> None:
    """Drop spans of rewritten tickets, and cycles that their logs no longer tell of."""
    of_them = and_(CLOCKS.c.subject_kind == STREAM, CLOCKS.c.subject_id.in_(ticket_ids))
    gone = and_(of_them, tuple_(CLOCKS.c.subject_id, CLOCKS.c.kind, CLOCKS.c.cycle).not_in(list(kept)))
    session().execute(delete(SPANS).where(SPANS.c.clock_id.in_(select(CLOCKS.c.id).where(of_them))))
    session().execute(delete(Firing).where(Firing.clock_id.in_(select(CLOCKS.c.id).where(gone))))
    session().execute(delete(CLOCKS).where(gone))


def _upsert(table: Table, key: list[str], rows: Sequence[Row]) -> None:
    insert_or_update(table, rows, key)
