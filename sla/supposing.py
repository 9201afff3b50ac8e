"""What would become of running clocks if other hours, or other promises, counted for them: looked at only.

Clocks that run keep what they were promised until something about their request changes; these figures say
what a change means for work of the kind that is open now.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from servicedesk.calendars.hours import NeverOpen, OpeningHours
from servicedesk.calendars.queries import calendar_in_force, hours_of, versions_of
from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.facts import matched_facts
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.touched import Touched
from sla.agreements import VersionRow
from sla.core.agreement import RuleTargets
from sla.core.events import KINDS, Kind
from sla.core.matching import Match, first_match
from sla.models import Clock

MOST_CLOCKS = 5_000
SHOWN = 5


@dataclass
class Supposed:
    """Of the running clocks looked at: how many would be due earlier or later, and which late by now.

    `is_cut` is true where there are more running clocks than were looked at.
    """

    looked_at: int = 0
    earlier: int = 0
    later: int = 0
    untracked: int = 0
    late: list[tuple[int, str]] = field(default_factory=list)
    is_cut: bool = False

    @property
    def touched(self) -> Touched:
        """Return the requests that would be late, with the first of them."""
        found = dict(self.late)
        return Touched(len(found), tuple(sorted(found.items())[:SHOWN]))


# Returns hours and target that would count for a clock; None where nothing would be promised.
Promised = Callable[[Ticket, Clock], tuple[OpeningHours, int] | None]


def if_hours_were(viewer: Actor, hours: Mapping[str, OpeningHours], *, now: datetime) -> Supposed:
    """Return what these hours, by calendar, in place of its own would do to the clocks that run by them."""
    found = {version.id: hours[key] for key in hours for version in versions_of(key)}
    rows = _running(viewer, Clock.calendar_version.in_(found))

    def promised(_ticket: Ticket, clock: Clock) -> tuple[OpeningHours, int] | None:
        other = found.get(clock.calendar_version or 0)
        return (other, clock.target_seconds) if other is not None else None

    return _suppose(rows, promised, now=now)


def if_promised(viewer: Actor, versions: Sequence[VersionRow], *, now: datetime, at: datetime) -> Supposed:
    """Return what these versions of agreements, in their order, would do at `at` to every running clock."""

    def promised(ticket: Ticket, clock: Clock) -> tuple[OpeningHours, int] | None:
        found = _match(versions, ticket, at)
        kind: Kind | None = next((kind for kind in KINDS if kind == clock.kind), None)
        if found is None or kind is None or kind not in found.rule.targets.seconds:
            return None
        targets = found.rule.targets
        return hours_of(calendar_in_force(targets.calendar, at).id), targets.seconds[kind]

    return _suppose(_running(viewer, Clock.is_overridden.is_(False)), promised, now=now)


def _match(versions: Sequence[VersionRow], ticket: Ticket, at: datetime) -> Match[RuleTargets] | None:
    facts = matched_facts(ticket).as_facts()
    matches = (first_match(version.document.rules, facts, at=at) for version in versions)
    return next((match for match in matches if match is not None), None)


def _running(viewer: Actor, *conditions: object) -> list[tuple[Ticket, Clock]]:
    query = (
        select(Ticket, Clock)
        .join(Clock, Clock.subject_id == Ticket.id)
        .where(
            Clock.subject_kind == STREAM,
            Clock.state.in_(("running", "overdue")),
            Clock.running_since.is_not(None),
            visible_to(viewer),
            *conditions,  # type: ignore[arg-type]
        )
        .order_by(Clock.due_at, Clock.id)
        .limit(MOST_CLOCKS + 1)
    )
    return [(row[0], row[1]) for row in session().execute(query)]


def _suppose(rows: Sequence[tuple[Ticket, Clock]], promised: Promised, *, now: datetime) -> Supposed:
    found = Supposed(looked_at=min(len(rows), MOST_CLOCKS), is_cut=len(rows) > MOST_CLOCKS)
    for ticket, clock in _first(rows, MOST_CLOCKS):
        offer = promised(ticket, clock)
        if offer is None:
            found.untracked += 1
        elif clock.running_since is not None:
            due = _due(clock.running_since, clock.consumed_seconds, *offer)
            _count(found, clock, due[0])
            if _is_late_now(clock, due[1], now):
                found.late.append((ticket.id, ticket.subject))
    return found


def _first(rows: Iterable[tuple[Ticket, Clock]], most: int) -> Iterable[tuple[Ticket, Clock]]:
    return (row for _place, row in zip(range(most), rows, strict=False))


def _due(
    since: datetime, consumed: int, hours: OpeningHours, target: int
) -> tuple[datetime | None, datetime | None]:
    try:
        due = hours.add(since, max(0, target - consumed))
    except NeverOpen:
        return None, None
    return due.due_at, due.breach_at


def _count(found: Supposed, clock: Clock, due_at: datetime | None) -> None:
    before = clock.due_at
    if due_at is None:
        found.later += before is not None
    elif before is None or due_at < before:
        found.earlier += 1
    elif due_at > before:
        found.later += 1


def _is_late_now(clock: Clock, breach_at: datetime | None, now: datetime) -> bool:
    """Say whether the clock would be late at `now`, and is not."""
    was_late = clock.breach_at is not None and clock.breach_at < now
    return breach_at is not None and breach_at < now and not was_late
