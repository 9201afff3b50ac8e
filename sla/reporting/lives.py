"""The lives of cycles: their ledgers, and what happened to their tickets meanwhile, in portions."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, and_, select

from servicedesk.calendars.queries import hours_of
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.many_rows import among
from servicedesk.tickets.core.standing_log import TAKEN_BACK, standing
from servicedesk.tickets.events import STREAM
from sla.core.causes import Scene, Stretch
from sla.core.cycle import Cycle
from sla.models import Clock, ClockSpan
from sla.reporting.population import Population

# More cycles than this take longer than anybody waits for a page.
MOST = 60_000
_AT_ONCE = 500
# What shows where a ticket lies, and who did something to it.
_TYPES = frozenset(
    {"ticket_opened", "assigned", "status_changed", "message_added", "note_added", "fields_changed"}
    | {"clock_held", "clock_released", "handed_over", TAKEN_BACK}
)


@dataclass(frozen=True, slots=True)
class Told:
    """One cycle of the population with its ledger and its ticket's scenes. `until`: its end, or as of."""

    ticket_id: int
    kind: str
    cycle: int
    state: str
    target_seconds: int
    judged_at: datetime
    until: datetime
    stretches: Sequence[Stretch]
    scenes: Sequence[Scene]


@dataclass(frozen=True, slots=True)
class _LogRow:
    seq: int
    type: str
    at: datetime
    by: int | None
    body: Mapping[str, Any]


def lives(population: Population, rows: FromClause, *, with_scenes: bool = True) -> Iterator[Told]:
    """Yield the cycles that `rows` selects, by ticket; raises Refused where they are too many."""
    c = rows.c
    columns = (c.ticket_id, c.kind, c.cycle, c.state, c.target_seconds, c.judged_at, c.stopped_at)
    query = select(*columns).order_by(c.ticket_id, c.kind, c.cycle).limit(MOST + 1)
    found = session().execute(query).all()
    if len(found) > MOST:
        raise Refused("report.too_many", _("That is too much for one page. Choose a shorter period."))
    for start in range(0, len(found), _AT_ONCE):
        portion = found[start : start + _AT_ONCE]
        yield from _portion(population, portion, with_scenes=with_scenes)


def _portion(population: Population, rows: Sequence[Any], *, with_scenes: bool) -> Iterator[Told]:
    ids = {row.ticket_id for row in rows}
    ledgers = _ledgers(ids - population.changes.changed)
    retold = {each.ticket_id: each.cycles for each in population.retold if each.ticket_id in ids}
    scenes = scenes_of(ids, as_of=population.asked.as_of) if with_scenes else {}
    for row in rows:
        key = row.kind, row.cycle
        if row.ticket_id in retold:
            ledger = _ledger_of(retold[row.ticket_id], key)
        else:
            ledger = ledgers.get((row.ticket_id, *key), [])
        yield Told(
            row.ticket_id,
            row.kind,
            row.cycle,
            row.state,
            row.target_seconds,
            row.judged_at,
            row.stopped_at or population.asked.as_of,
            ledger,
            scenes.get(row.ticket_id, ()),
        )


def _ledger_of(cycles: Sequence[Cycle], key: tuple[str, int]) -> list[Stretch]:
    return [_stretch(span) for cycle in cycles if (cycle.kind, cycle.number) == key for span in cycle.spans]


def _stretch(line: Any) -> Stretch:
    """Return a line of a ledger, stored or folded, with its hours."""
    calendar = line.calendar_version_id
    hours = hours_of(calendar) if calendar is not None else None
    return Stretch(line.from_at, line.to_at, line.kind, line.reason, line.counts, hours)


def _ledgers(ticket_ids: Collection[int]) -> dict[tuple[int, str, int], list[Stretch]]:
    query = (
        select(
            *(Clock.subject_id, Clock.kind.label("clock"), Clock.cycle),
            *(ClockSpan.from_at, ClockSpan.to_at, ClockSpan.kind, ClockSpan.reason, ClockSpan.counts),
            ClockSpan.calendar_version.label("calendar_version_id"),
        )
        .join(ClockSpan, ClockSpan.clock_id == Clock.id)
        .where(and_(Clock.subject_kind == STREAM, among(Clock.subject_id.expression, ticket_ids)))
        .order_by(Clock.id, ClockSpan.position)
    )
    found: dict[tuple[int, str, int], list[Stretch]] = {}
    for row in session().execute(query):
        found.setdefault((row.subject_id, row.clock, row.cycle), []).append(_stretch(row))
    return found


def scenes_of(ticket_ids: Collection[int], *, as_of: datetime) -> dict[int, list[Scene]]:
    """Return what happened to tickets as far as it was known at `as_of`, in order of effect."""
    query = (
        select(
            *(EventRow.stream_id, EventRow.seq, EventRow.type, EventRow.at),
            *(EventRow.actor_kind, EventRow.actor_id, EventRow.body),
        )
        .where(EventRow.stream_kind == STREAM, among(EventRow.stream_id.expression, ticket_ids))
        .where(EventRow.type.in_(sorted(_TYPES)), EventRow.received_at <= as_of)
        .order_by(EventRow.stream_id, EventRow.seq)
    )
    logs: dict[int, list[_LogRow]] = {}
    for row in session().execute(query):
        by = row.actor_id if row.actor_kind == "person" else None
        at = row.at.replace(microsecond=0)
        logs.setdefault(row.stream_id, []).append(_LogRow(row.seq, row.type, at, by, json.loads(row.body)))
    return {ticket_id: _scenes(log) for ticket_id, log in logs.items()}


def _scenes(log: Sequence[_LogRow]) -> list[Scene]:
    """Return a log as scenes; what its customer did was not done by the desk."""
    found: list[Scene] = []
    group_id, assignee_id, status, requester_id = 0, None, "", None
    for row in sorted(standing(log), key=lambda each: (each.at, each.seq)):
        body, passed_to = row.body, None
        if row.type == "ticket_opened":
            group_id, assignee_id = body["group_id"], body["assignee_id"]
            status, requester_id = body["status"], body["requester_id"]
        elif row.type == "assigned":
            if body["from_assignee_id"] is not None and body["assignee_id"] != body["from_assignee_id"]:
                passed_to = body["assignee_id"]
            group_id, assignee_id = body["group_id"], body["assignee_id"]
        elif row.type == "status_changed":
            status = body["to_status"]
        by = row.by if row.by != requester_id else None
        found.append(Scene(row.at, row.type, group_id, assignee_id, status, by, passed_to))
    return found
