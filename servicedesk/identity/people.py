"""People as administrators see them: a list page by page, one with everything, and what ends with them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select, tuple_

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import roles
from servicedesk.identity.models import (
    ApiToken,
    AuthSession,
    GroupMember,
    OneTimeToken,
    Organisation,
    Person,
    PersonRole,
)
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import folded_email, no_such_person, roles_of
from servicedesk.kernel import clock
from servicedesk.kernel.db import AnySelect, session
from servicedesk.kernel.folding import fold_text

PAGE = 50
STATES = ("active", "inactive")


@dataclass(frozen=True, slots=True)
class PeopleWanted:
    """Which people: by state, by a role's key, by words of name or address; after the person `after`."""

    state: str = "active"
    role: str = ""
    text: str = ""
    after: int | None = None


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person as the administrators' list shows them; `roles` are keys."""

    id: int
    name: str
    email: str
    organisation_name: str | None
    is_active: bool
    may_sign_in: bool
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of the list; `next` is the id after which the following begins."""

    rows: Sequence[ListedPerson]
    next: int | None


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Everything that an administrator may change about a person."""

    id: int
    name: str
    email: str
    organisation_id: int | None
    branch_id: int | None
    language: str
    zone: str
    is_active: bool
    may_sign_in: bool
    created_at: datetime
    row_version: int
    roles: tuple[str, ...]
    group_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Doors:
    """The ways in that a person has now."""

    sign_ins: int
    tokens: int
    links: int


def people_page(viewer: Actor, wanted: PeopleWanted) -> PeoplePage:
    """Return people by name, a page at a time."""
    require(viewer, Permission.PEOPLE_MANAGE)
    query = _listed(wanted).order_by(Person.name_folded, Person.id).limit(PAGE + 1)
    found = session().execute(query).all()
    shown = found[:PAGE]
    held = _roles_by_person([row.id for row in shown])
    rows = [replace(ListedPerson(*row), roles=held.get(row.id, ())) for row in shown]
    return PeoplePage(rows, rows[-1].id if len(found) > PAGE else None)


def _listed(wanted: PeopleWanted) -> AnySelect:
    query = select(
        Person.id,
        Person.name,
        Person.email,
        Organisation.name,
        Person.is_active,
        Person.password_hash.is_not(None),
    ).outerjoin(Organisation, Organisation.id == Person.organisation_id)
    if wanted.state in STATES:
        query = query.where(Person.is_active.is_(wanted.state == "active"))
    if wanted.role:
        role = roles().get(wanted.role)
        holders = select(PersonRole.person_id).where(PersonRole.role_id == (role.id if role else 0))
        query = query.where(Person.id.in_(holders))
    if wanted.text:
        folded = fold_text(wanted.text)
        query = query.where(
            Person.name_folded.contains(folded, autoescape=True)
            | Person.email.contains(folded_email(wanted.text), autoescape=True)
        )
    if wanted.after is not None:
        here = select(Person.name_folded).where(Person.id == wanted.after).scalar_subquery()
        query = query.where(tuple_(Person.name_folded, Person.id) > tuple_(here, wanted.after))
    return query


def _roles_by_person(person_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    keys = {role.id: key for key, role in roles().items()}
    query = select(PersonRole.person_id, PersonRole.role_id).where(PersonRole.person_id.in_(person_ids))
    found: dict[int, list[str]] = {}
    for person_id, role_id in session().execute(query.order_by(PersonRole.role_id)):
        found.setdefault(person_id, []).append(keys[role_id])
    return {person_id: tuple(held) for person_id, held in found.items()}


def known_person(viewer: Actor, person_id: int) -> KnownPerson:
    """Return a person, active or not; raises NotFound."""
    require(viewer, Permission.PEOPLE_MANAGE)
    person = session().scalar(select(Person).where(Person.id == person_id))
    if person is None:
        raise no_such_person()
    belongs = select(GroupMember.group_id).where(GroupMember.person_id == person_id)
    return KnownPerson(
        id=person.id,
        name=person.name,
        email=person.email,
        organisation_id=person.organisation_id,
        branch_id=person.branch_id,
        language=person.language,
        zone=person.zone,
        is_active=person.is_active,
        may_sign_in=person.password_hash is not None,
        created_at=person.created_at,
        row_version=person.row_version,
        roles=roles_of(person_id),
        group_ids=tuple(sorted(session().scalars(belongs))),
    )


def doors_of(viewer: Actor, person_id: int) -> Doors:
    """Return how many ways in a person has: sign-ins, tokens of programs, links not yet used."""
    require(viewer, Permission.PEOPLE_MANAGE)
    now = clock.now()
    query = select(
        *(
            select(func.count()).where(table.person_id == person_id, table.expires_at > now).scalar_subquery()
            for table in (AuthSession, ApiToken, OneTimeToken)
        )
    )
    return Doors(*session().execute(query).one())
