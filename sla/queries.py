"""The clocks of a ticket, each with its ledger: every stretch of time, why, and what it adds up to."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, select

from servicedesk.calendars.queries import hours_of, versions_of
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, Id, connection, session
from servicedesk.kernel.prepared import PreparedIfConstant
from servicedesk.tickets.access import Sight, sight_of, within
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from sla.agreements import VersionRow, versions
from sla.core.fuse import Burning, Fuse, fuse
from sla.core.steps import StepTimes, plan_from
from sla.forecast.core.told import from_text, percent_at
from sla.forecast.models import Forecast
from sla.models import Clock, ClockSpan

STATEMENTS_KEPT = 64


@dataclass(frozen=True, slots=True)
class SpanRow:
    """A line of the ledger; `open_seconds` is working time, up to now for the one under way.

    kind: running, paused, held (by hand) or done. reason: the status, or by_hand. counts: false for what
    a re-target forgot.
    """

    from_at: datetime
    to_at: datetime | None
    kind: str
    reason: str
    open_seconds: int
    counts: bool
    calendar_version: int | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """A comparison that made the rule hold."""

    field: str
    operator: str
    wanted: object
    value: object


@dataclass(frozen=True, slots=True)
class Foretold:
    """What is forecast of an open clock as of now: `percent` likely to miss, by `count` clocks like it.

    parts: how much they share with it, of clock, priority and team, in this order. median_seconds: the open
    time in which half of them ended; None where most ran on.
    """

    percent: int
    parts: int
    count: int
    median_seconds: int | None


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One cycle of one clock as of now. left_seconds is below zero when late.

    The counted running lines of `spans` add up to `elapsed_seconds`. `position` is the rule's place in its
    agreement, from 1; no `matched` means that it is the default rule. told_again_at: when a step that was
    told comes again, unless somebody says that they know.
    """

    kind: str
    cycle: int
    type: str
    state: str
    fuse: Fuse
    started_at: datetime
    stopped_at: datetime | None
    due_at: datetime | None
    breached_at: datetime | None
    target_seconds: int
    elapsed_seconds: int
    left_seconds: int
    is_overridden: bool
    agreement: str
    agreement_number: int
    rule: str
    position: int
    matched: tuple[Matched, ...]
    calendar: str
    calendar_version: int
    zone: str
    spans: tuple[SpanRow, ...]
    told_again_at: datetime | None = None
    forecast: Foretold | None = None

    @property
    def is_open(self) -> bool:
        """Say whether the clock may still change."""
        return self.stopped_at is None


def ticket_clocks(viewer: Actor, ticket_id: int, *, now: datetime) -> tuple[ClockRow, ...]:
    """Return a ticket's clocks if `viewer` may see it: the open ones, then the ended, newest first.

    What is agreed within the desk or with suppliers is for those who read internal notes.
    """
    found = _clocks_of_one(sight_of(viewer), _types_for(viewer))
    rows = found.rows(connection(), ticket_id=ticket_id)
    return _read(rows, now).get(ticket_id, ())


def clocks_of_tickets(
    viewer: Actor, ticket_ids: Collection[int], *, now: datetime
) -> dict[int, tuple[ClockRow, ...]]:
    """Return the clocks of several tickets with one statement; tickets out of sight are left out."""
    query = _clocks_of_many(sight_of(viewer), _types_for(viewer))
    rows = session().execute(query, {"ticket_ids": sorted(ticket_ids)})
    return _read(rows, now)


def _types_for(viewer: Actor) -> tuple[str, ...]:
    return ("ola", "sla", "uc") if viewer.has(Permission.TICKET_SEE_NOTES) else ("sla",)


def _read(rows: Iterable[Any], now: datetime) -> dict[int, tuple[ClockRow, ...]]:
    found: dict[int, list[ClockRow]] = {}
    for _clock_id, lines in groupby(rows, key=lambda row: row.id):
        ledger = list(lines)
        found.setdefault(ledger[0].subject_id, []).append(_clock_row(ledger, now))
    return {ticket_id: _in_order(clocks) for ticket_id, clocks in found.items()}


# Putting a statement together takes longer than running it: each is built once.
@lru_cache(maxsize=STATEMENTS_KEPT)
def _clocks_of_one(sight: Sight, types: tuple[str, ...]) -> PreparedIfConstant:
    of_one = Clock.subject_id == bindparam("ticket_id", type_=Id)
    return PreparedIfConstant(_clocks(sight, types).where(of_one))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _clocks_of_many(sight: Sight, types: tuple[str, ...]) -> AnySelect:
    return _clocks(sight, types).where(Clock.subject_id.in_(bindparam("ticket_ids", expanding=True)))


