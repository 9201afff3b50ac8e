"""Whom a step tells, by role, and when they may be disturbed."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import available_timezones

from sqlalchemy import select

from servicedesk.calendars.core.wallclock import tzdata_version
from servicedesk.calendars.hours import NeverOpen, OpeningHours
from servicedesk.calendars.models import CalendarVersion
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import groups
from servicedesk.identity.models import Person, PersonRole, Role
from servicedesk.identity.queries import actor_of
from servicedesk.kernel import clock
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import NotFound
from servicedesk.tickets.handing_over import accountable_for
from servicedesk.tickets.models import Ticket, Watcher
from servicedesk.tickets.watching import colleague_of

MOST_OF_A_ROLE = 50
REQUESTER = "requester"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell, and the role for which they are told."""

    actor: Actor
    role: str

    @property
    def id(self) -> int:
        return self.actor.id or 0


def recipients(ticket: Ticket, roles: Iterable[str]) -> list[Recipient]:
    """Return whom roles mean on a ticket, each person once, for the first role that is theirs.

    Of the desk's own people only those who may read all of the ticket; its customer only where named.
    """
    found: dict[int, Recipient] = {}
    for role in roles:
        for person_id in _holders(ticket, role):
            if person_id in found:
                continue
            person = _customer(person_id) if role == REQUESTER else colleague_of(ticket, person_id)
            if person is not None:
                found[person_id] = Recipient(person, role)
    return list(found.values())


def _holders(ticket: Ticket, role: str) -> list[int]:
    find: Mapping[str, Callable[[], Iterable[int | None]]] = {
        "assignee": lambda: [ticket.assignee_id],
        "team_lead": lambda: [groups()[ticket.group_id].lead_id],
        "accountable": lambda: [accountable_for(ticket)],
        "followers": lambda: session().scalars(
            select(Watcher.person_id).where(Watcher.ticket_id == ticket.id).order_by(Watcher.person_id)
        ),
        REQUESTER: lambda: [ticket.requester_id],
    }
    ids = find[role]() if role in find else _with_role(role)
    return [person_id for person_id in ids if person_id is not None]


def _with_role(key: str) -> list[int]:
    query = (
        select(Person.id)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .join(Role, Role.id == PersonRole.role_id)
        .where(Role.key == key, Person.is_active)
        .order_by(Person.id)
        .limit(MOST_OF_A_ROLE)
    )
    return list(session().scalars(query))


def _customer(person_id: int) -> Actor | None:
    try:
        return actor_of(person_id)
    except NotFound:
        return None


def disturbed_from(person: Actor, calendar_version_id: int) -> datetime:
    """Return from when somebody may be told: the hours of a promise, on the clock of where they live."""
    now = clock.now()
    document = session().scalar(
        select(CalendarVersion.document).where(CalendarVersion.id == calendar_version_id)
    )
    if document is None:
        return now
    try:
        return _hours(document, person.zone, tzdata_version()).next_open(now)
    except NeverOpen:
        return now


@lru_cache(256)
def _hours(document: str, zone: str, _zone_data: str) -> OpeningHours:
    found = json.loads(document)
    # UTC is what a person begins with: nobody has said where they live.
    if "tz" in found and zone != "UTC" and zone in available_timezones():
        found["tz"] = zone
    return OpeningHours.from_exchange(found)
