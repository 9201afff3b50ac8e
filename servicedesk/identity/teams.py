"""Changing an assignment group as a whole, and who may be in one."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import groups
from servicedesk.identity.events import GroupNamed
from servicedesk.identity.grouping import (
    add_to_group,
    change_lead,
    create_group,
    locked_group,
    remove_from_group,
)
from servicedesk.identity.models import AssignmentGroup, GroupMember, Person, PersonRole, RolePermission
from servicedesk.identity.permissions import Permission
from servicedesk.identity.reach import require_version
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import canonical_json, session
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.keys import free_key
from servicedesk.kernel.save import publish
from servicedesk.kernel.state import configuration_changed

MOST_AGENTS = 500


@dataclass(frozen=True, kw_only=True)
class Team:
    """All that an administrator may say of a group. `names` maps language to name."""

    name: str
    names: Mapping[str, str]
    lead_id: int
    member_ids: frozenset[int]


@command
def change_group(actor: Actor, group_id: int, team: Team, *, expected_version: int | None = None) -> None:
    """Give a group its names, its lead and its members; whoever is not among them leaves."""
    require(actor, Permission.CONFIGURE)
    configuration_changed()
    group = locked_group(group_id)
    require_version(group, expected_version)
    _rename(group, team)
    if group.lead_id != team.lead_id:
        change_lead(actor, group_id, lead_id=team.lead_id)
    here = select(GroupMember.person_id).where(GroupMember.group_id == group_id)
    before, wanted = set(session().scalars(here)), {team.lead_id, *team.member_ids}
    if wanted - before:
        add_to_group(actor, group_id, person_ids=wanted - before)
    for person_id in sorted(before - wanted):
        remove_from_group(actor, group_id, person_id=person_id)


def _rename(group: AssignmentGroup, team: Team) -> None:
    if not 1 <= len(team.name.strip()) <= 120:
        raise Invalid("name.length", _("Write a name of up to 120 characters."), field="name")
    kept: dict[str, str] = json.loads(group.names)
    names = {code: name for code, name in {**kept, **team.names}.items() if name}
    if (team.name, names) == (group.name, kept):
        return
    group.name, group.names = team.name, canonical_json(names)
    group.row_version += 1
    publish(GroupNamed(stream_id=group.id, name=team.name, names=names))


def begin_group(actor: Actor, team: Team, *, key: str | None = None) -> int:
    """Make a group and return its id; the same idempotency `key` makes it once."""
    said = [team.name, dict(team.names), team.lead_id, sorted(team.member_ids)]
    return once(key, said, lambda: _begin(actor, team, key, said))


@command
def _begin(actor: Actor, team: Team, key: str | None, said: Sequence[object]) -> int:
    require(actor, Permission.CONFIGURE)
    taken = {group.key for group in groups().values()}
    group_id = create_group(
        actor,
        key=free_key(team.name, taken, otherwise="team"),
        name=team.name,
        names={code: name for code, name in team.names.items() if name},
        lead_id=team.lead_id,
        member_ids=team.member_ids,
    )
    remember(key, said, group_id)
    return group_id


def agents_for(viewer: Actor, present: Collection[int] = ()) -> tuple[tuple[int, str], ...]:
    """Return (person id, name) of the active people who may be in a team, by name, at most 500.

    Those are whoever may open the agents' pages, and `present`: who is in it already.
    """
    require(viewer, Permission.CONFIGURE)
    able = (
        select(PersonRole.person_id)
        .join(RolePermission, RolePermission.role_id == PersonRole.role_id)
        .where(RolePermission.permission == Permission.QUEUE_SEE)
    )
    query = (
        select(Person.id, Person.name)
        .where(Person.is_active, or_(Person.id.in_(able), Person.id.in_(sorted(present))))
        .order_by(Person.id.in_(sorted(present)).desc(), Person.name, Person.id)
        .limit(MOST_AGENTS)
    )
    found = [(row.id, row.name) for row in session().execute(query)]
    return tuple(sorted(found, key=lambda pair: (pair[1], pair[0])))