_OF_A_CLOCK = (
    *(Clock.id, Clock.subject_id, Clock.kind, Clock.cycle, Clock.type, Clock.state),
    *(Clock.rule_version, Clock.rule, Clock.reason, Clock.calendar_version, Clock.plan, Clock.fired_step),
    *(Clock.target_seconds, Clock.consumed_seconds, Clock.is_overridden, Clock.started_at),
    *(Clock.running_since, Clock.stopped_at, Clock.due_at, Clock.breach_at, Clock.breached_at),
    ClockSpan.from_at.label("span_from"),
    ClockSpan.to_at.label("span_to"),
    ClockSpan.kind.label("span_kind"),
    ClockSpan.reason.label("span_reason"),
    ClockSpan.calendar_version.label("span_calendar"),
    ClockSpan.counts.label("span_counts"),
    *(Forecast.percents, Forecast.alike_parts, Forecast.alike_count, Forecast.alike_median_seconds),
)


def _clocks(sight: Sight, types: tuple[str, ...]) -> AnySelect:
    """Return the select of clocks, each as often as its ledger has lines, in order."""
    return (
        select(*_OF_A_CLOCK)
        .join(Ticket, (Clock.subject_kind == STREAM) & (Clock.subject_id == Ticket.id))
        .join(ClockSpan, ClockSpan.clock_id == Clock.id)
        .outerjoin(Forecast, (Forecast.clock_id == Clock.id) & (Forecast.target_epoch == Clock.target_epoch))
        .where(within(sight), *([] if len(types) > 1 else [Clock.type == types[0]]))
        .order_by(Clock.subject_id, Clock.started_at, Clock.kind, Clock.cycle, Clock.id, ClockSpan.position)
    )


def _in_order(rows: list[ClockRow]) -> tuple[ClockRow, ...]:
    ended = sorted((row for row in rows if row.stopped_at), key=lambda row: row.started_at, reverse=True)
    return (*(row for row in rows if row.is_open), *ended)


def _clock_row(ledger: Sequence[Any], now: datetime) -> ClockRow:
    """Return one clock; each row of `ledger` holds it and one line of its ledger."""
    clock = ledger[0]
    burnt = _burnt(clock, now)
    reason: Mapping[str, Any] = json.loads(clock.reason)
    version = _version(clock.rule_version)
    return ClockRow(
        kind=clock.kind,
        cycle=clock.cycle,
        type=clock.type,
        state="overdue" if clock.stopped_at is None and burnt.left_seconds < 0 else clock.state,
        fuse=burnt,
        started_at=clock.started_at,
        stopped_at=clock.stopped_at,
        due_at=clock.due_at,
        breached_at=clock.breached_at or (clock.breach_at if burnt.left_seconds < 0 else None),
        target_seconds=clock.target_seconds,
        elapsed_seconds=clock.target_seconds - burnt.left_seconds,
        left_seconds=burnt.left_seconds,
        is_overridden=clock.is_overridden,
        agreement=version.name,
        agreement_number=version.number,
        rule=clock.rule,
        position=reason["position"],
        matched=tuple(Matched(**each) for each in reason["matched"]),
        calendar=_calendar_name(version, clock.rule),
        calendar_version=clock.calendar_version,
        zone=hours_of(clock.calendar_version).zone,
        spans=tuple(_span_row(line, now) for line in ledger),
        told_again_at=_told_again_at(clock),
        forecast=_foretold(clock, burnt),
    )


def _burnt(clock: Any, now: datetime) -> Fuse:
    burning = Burning(
        kind=clock.kind,
        state=clock.state,
        target_seconds=clock.target_seconds,
        consumed_seconds=clock.consumed_seconds,
        running_since=clock.running_since,
        due_at=clock.due_at,
    )
    return fuse(burning, hours_of(clock.calendar_version), now=now)


def _told_again_at(clock: Any) -> datetime | None:
    if clock.plan is None or clock.stopped_at is not None or not clock.fired_step:
        return None
    times = StepTimes(None, None, None, plan_from(clock.plan), clock.target_seconds)
    ahead = times.after(clock.fired_step)
    return ahead.due_at if ahead and ahead.is_repeat else None


def _foretold(clock: Any, burnt: Fuse) -> Foretold | None:
    if clock.percents is None or clock.stopped_at is not None or burnt.left_seconds < 0:
        return None
    used = (clock.target_seconds - burnt.left_seconds) / clock.target_seconds
    percent = percent_at(from_text(clock.percents), used)
    return Foretold(percent, clock.alike_parts, clock.alike_count, clock.alike_median_seconds)


def _span_row(line: Any, now: datetime) -> SpanRow:
    calendar, from_at, to_at = line.span_calendar, line.span_from, line.span_to
    open_seconds = hours_of(calendar).elapsed(from_at, to_at or now) if calendar is not None else 0
    return SpanRow(from_at, to_at, line.span_kind, line.span_reason, open_seconds, line.span_counts, calendar)


def _version(version_id: int) -> VersionRow:
    return next(version for version in versions() if version.id == version_id)


def _calendar_name(version: VersionRow, rule_name: str) -> str:
    rules = {rule.name: rule for rule in version.document.rules}
    return versions_of(rules[rule_name].targets.calendar)[-1].name
