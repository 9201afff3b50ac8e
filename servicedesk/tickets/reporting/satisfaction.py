"""How satisfied requesters are who were asked after a resolution, and how many of those asked said so.

Counted are the surveys asked in a period (answers that nobody asked for count when they came, but not in the
response rate), each with its latest answer. Satisfied is 4 or 5 of 5. Below FEWEST answers no share is told:
so few say nothing. The intervals cover chance only, not who chose to answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, true

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.core.intervals import FEWEST, around_mean, wilson
from servicedesk.tickets.core.periods import WEEK, edges_of, mondays
from servicedesk.tickets.models import Survey, Ticket
from servicedesk.tickets.reporting.buckets import period_of
from servicedesk.tickets.reporting.listing import ListedTicket, Place, listed

SATISFACTION = "tickets.satisfaction"
SCORES = (5, 4, 3, 2, 1)
SATISFIED = 4
LONGEST_WEEKS = 106


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """How many were asked, how many of those answered, and how many answers there are of each score."""

    asked: int
    asked_and_answered: int
    scores: Mapping[int, int]

    @property
    def answers(self) -> int:
        """Return how many answered."""
        return sum(self.scores.values())

    @property
    def satisfied(self) -> int:
        """Return how many gave 4 or 5."""
        return sum(count for score, count in self.scores.items() if score >= SATISFIED)

    @property
    def is_enough(self) -> bool:
        """Say whether there are enough answers to tell a share."""
        return self.answers >= FEWEST

    @property
    def share(self) -> float | None:
        """Return the satisfied share from 0 to 1; None where too few answered to say anything."""
        return self.satisfied / self.answers if self.is_enough else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % interval of the share (Wilson), where there is one."""
        return wilson(self.satisfied, self.answers) if self.is_enough else None

    @property
    def mean(self) -> float | None:
        """Return the mean score; None where too few answered to say anything."""
        total = sum(score * count for score, count in self.scores.items())
        return total / self.answers if self.is_enough else None

    @property
    def mean_interval(self) -> tuple[float, float] | None:
        """Return the 95 % interval of the mean, within 1 and 5."""
        if self.mean is None:
            return None
        squares = sum(score * score * count for score, count in self.scores.items()) / self.answers
        found = around_mean(self.mean, squares, self.answers)
        return (max(1.0, found[0]), min(5.0, found[1])) if found else None

    @property
    def response_rate(self) -> float | None:
        """Return how many of those asked answered, from 0 to 1; None where nobody was asked."""
        return self.asked_and_answered / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class WeekSatisfaction:
    """The figure of one week."""

    begins_on: date
    from_at: datetime
    to_at: datetime
    figure: Satisfaction


@dataclass(frozen=True, slots=True)
class SatisfactionReport:
    """The figure as a whole, by week and by team."""

    from_at: datetime
    to_at: datetime
    whole: Satisfaction
    weeks: tuple[WeekSatisfaction, ...]
    groups: Mapping[int, Satisfaction]


def satisfaction(
    viewer: Actor, *, weeks: int, until: date, now: datetime, zone: str, group_id: int | None = None
) -> SatisfactionReport:
    """Return the figure of the last `weeks` weeks up to the one of `until`."""
    begins = mondays(until, min(weeks, LONGEST_WEEKS))
    edges = edges_of(begins, WEEK, zone)
    period = period_of(_moment(), edges[1:-1]).label("period")
    was_asked = Survey.asked_at.is_not(None).label("was_asked")
    keys = (period, Ticket.group_id, Survey.score, was_asked)
    team = true() if group_id is None else Ticket.group_id == group_id
    query = _surveys(edges[0], edges[-1], *keys, func.count())
    query = query.where(visible_to(viewer, Permission.REPORT_SEE), team)
    rows = session().execute(query.group_by("period", Ticket.group_id, Survey.score, "was_asked")).all()
    found = tuple(
        WeekSatisfaction(day, edges[place], edges[place + 1], _sum(row for row in rows if row[0] == place))
        for place, day in enumerate(begins)
    )
    ids = sorted({row[1] for row in rows})
    by_group = {id_: _sum(row for row in rows if row[1] == id_) for id_ in ids}
    return SatisfactionReport(edges[0], edges[-1], _sum(rows), found, by_group)


def tickets_rated(
    viewer: Actor,
    *,
    from_at: datetime,
    to_at: datetime,
    score: int | None = None,
    is_answered: bool | None = None,
    group_id: int | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> tuple[ListedTicket, ...]:
    """Return the tickets behind a score, behind all answers (or none), or behind all that were asked.

    A ticket stands there once, with the latest of its moments.
    """
    query = _surveys(from_at, to_at, Survey.ticket_id.label("ticket_id"), func.max(_moment()).label("at"))
    if score is not None:
        query = query.where(Survey.score == score)
    if is_answered is not None:
        query = query.where(Survey.score.is_not(None) if is_answered else Survey.score.is_(None))
    query = query.group_by(Survey.ticket_id)
    return listed(viewer, query, group_id=group_id, after=after, limit=limit)


def _surveys(from_at: datetime, to_at: datetime, *columns: Any) -> AnySelect:
    query: AnySelect = select(*columns).select_from(Survey).join(Ticket, Ticket.id == Survey.ticket_id)
    return query.where(_moment() >= from_at, _moment() < to_at)


def _moment() -> ColumnElement[datetime]:
    return func.coalesce(Survey.asked_at, Survey.answered_at)


def _sum(rows: Iterable[Any]) -> Satisfaction:
    asked = asked_and_answered = 0
    scores = dict.fromkeys(SCORES, 0)
    for _period, _group, score, was_asked, count in rows:
        asked += count if was_asked else 0
        asked_and_answered += count if was_asked and score is not None else 0
        if score is not None:
            scores[score] += count
    return Satisfaction(asked, asked_and_answered, scores)
