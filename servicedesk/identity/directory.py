"""Groups, organisations and roles as frozen rows, kept in memory until the configuration changes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select

from servicedesk.identity.actor import Grants
from servicedesk.identity.models import (
    AssignmentGroup,
    Branch,
    GroupMember,
    Organisation,
    Person,
    PersonRole,
    Role,
    RolePermission,
)
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.identity.tiers import Tier
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.state import cached_by_revision


@dataclass(frozen=True, slots=True)
class GroupRow:
    """An assignment group; `members` are (person id, name) of active people, by name."""

    id: int
    key: str
    name: str
    names: Mapping[str, str]
    lead_id: int
    is_triage: bool
    is_active: bool
    row_version: int
    members: tuple[tuple[int, str], ...]

    def has_member(self, person_id: int) -> bool:
        """Say whether the person belongs to the group."""
        return any(member_id == person_id for member_id, _name in self.members)


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation and its tier."""

    id: int
    key: str
    name: str
    tier: str


@cached_by_revision
def groups() -> Mapping[int, GroupRow]:
    """Return every assignment group by id, by name."""
    members: dict[int, list[tuple[int, str]]] = {}
    query = (
        select(GroupMember.group_id, Person.id, Person.name)
        .join(Person, Person.id == GroupMember.person_id)
        .where(Person.is_active)
        .order_by(Person.name, Person.id)
    )
    for group_id, person_id, name in session().execute(query):
        members.setdefault(group_id, []).append((person_id, name))
    rows = session().scalars(select(AssignmentGroup).order_by(AssignmentGroup.name, AssignmentGroup.id))
    return MappingProxyType({row.id: _group_row(row, members.get(row.id, [])) for row in rows})


def _group_row(row: AssignmentGroup, members: list[tuple[int, str]]) -> GroupRow:
    return GroupRow(
        id=row.id,
        key=row.key,
        name=row.name,
        names=MappingProxyType(json.loads(row.names)),
        lead_id=row.lead_id,
        is_triage=row.is_triage,
        is_active=row.is_active,
        row_version=row.row_version,
        members=tuple(members),
    )


@cached_by_revision
def organisations() -> Mapping[int, OrganisationRow]:
    """Return every organisation by id."""
    query = select(Organisation.id, Organisation.key, Organisation.name, Organisation.tier)
    return MappingProxyType({row.id: OrganisationRow(*row) for row in session().execute(query)})


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A site of an organisation."""

    id: int
    organisation_id: int
    name: str
    zone: str


@cached_by_revision
def branches() -> Mapping[int, BranchRow]:
    """Return every site by id, by name."""
    query = select(Branch.id, Branch.organisation_id, Branch.name, Branch.zone).order_by(
        Branch.name, Branch.id
    )
    return MappingProxyType({row.id: BranchRow(*row) for row in session().execute(query)})


def triage_group() -> GroupRow:
    """Return the group that takes what nobody else has.

    Raises Refused before the first administrator is here: that is whose it is.
    """
    found = next((group for group in groups().values() if group.is_triage), None)
    if found is None:
        raise Refused(
            "desk.not_set_up",
            _("This desk has no team yet. Make its first administrator: starting the desk prints a link."),
        )
    return found


def tier_of(organisation_id: int | None) -> str:
    """Return the tier of an organisation, one of Tier; people without one are standard."""
    found = organisations().get(organisation_id) if organisation_id is not None else None
    return found.tier if found else Tier.STANDARD


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role: what it permits, and how far that reaches."""

    id: int
    key: str
    name: str
    scope: Scope
    permissions: frozenset[Permission]
    row_version: int


@cached_by_revision
def roles() -> Mapping[str, RoleRow]:
    """Return every role by key."""
    granted: dict[int, set[Permission]] = {}
    known = set(Permission)
    for role_id, permission in session().execute(select(RolePermission.role_id, RolePermission.permission)):
        if permission in known:  # a newer version of the desk may have granted more
            granted.setdefault(role_id, set()).add(Permission(permission))
    rows = session().scalars(select(Role).order_by(Role.id))
    return MappingProxyType(
        {
            row.key: RoleRow(
                row.id,
                row.key,
                row.name,
                Scope(row.scope),
                frozenset(granted.get(row.id, ())),
                row.row_version,
            )
            for row in rows
        }
    )


@cached_by_revision
def grants_of(role_ids: frozenset[int]) -> Grants:
    """Return what these roles grant together."""
    scopes: dict[Permission, set[Scope]] = {}
    for role in roles().values():
        if role.id in role_ids:
            for permission in role.permissions:
                scopes.setdefault(permission, set()).add(role.scope)
    return MappingProxyType({permission: frozenset(found) for permission, found in scopes.items()})


@cached_by_revision
def agents_at_work() -> frozenset[int]:
    """Return the ids of the active people whose roles let them answer."""
    query = (
        select(PersonRole.person_id)
        .join(RolePermission, RolePermission.role_id == PersonRole.role_id)
        .join(Person, Person.id == PersonRole.person_id)
        .where(RolePermission.permission == Permission.QUEUE_SEE, Person.is_active)
    )
    return frozenset(session().scalars(query))


@cached_by_revision
def assignable_agents(group_id: int) -> tuple[tuple[int, str], ...]:
    """Return (person id, name) of the group's active members whose roles let them answer, by name."""
    group = groups().get(group_id)
    if group is None:
        return ()
    return tuple(member for member in group.members if member[0] in agents_at_work())
