"""What verify makes of clocks of subjects that are no tickets: rows and ledgers against their logs."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Table, select, union

from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import session
from servicedesk.kernel.differences import Difference, Row, compared
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.stored_rows import stored_rows
from servicedesk.tickets.events import STREAM
from sla.core.audit_figures import AuditedCycle, Calendars, figures
from sla.core.audit_rows import span_rows, step_memory
from sla.core.audit_steps import usual_chain
from sla.core.audit_turns import audit_turns
from sla.events import SubjectClockTurned
from sla.models import Clock, ClockSpan, Firing
from sla.subject_storing import stored_turns

CLOCKS, SPANS, FIRINGS = (cast(Table, model.__table__) for model in (Clock, ClockSpan, Firing))
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK_KEY = ("subject_kind", "subject_id", "kind", "cycle", "type")


def check_subjects(calendars: Calendars) -> Iterator[Difference]:
    """Yield where clocks of other subjects than tickets differ from what their logs tell."""
    told = select(EventRow.stream_kind, EventRow.stream_id).where(EventRow.type == SubjectClockTurned.type)
    stored = select(Clock.subject_kind, Clock.subject_id).where(Clock.subject_kind != STREAM)
    for kind, subject_id in session().execute(union(told, stored)).all():
        yield from _check(StreamRef(kind, subject_id), calendars)


def _check(subject: StreamRef, calendars: Calendars) -> Iterator[Difference]:
    log = stored_turns(subject)
    of_it = CLOCKS.c.subject_kind == subject.kind, CLOCKS.c.subject_id == subject.id
    rows = stored_rows(CLOCKS, *of_it)
    ids = select(CLOCKS.c.id).where(*of_it)
    firings = stored_rows(FIRINGS, FIRINGS.c.clock_id.in_(ids))
    cycles = {(cycle.kind, cycle.number): cycle for cycle in audit_turns(log, calendars)}
    now = _last_touch(log, firings)
    rebuilt = [
        {**row, **_rebuilt(cycle, row, firings, now, calendars)}
        for row in rows
        if (cycle := cycles.get((row["kind"], row["cycle"])))
    ]
    missing = cycles.keys() - {(row["kind"], row["cycle"]) for row in rows}
    absent = [{"kind": kind, "cycle": number} for kind, number in missing]
    named = {"subject_kind": subject.kind, "subject_id": subject.id, "type": ""}
    yield from compared("sla_clock", CLOCK_KEY, stored=rows, rebuilt=[*rebuilt, *(named | a for a in absent)])
    by_key = {(row["kind"], row["cycle"]): row["id"] for row in rows}
    spans = [span for key, cycle in cycles.items() if key in by_key for span in span_rows(by_key[key], cycle)]
    lines = stored_rows(SPANS, SPANS.c.clock_id.in_(ids))
    yield from compared("sla_span", ("clock_id", "position"), stored=lines, rebuilt=spans)


def _last_touch(log: Sequence[LoggedEvent], firings: Sequence[Row]) -> datetime:
    said = [event.received_at for event in log]
    return max([*said, *(row["fired_at"] for row in firings)], default=_NEVER).replace(microsecond=0)


def _rebuilt(
    cycle: AuditedCycle, row: Row, firings: Sequence[Row], now: datetime, calendars: Calendars
) -> dict[str, Any]:
    """Return what the log tells of a clock; how often it was written and how far it read, it does not."""
    found, aim, current = figures(cycle, now, calendars), cycle.aims[-1], cycle.current
    said: Any = cycle.said.body
    told = {name: getattr(found, name) for name in found.__dataclass_fields__} | {
        "type": said["clock_type"],
        "reason": said["reason"],
        "calendar_version": aim.calendar,
        "target_seconds": aim.seconds,
        "target_epoch": len(cycle.aims),
        "aimed_at": aim.at,
        "started_at": cycle.started_at,
        "running_since": current.from_at if current and current.kind == "running" else None,
        "stopped_at": cycle.stopped_at,
    }
    of_clock = [dict(each) for each in firings if each["clock_id"] == row["id"]]
    return told | step_memory({**row, **told}, of_clock, usual_chain(found, aim.seconds))
