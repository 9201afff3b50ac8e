"""The sweep over clocks of subjects that are no tickets: each step announced once, in the subject's log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from servicedesk.identity.actor import system_actor
from servicedesk.kernel import clock
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import insert_rows, is_postgresql, session
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.kernel.save import Save, know_head, publish
from servicedesk.tickets.events import STREAM
from sla.core.steps import Due, StepTimes, steps_due
from sla.due_clocks import head_of_clock
from sla.events import SubjectStepCame
from sla.models import Firing
from sla.storing import CLOCKS
from sla.subject_storing import refold, stored_turns

BATCH = 50
_FOLLOWING: Mapping[int, int] = {75: 90, 90: 100}
_DUE = CLOCKS.c.subject_kind != STREAM


def sweep_subjects() -> int:
    """Deal with the steps that are due now and return how many subjects had one."""
    found = 0
    while _is_anything_due():
        with saving(system_actor(Cause("schedule", "sla.sweep"))) as save:
            claimed = _claim(save)
            for stream, last_seq in claimed.items():
                refold(stream, stored_turns(stream), last_seq=last_seq, now=save.now)
                _announce_due(stream, save)
        if not claimed:
            break  # others hold them, and deal with them
        found += len(claimed)
    return found


def _is_anything_due() -> bool:
    query = select(CLOCKS.c.id).where(CLOCKS.c.next_fire_at <= clock.now(), _DUE)
    return session().scalar(query.order_by(CLOCKS.c.next_fire_at).limit(1)) is not None


def _claim(save: Save) -> dict[StreamRef, int]:
    query = (
        select(StreamHead.kind, StreamHead.id, StreamHead.last_seq, StreamHead.head_hash)
        .join(CLOCKS, head_of_clock(is_postgresql=is_postgresql()))
        .where(CLOCKS.c.next_fire_at <= save.now, _DUE)
        .order_by(CLOCKS.c.next_fire_at)
        .limit(BATCH)
        .with_for_update(of=StreamHead, skip_locked=True)
    )
    heads: dict[StreamRef, int] = {}
    for kind, subject_id, last_seq, head_hash in session().execute(query):
        heads[StreamRef(kind, subject_id)] = last_seq
        know_head(StreamRef(kind, subject_id), last_seq, head_hash)
    return heads


def _announce_due(stream: StreamRef, save: Save) -> None:
    query = select(CLOCKS).where(
        CLOCKS.c.subject_kind == stream.kind,
        CLOCKS.c.subject_id == stream.id,
        CLOCKS.c.next_fire_at <= save.now,
    )
    for row in session().execute(query.order_by(CLOCKS.c.id)).all():
        times = StepTimes(row.warn_75_at, row.warn_90_at, row.late_at)
        due = steps_due(
            times,
            fired_step=row.fired_step,
            now=save.now,
            is_stopped=row.stopped_at is not None,
            quiet_until=None,
        )
        insert_rows(Firing, [_firing(row, each, save.now) for each in due])
        for each in due:
            if each.outcome == "fired":
                _publish(stream, row, each, save.now)
        following = _FOLLOWING.get(due[-1].step)
        ahead = {90: row.warn_90_at, 100: row.late_at}
        done = {
            "fired_step": due[-1].step,
            "next_step": following,
            "next_fire_at": ahead[following] if following else None,
            "last_event_seq": save.heads[stream].seq,
        }
        session().execute(CLOCKS.update().where(CLOCKS.c.id == row.id).values(**done))


def _firing(row: Any, due: Due, now: datetime) -> dict[str, object]:
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


def _publish(stream: StreamRef, row: Any, due: Due, now: datetime) -> None:
    publish(
        SubjectStepCame(
            stream_id=stream.id,
            subject_kind=stream.kind,
            kind=row.kind,
            cycle=row.cycle,
            step=due.step,
            due_at=due.due_at,
            lag_seconds=_lag(due, now),
        )
    )


def _lag(due: Due, now: datetime) -> int:
    return max(int((now - due.due_at).total_seconds()), 0)
