"""Assignment groups, organisations and their branches: making them and who belongs to them."""

import json
import re
from collections.abc import Collection, Mapping
from zoneinfo import available_timezones

from sqlalchemy import Select, delete, select, update

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.events import BranchCreated, GroupCreated, MembersChanged, OrganisationCreated
from servicedesk.identity.models import AssignmentGroup, Branch, GroupMember, Organisation, Person
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import no_such_person
from servicedesk.identity.tiers import Tier
from servicedesk.kernel.command import command
from servicedesk.kernel.db import insert_missing, session
from servicedesk.kernel.errors import Invalid, NotFound, Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import begin_stream, publish
from servicedesk.kernel.state import configuration_changed

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@command
def create_group(
    actor: Actor,
    *,
    key: str,
    name: str,
    lead_id: int,
    member_ids: Collection[int] = (),
    names: Mapping[str, str] | None = None,
    is_triage: bool = False,
) -> int:
    """Make an assignment group and return its id; the lead is a member too."""
    require(actor, Permission.CONFIGURE)
    _check(key, name, taken=select(AssignmentGroup.id).where(AssignmentGroup.key == key))
    _check_people({lead_id, *member_ids})
    group = AssignmentGroup(
        key=key,
        name=name,
        names=json.dumps(dict(names or {}), ensure_ascii=False, sort_keys=True),
        lead_id=lead_id,
        is_triage=is_triage,
    )
    session().add(group)
    session().flush()
    begin_stream(StreamRef(GroupCreated.stream_kind, group.id))
    publish(GroupCreated(stream_id=group.id, key=key, name=name, lead_id=lead_id, is_triage=is_triage))
    _join(group.id, {lead_id, *member_ids})
    return group.id


@command
def add_to_group(actor: Actor, group_id: int, *, person_ids: Collection[int]) -> None:
    """Let people belong to a group; those who already do stay."""
    require(actor, Permission.CONFIGURE)
    locked_group(group_id)
    _check_people(person_ids)
    _join(group_id, set(person_ids))


@command
def remove_from_group(actor: Actor, group_id: int, *, person_id: int) -> None:
    """Let a person leave a group; its lead stays until another takes over."""
    require(actor, Permission.CONFIGURE)
    group = locked_group(group_id)
    if group.lead_id == person_id:
        sentence = _("%(group)s needs its lead. Give it another one first.", group=group.name)
        raise Refused("group.needs_lead", sentence)
    query = (
        delete(GroupMember)
        .where(GroupMember.group_id == group_id, GroupMember.person_id == person_id)
        .returning(GroupMember.person_id)
    )
    if session().execute(query).first() is not None:
        publish(MembersChanged(stream_id=group_id, left=(person_id,)))
        _count_up(group_id, {person_id})
        configuration_changed()


@command
def set_groups(actor: Actor, person_id: int, *, group_ids: Collection[int]) -> None:
    """Let a person belong to these groups and no others; leads stay in theirs until another takes over."""
    query = select(GroupMember.group_id).where(GroupMember.person_id == person_id)
    before = set(session().scalars(query))
    for group_id in sorted(before.difference(group_ids)):
        remove_from_group(actor, group_id, person_id=person_id)
    for group_id in sorted(set(group_ids) - before):
        add_to_group(actor, group_id, person_ids=[person_id])


@command
def change_lead(actor: Actor, group_id: int, *, lead_id: int) -> None:
    """Make a person the lead of a group, and a member if they are none yet."""
    require(actor, Permission.CONFIGURE)
    group = locked_group(group_id)
    _check_people({lead_id})
    group.lead_id = lead_id
    group.row_version += 1
    publish(MembersChanged(stream_id=group_id, lead_id=lead_id))
    _join(group_id, {lead_id})


@command
def create_organisation(actor: Actor, *, key: str, name: str, tier: str = Tier.STANDARD) -> int:
    """Make an organisation known and return its id."""
    require(actor, Permission.PEOPLE_MANAGE)
    _check(key, name, taken=select(Organisation.id).where(Organisation.key == key))
    if tier not in set(Tier):
        raise Invalid("organisation.tier", _("Choose a tier from the list."), field="tier")
    organisation = Organisation(key=key, name=name, tier=str(tier))
    session().add(organisation)
    session().flush()
    begin_stream(StreamRef(OrganisationCreated.stream_kind, organisation.id))
    publish(OrganisationCreated(stream_id=organisation.id, key=key, name=name, tier=str(tier)))
    configuration_changed()
    return organisation.id


@command
def create_branch(actor: Actor, organisation_id: int, *, key: str, name: str, zone: str) -> int:
    """Add a site to an organisation and return its id."""
    require(actor, Permission.PEOPLE_MANAGE)
    _check(key, name, taken=select(Branch.id).where(Branch.key == key))
    if zone not in available_timezones():
        raise Invalid("zone.unknown", _("Choose a time zone from the list."), field="zone")
    if session().get(Organisation, organisation_id) is None:
        raise NotFound("organisation.not_found", _("There is no such organisation."))
    branch = Branch(key=key, organisation_id=organisation_id, name=name, zone=zone)
    session().add(branch)
    session().flush()
    publish(BranchCreated(stream_id=organisation_id, key=key, name=name, zone=zone))
    configuration_changed()
    return branch.id


def locked_group(group_id: int) -> AssignmentGroup:
    """Return a group, locked for this save; raises NotFound."""
    session().flush()  # what this save has changed so far must be in the row that is read again
    query = select(AssignmentGroup).where(AssignmentGroup.id == group_id).with_for_update()
    group = session().scalar(query, execution_options={"populate_existing": True})
    if group is None:
        raise NotFound("group.not_found", _("There is no such team."))
    return group


def _join(group_id: int, person_ids: set[int]) -> None:
    here = select(GroupMember.person_id).where(GroupMember.group_id == group_id)
    joined = tuple(sorted(person_ids.difference(session().scalars(here))))
    rows = [{"group_id": group_id, "person_id": person_id} for person_id in joined]
    insert_missing(GroupMember, rows, ["group_id", "person_id"])
    if joined:
        publish(MembersChanged(stream_id=group_id, joined=joined))
        _count_up(group_id, joined)
    configuration_changed()


def _count_up(group_id: int, person_ids: Collection[int]) -> None:
    """Let forms that show the group, or one of these people, know that they are old."""
    for table, ids in ((AssignmentGroup, {group_id}), (Person, set(person_ids))):
        changed = update(table).where(table.id.in_(sorted(ids))).values(row_version=table.row_version + 1)
        session().execute(changed, execution_options={"synchronize_session": "fetch"})


def _check_people(person_ids: Collection[int]) -> None:
    query = select(Person.id).where(Person.id.in_(sorted(person_ids)), Person.is_active)
    if set(session().scalars(query)) != set(person_ids):
        raise no_such_person()


def _check(key: str, name: str, *, taken: Select[int]) -> None:
    if not _KEY.fullmatch(key):
        raise Invalid("key.form", _("Use small letters, digits, - and _ only."), field="key")
    if not 1 <= len(name.strip()) <= 120:
        raise Invalid("name.length", _("Write a name of up to 120 characters."), field="name")
    if session().scalar(taken) is not None:
        raise Invalid("key.taken", _("This key is already taken."), field="key")
