"""First-contact resolution: requests that one answer solved.

Counted are requests resolved for the first time in a period, each by how that went (OUTCOMES, the first that
fits): it came back within 14 days of being resolved; a person sent it on to another team before (out of
triage while nobody had it, and what the desk routes by itself, are none); it took another number of public
answers than one; or it was solved at first contact. Left out are requests withdrawn, those that an import
brought (their earlier answers are not known), and those resolved less than 14 days ago: they may still come
back. The team is the present one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.core.intervals import wilson
from servicedesk.tickets.core.periods import WEEK, edges_of, mondays
from servicedesk.tickets.models import Reopening, Ticket
from servicedesk.tickets.reporting.buckets import period_of
from servicedesk.tickets.reporting.listing import ListedTicket, Place, listed

FIRST_CONTACT = "tickets.first_contact"
KNOWN_AFTER = timedelta(days=14)
SOLVED = "solved"
OUTCOMES = ("came_back", "handed_over", "other_answers", SOLVED)
LEFT_OUT = ("too_young", "imported")
LONGEST_WEEKS = 106

_First = aliased(Reopening, name="first_reopening")


@dataclass(frozen=True, slots=True)
class FirstContact:
    """How many requests came to each outcome."""

    outcomes: Mapping[str, int]

    @property
    def numerator(self) -> int:
        """Return how many were solved at first contact."""
        return self.outcomes.get(SOLVED, 0)

    @property
    def denominator(self) -> int:
        """Return how many were looked at."""
        return sum(self.outcomes.get(outcome, 0) for outcome in OUTCOMES)

    @property
    def share(self) -> float | None:
        """Return the share from 0 to 1, None where there is nothing to share."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % interval of the share (Wilson)."""
        return wilson(self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class WeekContact:
    """The figure of one week."""

    begins_on: date
    from_at: datetime
    to_at: datetime
    figure: FirstContact


@dataclass(frozen=True, slots=True)
class FirstContactReport:
    """The figure as a whole, by week and by team; `left_out` maps each reason (and withdrawn) to a number."""

    from_at: datetime
    to_at: datetime
    whole: FirstContact
    weeks: tuple[WeekContact, ...]
    groups: Mapping[int, FirstContact]
    left_out: Mapping[str, int] = field(default_factory=dict)


def first_contact(
    viewer: Actor, *, weeks: int, until: date, now: datetime, zone: str, group_id: int | None = None
) -> FirstContactReport:
    """Return the figure of the last `weeks` weeks up to the one of `until`."""
    begins = mondays(until, min(weeks, LONGEST_WEEKS))
    edges = edges_of(begins, WEEK, zone)
    period = period_of(_resolved_at(), edges[1:-1]).label("period")
    query = _resolved(edges[0], edges[-1], period, Ticket.group_id, _outcome(now).label("outcome"))
    query = query.add_columns(func.count()).where(*_among(viewer, group_id))
    rows = session().execute(query.group_by("period", Ticket.group_id, "outcome")).all()
    found = [
        WeekContact(day, edges[place], edges[place + 1], _sum(row for row in rows if row[0] == place))
        for place, day in enumerate(begins)
    ]
    whole = _sum(rows)
    return FirstContactReport(
        edges[0],
        edges[-1],
        whole,
        tuple(found),
        {group: _sum(row for row in rows if row[1] == group) for group in sorted({row[1] for row in rows})},
        {name: whole.outcomes.get(name, 0) for name in LEFT_OUT}
        | {"withdrawn": _withdrawn(viewer, edges[0], edges[-1], group_id)},
    )


def tickets_of_outcome(
    viewer: Actor,
    outcome: str | None,
    *,
    from_at: datetime,
    to_at: datetime,
    now: datetime,
    group_id: int | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> tuple[ListedTicket, ...]:
    """Return the tickets of one outcome, or (None) all that the figure looks at, latest resolved first."""
    wanted = OUTCOMES if outcome is None else (outcome,)
    query = _resolved(from_at, to_at, Ticket.id.label("ticket_id"), _resolved_at().label("at"))
    query = query.where(_outcome(now).in_(wanted))
    return listed(viewer, query, group_id=group_id, after=after, limit=limit)


def _sum(rows: Iterable[Any]) -> FirstContact:
    found: dict[str, int] = {}
    for _period, _group, outcome, count in rows:
        found[outcome] = found.get(outcome, 0) + count
    return FirstContact(found)


def _resolved(from_at: datetime, to_at: datetime, *columns: Any) -> AnySelect:
    """Return the one selection that counts and lists share: first resolved in the period."""
    first = and_(_First.ticket_id == Ticket.id, _First.position == 1)
    # Each half names a column of its own, so that an index on it serves.
    again = and_(_First.done_at >= from_at, _First.done_at < to_at)
    once = and_(Ticket.resolved_at >= from_at, Ticket.resolved_at < to_at, _First.done_at.is_(None))
    query: AnySelect = select(*columns).select_from(Ticket).outerjoin(_First, first)
    return query.where(or_(again, once), Ticket.times_known)


def _resolved_at() -> ColumnElement[datetime]:
    return func.coalesce(_First.done_at, Ticket.resolved_at)


def _outcome(now: datetime) -> ColumnElement[str]:
    came_back = _First.lasted_seconds <= int(KNOWN_AFTER.total_seconds())
    return case(
        (Ticket.import_key.is_not(None), "imported"),
        (_resolved_at() > now - KNOWN_AFTER, "too_young"),
        (came_back, "came_back"),
        (Ticket.handover_count > 0, "handed_over"),
        (Ticket.answer_count != 1, "other_answers"),
        else_=SOLVED,
    )


def _withdrawn(viewer: Actor, from_at: datetime, to_at: datetime, group_id: int | None) -> int:
    query = select(func.count()).select_from(Ticket).where(Ticket.status == "withdrawn")
    query = query.where(Ticket.closed_at >= from_at, Ticket.closed_at < to_at, *_among(viewer, group_id))
    return session().scalar(query) or 0


def _among(viewer: Actor, group_id: int | None) -> list[ColumnElement[bool]]:
    team = [Ticket.group_id == group_id] if group_id is not None else []
    return [visible_to(viewer, Permission.REPORT_SEE), *team]
