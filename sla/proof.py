"""The proof of a clock: all that somebody outside needs to work it out again, and that the log is whole.

A proof is a request of `servicedesk sla explain` (core/exchange.py) with more beside it, so it can be fed to
that command as it is. What stands beside: the sealed rows of the log that count, the hashes of all, what the
desk has stored, and the fold's result step by step.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select

from servicedesk.calendars.queries import hours_of
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import instant_text, session
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.event_log import EventRow, StreamHead
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.stored_rows import Row, stored_rows
from servicedesk.kernel.verification import logged_event
from servicedesk.tickets.access import not_found, visible_to
from servicedesk.tickets.core.standing_log import taken_back
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from sla.calendar_names import CalendarOfVersion, calendars_of_versions
from sla.core import exchange
from sla.core.clock import fold
from sla.core.cycle import Cycle, Span
from sla.core.exchange_writing import written_request
from sla.core.proof_steps import Step, steps_of
from sla.entries import entry_of
from sla.history import READ_TYPES, History, statuses
from sla.models import Clock

FORM = "servicedesk clock proof 1"
MOST_SPANS = 1000
_EVENTS = cast(Table, EventRow.__table__)


@dataclass(frozen=True, slots=True)
class Proof:
    """A clock worked out again from its log at `now`.

    document: the JSON of the proof. log: the sealed rows that clocks read, by their numbers. agrees: whether
    what is stored is what the log says.
    """

    cycle: Cycle
    steps: Sequence[Step]
    calendars: Mapping[int, CalendarOfVersion]
    log: Sequence[Row]
    agrees: bool
    document: Mapping[str, object]


def clock_proof(viewer: Actor, ticket_id: int, kind: str, number: int, *, now: datetime) -> Proof:
    """Return the proof of one cycle for who may see the ticket's notes; raises NotFound."""
    is_seen = visible_to(viewer, Permission.TICKET_SEE_NOTES)
    if session().scalar(select(Ticket.id).where(Ticket.id == ticket_id, is_seen)) is None:
        raise not_found()
    rows = stored_rows(_EVENTS, _EVENTS.c.stream_kind == STREAM, _EVENTS.c.stream_id == ticket_id)
    counted = [row for row in rows if row["type"] in READ_TYPES]
    history = History(ticket_id, [entry_of(logged_event(row)) for row in counted])
    events, rules = history.core_events(), statuses()
    at = now.replace(microsecond=0)
    cycles = fold(events, statuses=rules, now=at)
    cycle = next((each for each in cycles if (each.kind, each.number) == (kind, number)), None)
    if cycle is None:
        raise NotFound("clock.not_found", _("There is no such clock on this request."))
    steps = steps_of(cycle, events, rules, now=at)
    stored = _stored(ticket_id, cycle)
    calendars = calendars_of_versions(_calendar_ids(history))
    document = {
        "form": FORM,
        "ticket": ticket_id,
        "clock": kind,
        "cycle": number,
        **written_request(events, rules, at),
        "cycles": [exchange.written(each) for each in cycles],
        "stored": stored,
        "lines": [_line(span, at) for span in cycle.spans],
        "steps": [_step(step) for step in steps],
        "agreements": list(_assignments(history, calendars)),
        "log": [_sealed(row) for row in counted],
        "chain": [[row["seq"], row["hash"]] for row in rows],
        "head": _head(ticket_id),
        "taken_back": sorted(taken_back(history.entries)),
    }
    return Proof(cycle, steps, calendars, counted, _agrees(cycle, stored), document)


def _stored(ticket_id: int, cycle: Cycle) -> Mapping[str, object] | None:
    query = select(
        Clock.state, Clock.target_seconds, Clock.consumed_seconds, Clock.stopped_at, Clock.breached_at
    ).where(Clock.subject_kind == STREAM, Clock.subject_id == ticket_id)
    row = session().execute(query.where(Clock.kind == cycle.kind, Clock.cycle == cycle.number)).one_or_none()
    if row is None:
        return None
    return {name: instant_text(v) if isinstance(v, datetime) else v for name, v in row._mapping.items()}


def _agrees(cycle: Cycle, stored: Mapping[str, object] | None) -> bool:
    """Say whether the stored clock is the folded one; late since the last sweep is no difference."""
    if stored is None:
        return False
    breached_at = instant_text(cycle.breached_at) if cycle.breached_at else None
    stopped_at = instant_text(cycle.stopped_at) if cycle.stopped_at else None
    became_late = cycle.state == "overdue" and stored["state"] == "running"
    return (
        (stored["state"] == cycle.state or became_late)
        and (stored["breached_at"] == breached_at or became_late)
        and stored["stopped_at"] == stopped_at
        and (stored["target_seconds"], stored["consumed_seconds"])
        == (cycle.target_seconds, cycle.consumed_seconds)
    )


def open_spans(span: Span, now: datetime) -> list[tuple[datetime, datetime]]:
    """Return when the calendar was open within a line of the ledger; what lies between was closed."""
    if span.calendar_version_id is None:
        return []
    return hours_of(span.calendar_version_id).spans(span.from_at, span.to_at or now)


def _line(span: Span, now: datetime) -> dict[str, object]:
    opened = open_spans(span, now)
    return {
        "from": instant_text(span.from_at),
        "to": instant_text(span.to_at) if span.to_at else None,
        "kind": span.kind,
        "reason": span.reason,
        "counts": span.counts and span.kind == "running",
        "open_seconds": span.open_seconds,
        "open": [[instant_text(begins), instant_text(ends)] for begins, ends in opened[:MOST_SPANS]],
        "open_left_out": max(len(opened) - MOST_SPANS, 0),
    }


def _step(step: Step) -> dict[str, object]:
    told = exchange.written(step.cycle)
    return {
        "at": instant_text(step.at),
        "events": list(step.event_ids),
        "target_seconds": step.cycle.target_seconds,
        "left_seconds": step.cycle.left_seconds,
        **{name: told[name] for name in ("state", "elapsed_seconds", "due_at", "breach_at", "breached_at")},
    }


def _calendar_ids(history: History) -> set[int]:
    assigned = [entry.body["targets"] for entry in history.entries if entry.type == "agreement_assigned"]
    return {version for targets in assigned for _seconds, version in targets.values()}


def _assignments(
    history: History, calendars: Mapping[int, CalendarOfVersion]
) -> Iterator[Mapping[str, object]]:
    for entry in history.entries:
        if entry.type == "agreement_assigned":
            names = ("version_id", "agreement", "rule", "position", "matched", "targets")
            versions = {version for _seconds, version in entry.body["targets"].values()}
            yield {
                "event": str(entry.seq),
                **{name: entry.body[name] for name in names},
                "calendars": {version: calendars[version].told() for version in sorted(versions)},
            }


def _sealed(row: Row) -> dict[str, Any]:
    """Return every column of an event, its instants as they were sealed: the hash can be made again."""
    return {name: instant_text(v) if isinstance(v, datetime) else v for name, v in row.items()}


def _head(ticket_id: int) -> Mapping[str, object]:
    query = select(StreamHead.last_seq, StreamHead.head_hash)
    row = session().execute(query.where(StreamHead.kind == STREAM, StreamHead.id == ticket_id)).one()
    return dict(row._mapping)
