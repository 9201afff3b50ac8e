"""Steps at a likelihood: whoever forecasts is asked of the running clocks that have one, and it comes once.

Such a step has no moment that could be stored, so it stands beside the chain of the others: it waits for none
and holds none up. Its firing is a row like theirs, with the same key and written in the same way.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, tuple_

from servicedesk.identity.actor import system_actor
from servicedesk.kernel import clock
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import insert_rows, session
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.many_rows import among
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.kernel.save import know_head, publish
from servicedesk.tickets.events import STREAM
from sla.agreements import steps_by_rule
from sla.chances import chances_to_miss
from sla.core.moments import moment_of
from sla.core.steps import Due
from sla.due_clocks import clocks_of
from sla.escalating import follow_up
from sla.events import TargetForeseen
from sla.models import Firing
from sla.standings import place_by_stored_clocks
from sla.storing import CLOCKS
from sla.sweep import cause_of, ends_of, firing_row, write

AT_ONCE = 200
MOST_CLOCKS = 20_000
ClockRow = Row[Any]


def foresee() -> int:
    """Fire the steps at a likelihood that have come; return how many."""
    likelihoods = _likelihoods()
    waiting = _waiting(likelihoods) if likelihoods else []
    if not waiting:
        return 0
    chances = chances_to_miss.value([row.id for row in waiting], clock.now())
    reached = {
        (row.id, code): row
        for row in waiting
        for code in likelihoods[row.rule_version, row.rule]
        if chances.get(row.id, 0.0) >= moment_of(code).amount / 100
    }
    came = {
        (row.clock_id, row.step, row.target_epoch) for row in _fired({row.id for row in reached.values()})
    }
    tickets = sorted({row.subject_id for key, row in reached.items() if (*key, row.target_epoch) not in came})
    session().rollback()
    found = {key: chances[key[0]] for key in reached}
    return sum(_fire(tickets[at : at + AT_ONCE], found) for at in range(0, len(tickets), AT_ONCE))


def _likelihoods() -> Mapping[tuple[int, str], Sequence[int]]:
    """Return the codes of such steps by version and rule, of those that have any."""
    found = {
        key: [step.moment.code for step in steps if step.moment.kind == "chance"]
        for key, steps in steps_by_rule().items()
    }
    return {key: codes for key, codes in found.items() if codes}


def _waiting(likelihoods: Mapping[tuple[int, str], Sequence[int]]) -> list[ClockRow]:
    query = (
        select(
            *(CLOCKS.c.id, CLOCKS.c.subject_id, CLOCKS.c.target_epoch),
            *(CLOCKS.c.rule_version, CLOCKS.c.rule),
        )
        .where(
            CLOCKS.c.state == "running",
            tuple_(CLOCKS.c.rule_version, CLOCKS.c.rule).in_(list(likelihoods)),
        )
        .order_by(CLOCKS.c.due_at, CLOCKS.c.id)
        .limit(MOST_CLOCKS)
    )
    return list(session().execute(query))


def _fire(ticket_ids: Sequence[int], chances: Mapping[tuple[int, int], float]) -> int:
    with saving(system_actor(Cause("schedule", "sla.foresee"))) as save:
        heads = _heads(ticket_ids)
        clocks = clocks_of(heads, now=save.now)
        rows = [row for row in clocks if row.stopped_at is None and row.state == "running"]
        done = {(row.clock_id, row.target_epoch, row.step) for row in _fired([row.id for row in rows])}
        due = [
            (row, Due(code, save.now, "fired"))
            for row in rows
            for (clock_id, code) in chances
            if clock_id == row.id and (row.id, row.target_epoch, code) not in done
        ]
        for row, each in due:
            follow_up(row, [each])
            _announce(row, each, chances[row.id, each.step], save.now)
        insert_rows(Firing, [firing_row(row, each, save.now) for row, each in due])
        write(clocks, {row.id: {"id": row.id} for row, _each in due}, ends_of(save, heads))
        if due:
            place_by_stored_clocks({row.subject_id for row, _each in due}, now=save.now)
    return len(due)


def _heads(ticket_ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(StreamHead.id, StreamHead.last_seq, StreamHead.head_hash)
        .where(StreamHead.kind == STREAM, StreamHead.id.in_(ticket_ids))
        .order_by(StreamHead.id)
        .with_for_update(skip_locked=True)
    )
    heads: dict[int, int] = {}
    for ticket_id, last_seq, head_hash in session().execute(query):
        heads[ticket_id] = last_seq
        know_head(StreamRef(STREAM, ticket_id), last_seq, head_hash)
    return heads


def _fired(clock_ids: Collection[int]) -> list[ClockRow]:
    query = select(Firing.clock_id, Firing.target_epoch, Firing.step)
    return list(session().execute(query.where(among(Firing.clock_id.expression, clock_ids))))


def _announce(row: ClockRow, due: Due, chance: float, now: datetime) -> None:
    publish(
        TargetForeseen(
            stream_id=row.subject_id,
            cause=cause_of(row.rule_version),
            kind=row.kind,
            cycle=row.cycle,
            step=due.step,
            due_at=now,
            lag_seconds=0,
            percent=round(chance * 100),
        )
    )
