"""The cycles that figures count: those stored, with those of tickets told again in their place.

Counts, quantiles and lists all select from here, so that a number and the rows behind it cannot differ.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    null,
    select,
    text,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, is_postgresql
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.kernel.many_rows import among
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from sla.core.cycle import Cycle
from sla.core.events import KINDS
from sla.core.steps import judged_at, step_times
from sla.models import LOWERED, AgreementVersion, Clock, Standing
from sla.reporting.asked import Asked
from sla.reporting.retold import Changes, Retold, changes_since, retell

LATE = ("missed", "overdue")
JUDGED = ("met", *LATE)
Columns = dict[str, ColumnElement[Any]]

_INSTANTS = ("started_at", "stopped_at", "breached_at", "judged_at", "warn_75_at", "late_at")
_NUMBERS = ("ticket_id", "cycle", "target_seconds", "used_seconds", "target_epoch", "rule_version")
_NUMBERS_OF_TICKETS = ("group_id", "priority", "organisation_id")
# What a row has, in the order of the JSON that brings told ones.
_NAMES = (*_NUMBERS, *_NUMBERS_OF_TICKETS, "is_overridden", *_INSTANTS, "kind", "state")


@dataclass(frozen=True)
class Population:
    """The cycles that `viewer` may see, as they were known at `asked.as_of`."""

    viewer: Actor
    asked: Asked
    now: datetime

    @cached_property
    def changes(self) -> Changes:
        return changes_since(self.asked.as_of, now=self.now)

    @cached_property
    def retold(self) -> Sequence[Retold]:
        """The tickets that stored clocks do not tell of rightly; `told_rows` are their cycles."""
        return tuple(retell(self.changes.changed, as_of=self.asked.as_of))

    @cached_property
    def _told_rows(self) -> str:
        return json.dumps([row for each in self.retold for row in _rows_of(each)])

    def judged(self, **only: Any) -> FromClause:
        """Return the cycles that were kept or broken in the period, as rows; `only`: what else must hold."""
        return self._rows(_judged, **only)

    def breached(self) -> FromClause:
        """Return the cycles that became late in the period, also those whose target was lowered later."""
        return self._rows(_breached)

    def lowered(self) -> FromClause:
        """Return the cycles that became late in the period and are judged by an easier target now."""
        return self._rows(_lowered)

    def open(self, standing: str = "") -> FromClause:
        """Return the cycles that had not ended at the moment, or those late or at risk by then (STANDINGS).

        State and moment of the breach are those of then: a sweep may have said since that they are late.
        """
        rows = self._rows(_open)
        c, late = rows.c, rows.c.late_at <= self.asked.as_of
        states = case((late, "overdue"), (c.state.in_(("running", "overdue")), "running"), else_=c.state)
        then = {
            "state": states,
            "breached_at": case((late, c.breached_at)),
            "used_seconds": cast(null(), BigInteger),
        }
        query = select(*(then.get(name, c[name]).label(name) for name in _NAMES))
        if standing:
            query = query.where(STANDINGS[standing](c, self.asked))
        return query.subquery("open_cycle")

    def _rows(self, chosen: Callable[[Columns, Asked], ColumnElement[bool]], **only: Any) -> FromClause:
        stored = self._stored(chosen, only)
        if not self.changes.changed:
            return stored.subquery("cycle")
        return union_all(stored, self._told(chosen, only)).subquery("cycle")

    def _stored(self, chosen: Callable[..., ColumnElement[bool]], only: dict[str, Any]) -> AnySelect:
        columns = _of_clocks()
        query: AnySelect = (
            select(*(columns[name].label(name) for name in _NAMES))
            .select_from(Clock)
            .join(Ticket, (Clock.subject_kind == STREAM) & (Clock.subject_id == Ticket.id))
            .where(visible_to(self.viewer, Permission.REPORT_SEE), Ticket.times_known)
            .where(chosen(columns, self.asked), *_conditions(columns, self.asked, only))
        )
        if chosen is _lowered:
            query = query.where(text(LOWERED))
        if chosen is _open:
            # What has not changed since was open then where it is open now.
            query = query.join(Standing, Standing.ticket_id == Clock.subject_id)
        if self.changes.all:
            query = query.where(~among(Clock.subject_id.expression, self.changes.all))
        return query

    def _told(self, chosen: Callable[..., ColumnElement[bool]], only: dict[str, Any]) -> AnySelect:
        told = _told_in_json(self._told_rows)
        columns: Columns = {name: told.c[name] for name in _NAMES}
        query: AnySelect = (
            select(*columns.values())
            .select_from(told)
            .join(Ticket, told.c.ticket_id == Ticket.id)
            .where(visible_to(self.viewer, Permission.REPORT_SEE))
            .where(chosen(columns, self.asked), *_conditions(columns, self.asked, only))
        )
        return query


def _of_clocks() -> Columns:
    ended = Clock.stopped_at.is_not(None)
    return {
        **{name: getattr(Clock, name) for name in (*_INSTANTS, *_NUMBERS) if hasattr(Clock, name)},
        "ticket_id": Clock.subject_id.expression,
        # Of a clock that still runs only the calendar knows how much is used.
        "used_seconds": case((ended, Clock.consumed_seconds), else_=None),
        **{name: getattr(Ticket, name) for name in _NUMBERS_OF_TICKETS},
        **{name: getattr(Clock, name) for name in ("kind", "state")},
        "is_overridden": case((Clock.is_overridden, 1), else_=0),
    }


def _conditions(c: Columns, asked: Asked, only: dict[str, Any]) -> Iterator[ColumnElement[bool]]:
    # Every clock by name, so that the index by clock and moment serves.
    yield c["kind"].in_(KINDS) if asked.kind is None else c["kind"] == asked.kind
    for name in ("group_id", "priority", "organisation_id"):
        if (wanted := getattr(asked, name)) is not None:
            yield c[name] == wanted
    if asked.agreement_id is not None:
        of_it = select(AgreementVersion.id).where(AgreementVersion.agreement_id == asked.agreement_id)
        yield c["rule_version"].in_(of_it)
    for name, wanted in only.items():
        yield c[name].in_(wanted) if isinstance(wanted, tuple) else c[name] == wanted


def _judged(c: Columns, asked: Asked) -> ColumnElement[bool]:
    return and_(c["judged_at"] >= asked.from_at, c["judged_at"] < asked.to_at, c["state"].in_(JUDGED))


def _breached(c: Columns, asked: Asked) -> ColumnElement[bool]:
    return and_(c["breached_at"] >= asked.from_at, c["breached_at"] < asked.to_at)


def _lowered(c: Columns, asked: Asked) -> ColumnElement[bool]:
    return and_(_breached(c, asked), c["state"].not_in(LATE))


def _open(c: Columns, asked: Asked) -> ColumnElement[bool]:
    return and_(c["started_at"] <= asked.as_of, c["stopped_at"].is_(None), c["state"] != "cancelled")


# Which of the open cycles: past the target, or past three quarters of it and not late yet.
STANDINGS: Mapping[str, Callable[[Any, Asked], ColumnElement[bool]]] = {
    "late": lambda c, asked: c.late_at <= asked.as_of,
    "at_risk": lambda c, asked: and_(c.warn_75_at <= asked.as_of, c.late_at > asked.as_of),
}


def _rows_of(each: Retold) -> Iterator[list[object]]:
    facts = each.state.facts
    for cycle in each.cycles:
        yield [
            *(each.ticket_id, cycle.number, cycle.target_seconds),
            cycle.elapsed_seconds if cycle.stopped_at or cycle.state == "overdue" else None,
            *(cycle.target_epoch, cycle.agreement_version_id),
            *(facts.group_id, facts.priority, facts.organisation_id, int(cycle.is_overridden)),
            *(_text(at) for at in _instants(cycle)),
            *(cycle.kind, cycle.state),
        ]


def _instants(cycle: Cycle) -> tuple[datetime | None, ...]:
    times = step_times(cycle)
    ended = (cycle.started_at, cycle.stopped_at, cycle.breached_at, judged_at(cycle))
    return *ended, times.warn_75_at, times.late_at


def _text(at: datetime | None) -> str | None:
    """Return a moment as SQLite keeps it, which PostgreSQL reads as well."""
    return at.strftime("%Y-%m-%d %H:%M:%S.%f") if at is not None else None


def _told_in_json(rows: str) -> CTE:
    """Return rows that one value of JSON brings, as a table."""
    if is_postgresql():
        given = func.jsonb_array_elements(cast(bindparam("told", rows), JSONB)).table_valued("value")
        parts: list[Any] = [
            cast(given.c.value.op("->>")(place), _kind(name)) for place, name in enumerate(_NAMES)
        ]
    else:
        given = func.json_each(bindparam("told", rows)).table_valued("value")
        parts = [
            type_coerce(func.json_extract(given.c.value, f"$[{place}]"), _kind(name))
            for place, name in enumerate(_NAMES)
        ]
    named = (part.label(name) for part, name in zip(parts, _NAMES, strict=True))
    return select(*named).cte("told")


def _kind(name: str) -> TypeEngine[Any]:
    if name in _INSTANTS:
        return UtcDateTime()
    return String() if name in ("kind", "state") else BigInteger()
