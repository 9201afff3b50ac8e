"""Makers: people, groups and tickets, of which a test names only what matters to it."""

from collections.abc import Collection
from itertools import count
from typing import Any

from sqlalchemy import select

from servicedesk.identity.actor import Actor, system_actor
from servicedesk.identity.commands import NewPerson, create_people
from servicedesk.identity.directory import GroupRow, groups, organisations
from servicedesk.identity.grouping import add_to_group, create_group, create_organisation
from servicedesk.identity.models import Person
from servicedesk.identity.queries import actor_of
from servicedesk.kernel.db import session
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.opening import Request, open_ticket
from tests.support.first_people import ADMINISTRATOR

DESK = system_actor(Cause("test"))
# Impact and urgency that give each priority.
_PRIORITIES = {1: (1, 1), 2: (1, 2), 3: (2, 2), 4: (2, 3)}
_numbers = count(1)


def administrator() -> Actor:
    """Return the administrator that every test's desk has."""
    return actor_of(session().scalars(select(Person.id).where(Person.email == ADMINISTRATOR)).one())


def make_organisation(name: str = "Baker & Sons", *, tier: str = "standard") -> int:
    """Return the id of the organisation with this name, made on first use."""
    known = {row.name: row.id for row in organisations().values()}
    key = f"organisation-{next(_numbers)}"
    return known.get(name) or create_organisation(DESK, key=key, name=name, tier=tier)


def make_person(
    role: str | Collection[str] = "customer",
    *,
    organisation: str | int | None = None,
    group: GroupRow | int | None = None,
    **columns: Any,
) -> Actor:
    """Return a new person as an actor. `organisation` is a name or an id; `group` is one they belong to."""
    number = next(_numbers)
    roles = (role,) if isinstance(role, str) else tuple(role)
    columns = {"name": f"Person {number}", "email": f"person{number}@desk.test"} | columns
    if organisation is not None:
        is_name = isinstance(organisation, str)
        columns["organisation_id"] = make_organisation(organisation) if is_name else organisation
    person_id = create_people(DESK, [NewPerson(roles=roles, **columns)])[columns["email"]]
    if group is not None:
        add_to_group(DESK, group.id if isinstance(group, GroupRow) else group, person_ids=[person_id])
    return actor_of(person_id)


def make_group(
    *, lead: Actor | None = None, members: Collection[Actor] = (), name: str | None = None, **columns: Any
) -> GroupRow:
    """Return a new assignment group; its lead is a new person where none is given."""
    number = next(_numbers)
    lead_id = (lead or make_person("lead")).id or 0
    member_ids = [member.id for member in members if member.id is not None]
    columns = {"key": f"group-{number}", "name": name or f"Group {number}"} | columns
    group_id = create_group(DESK, lead_id=lead_id, member_ids=member_ids, **columns)
    return groups()[group_id]


def make_ticket(requester: Actor | None = None, *, priority: int | None = None, **asked: Any) -> Ticket:
    """Return a new ticket, filed through the command by `requester` (a new customer where none is given)."""
    if priority is not None:
        asked["impact"], asked["urgency"] = _PRIORITIES[priority]
    asked = {"subject": "The printer is jammed", "text": "It blinks and says 13-A."} | asked
    ticket_id = open_ticket(requester or make_person(), Request(**asked))
    return session().get_one(Ticket, ticket_id)
