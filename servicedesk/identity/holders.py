"""Who holds a role: counted by the roles they hold together, with some of their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast as typing_cast

from sqlalchemy import ScalarSelect, String, cast, func, literal_column, select
from sqlalchemy.orm import aliased

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.models import Person, PersonRole
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, session

NAMED = 200
_COMMA = typing_cast(str, literal_column("','"))


@dataclass(frozen=True, slots=True)
class Holders:
    """Active people who hold exactly these roles; `names` are some of theirs."""

    role_ids: frozenset[int]
    count: int
    names: tuple[str, ...]


def holders_of(viewer: Actor, role_id: int) -> list[Holders]:
    """Return the active holders of a role, by the set of roles that they hold, the most frequent first."""
    require(viewer, Permission.ROLES_MANAGE)
    people = _people_with(role_id).subquery()
    counted: dict[frozenset[int], int] = {}
    for text, count in session().execute(select(people.c.held, func.count()).group_by(people.c.held)):
        ids = _ids(text)  # the database puts them together in any order
        counted[ids] = counted.get(ids, 0) + count
    names: dict[frozenset[int], list[str]] = {}
    some = select(people.c.held, people.c.name).order_by(people.c.name, people.c.id).limit(NAMED)
    for text, name in session().execute(some):
        names.setdefault(_ids(text), []).append(name)
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], sorted(pair[0])))
    return [Holders(ids, count, tuple(names.get(ids, ()))) for ids, count in ordered]


def _people_with(role_id: int) -> AnySelect:
    held = aliased(PersonRole)
    ids: ScalarSelect[str] = (
        select(func.aggregate_strings(cast(held.role_id, String), _COMMA))
        .where(held.person_id == Person.id)
        .correlate(Person)
        .scalar_subquery()
    )
    return (
        select(Person.id, Person.name, ids.label("held"))
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(PersonRole.role_id == role_id, Person.is_active)
    )


def _ids(text: str) -> frozenset[int]:
    return frozenset(int(part) for part in text.split(","))


def holder_counts(viewer: Actor) -> Mapping[int, int]:
    """Return how many active people hold each role, by its id."""
    require(viewer, Permission.ROLES_MANAGE)
    query = (
        select(PersonRole.role_id, func.count().label("held"))
        .join(Person, Person.id == PersonRole.person_id)
        .where(Person.is_active)
        .group_by(PersonRole.role_id)
    )
    return {row.role_id: row.held for row in session().execute(query)}
