"""How much work lies with whom: open requests in the hours that such work usually takes.

What a request is expected to take is the median of the working time, pauses left out, that requests of the
same group and priority took from opening to resolution in the last weeks. It is how long people waited for
us, not what somebody worked at it: good for comparing with one's own past, not for paying anybody. Where too
few were resolved to tell, the expectation is unknown and said to be so. Waiting requests count like others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select, true

from servicedesk.calendars.queries import DESK_CALENDAR, hours_in_force
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import people
from servicedesk.kernel.db import AnySelect, session
from servicedesk.kernel.errors import NotAllowed
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.core.periods import WEEK, day_of, midnight, mondays
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queue import open_tickets
from servicedesk.tickets.reporting.listing import ListedTicket, Place, listed
from sla.models import Clock

LOAD = "sla.load"
USUAL_WEEKS = 26
# A median of fewer says nothing.
FEWEST = 5
RESOLVED_DAYS = 28

Kind = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Usual:
    """What requests of a group and priority usually take: the median of so many, in working seconds."""

    group_id: int
    priority: int
    count: int
    median_seconds: int


@dataclass(frozen=True, slots=True)
class PersonLoad:
    """Open requests of one person (None: of nobody). `unknown` of them have no expectation.

    `resolved` is how many they resolved in the last RESOLVED_DAYS; None for who may not know.
    """

    person_id: int | None
    name: str
    open: int
    waiting: int
    unknown: int
    expected_seconds: int
    resolved: int | None


@dataclass(frozen=True, slots=True)
class Load:
    """The load of everybody who has open requests, by name; `left_seconds` are open in the present week."""

    at: datetime
    left_seconds: int
    people: tuple[PersonLoad, ...]
    usual: tuple[Usual, ...]


def load(viewer: Actor, *, now: datetime, zone: str, group_id: int | None = None) -> Load:
    """Return how much lies with whom at `now`."""
    usual = _usual(viewer, now)
    found = _open(viewer, group_id)
    resolved = _resolved(viewer, now, group_id) if may_see_people(viewer) else None
    ids = {person_id for person_id, _kind in found} | set(resolved or ())
    names = {person.id: person.name for person in people({id_ for id_ in ids if id_ is not None}).values()}
    rows = [_person(id_, names.get(id_ or 0, ""), found, usual, resolved) for id_ in ids]
    rows.sort(key=lambda row: (row.person_id is None, row.name.casefold(), row.person_id))
    return Load(now, _left(now, zone), tuple(rows), tuple(usual[kind] for kind in sorted(usual)))


def may_see_people(viewer: Actor) -> bool:
    """Say whether the viewer may see what each person resolved."""
    return viewer.has(Permission.REPORT_SEE_PEOPLE)


def tickets_with(
    viewer: Actor,
    person_id: int | None,
    *,
    group_id: int | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> tuple[ListedTicket, ...]:
    """Return the open tickets of a person (None: of nobody), latest filed first."""
    query = _moments(Ticket.opened_at.expression).where(open_tickets(), _is_with(person_id))
    return listed(viewer, query, group_id=group_id, after=after, limit=limit)


def tickets_resolved_by(
    viewer: Actor,
    person_id: int,
    *,
    now: datetime,
    group_id: int | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> tuple[ListedTicket, ...]:
    """Return what a person resolved lately, latest first. Raises NotAllowed for who may not know."""
    if not may_see_people(viewer):
        raise NotAllowed("report.people", _("Your role does not show what each person resolved."))
    query = _moments(Ticket.resolved_at.expression)
    query = query.where(_was_resolved_since(now), Ticket.assignee_id == person_id)
    return listed(viewer, query, group_id=group_id, after=after, limit=limit)


def _usual(viewer: Actor, now: datetime) -> dict[Kind, Usual]:
    """Return the median of each group and priority, found by the database without reading the rows."""
    kind = (Ticket.group_id, Ticket.priority)
    place = func.row_number().over(partition_by=kind, order_by=Clock.consumed_seconds).label("place")
    size = func.count().over(partition_by=kind).label("size")
    ranked = (
        select(Ticket.group_id, Ticket.priority, Clock.consumed_seconds, place, size)
        .join(Ticket, (Clock.subject_kind == STREAM) & (Clock.subject_id == Ticket.id))
        .where(Clock.kind == "resolution", Clock.state.in_(("met", "missed")))
        .where(Clock.stopped_at >= now - WEEK * USUAL_WEEKS, ~open_tickets())
        .where(Ticket.times_known, visible_to(viewer, Permission.REPORT_SEE))
        .subquery()
    )
    in_the_middle = (ranked.c.place * 2).between(ranked.c.size, ranked.c.size + 2)
    of_one = (ranked.c.group_id, ranked.c.priority, ranked.c.size)
    query = select(*of_one, func.avg(ranked.c.consumed_seconds)).where(in_the_middle).group_by(*of_one)
    return {
        (group_id, priority): Usual(group_id, priority, count, round(median))
        for group_id, priority, count, median in session().execute(query)
        if count >= FEWEST
    }


_Open = Mapping[tuple[int | None, Kind], tuple[int, int]]


def _open(viewer: Actor, group_id: int | None) -> _Open:
    """Return how many open and waiting tickets there are of each person, group and priority."""
    of_one = (Ticket.assignee_id, Ticket.group_id, Ticket.priority)
    waiting = func.sum(case((Ticket.status_category == "waiting", 1), else_=0))
    query = select(*of_one, func.count(), waiting).where(open_tickets(), *_among(viewer, group_id))
    return {
        (person_id, (group, priority)): (count, int(waits))
        for person_id, group, priority, count, waits in session().execute(query.group_by(*of_one))
    }


def _person(
    person_id: int | None,
    name: str,
    found: _Open,
    usual: Mapping[Kind, Usual],
    resolved: Mapping[int, int] | None,
) -> PersonLoad:
    own = {kind: counts for (owner, kind), counts in found.items() if owner == person_id}
    return PersonLoad(
        person_id=person_id,
        name=name,
        open=sum(count for count, _waits in own.values()),
        waiting=sum(waits for _count, waits in own.values()),
        unknown=sum(count for kind, (count, _waits) in own.items() if kind not in usual),
        expected_seconds=sum(
            count * usual[kind].median_seconds for kind, (count, _waits) in own.items() if kind in usual
        ),
        resolved=None if resolved is None or person_id is None else resolved.get(person_id, 0),
    )


def _resolved(viewer: Actor, now: datetime, group_id: int | None) -> dict[int, int]:
    query = select(Ticket.assignee_id, func.count()).where(
        Ticket.assignee_id.is_not(None), _was_resolved_since(now), *_among(viewer, group_id)
    )
    rows = session().execute(query.group_by(Ticket.assignee_id))
    return {person_id: count for person_id, count in rows if person_id is not None}


def _was_resolved_since(now: datetime) -> ColumnElement[bool]:
    since: ColumnElement[bool] = Ticket.resolved_at >= now - timedelta(days=RESOLVED_DAYS)
    return since & Ticket.times_known


def _left(now: datetime, zone: str) -> int:
    ends_on = mondays(day_of(now, zone), 1)[0] + WEEK
    return hours_in_force(DESK_CALENDAR, now).elapsed(now, midnight(ends_on, zone))


def _is_with(person_id: int | None) -> ColumnElement[bool]:
    return Ticket.assignee_id.is_(None) if person_id is None else Ticket.assignee_id == person_id


def _moments(at: ColumnElement[datetime] | ColumnElement[datetime | None]) -> AnySelect:
    query: AnySelect = select(Ticket.id.label("ticket_id"), at.label("at"))
    return query


def _among(viewer: Actor, group_id: int | None) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    team = true() if group_id is None else Ticket.group_id == group_id
    return visible_to(viewer, Permission.REPORT_SEE), team
