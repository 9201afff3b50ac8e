"""Assignment groups: always a lead, members who can answer, kept in memory until something changes."""

import pytest
from sqlalchemy import select

from servicedesk.identity.commands import set_roles
from servicedesk.identity.directory import assignable_agents, groups, organisations, tier_of, triage_group
from servicedesk.identity.grouping import (
    add_to_group,
    change_lead,
    create_branch,
    create_group,
    create_organisation,
    remove_from_group,
)
from servicedesk.identity.models import AssignmentGroup
from servicedesk.identity.tiers import Tier
from servicedesk.kernel.db import batch, session
from servicedesk.kernel.errors import Invalid, NotAllowed, NotFound, Refused
from tests.support.makers import DESK


def test_a_group_has_its_lead_as_a_member(make_group, make_person):
    lead = make_person("lead")

    group = make_group(lead=lead)

    assert (group.lead_id, group.has_member(lead.id)) == (lead.id, True)


def test_a_desk_always_has_a_triage_team_with_a_lead(app, administrator):
    assert triage_group().lead_id == administrator.id


def test_members_join_and_leave_but_the_lead_stays(make_group, make_person, administrator):
    group, agent = make_group(), make_person("agent")

    add_to_group(administrator, group.id, person_ids=[agent.id])
    assert groups()[group.id].has_member(agent.id)
    remove_from_group(administrator, group.id, person_id=agent.id)
    with pytest.raises(Refused):
        remove_from_group(administrator, group.id, person_id=group.lead_id)

    assert [number for number, _name in groups()[group.id].members] == [group.lead_id]


def test_only_those_who_see_the_queue_can_be_assigned(make_group, make_person, administrator):
    agent, customer = make_person("agent", name="Aya"), make_person("customer", name="Boaz")
    lead = make_person("lead", name="Carmel")
    group = make_group(lead=lead, members=[agent, customer])

    assert [name for _number, name in assignable_agents(group.id)] == ["Aya", "Carmel"]
    set_roles(administrator, agent.id, roles=["customer"])
    assert [name for _number, name in assignable_agents(group.id)] == ["Carmel"]


def test_asking_twice_asks_the_database_once(make_group, count_statements):
    group = make_group()
    assignable_agents(group.id)

    with count_statements() as seen:
        assignable_agents(group.id)
        groups()

    assert seen.count <= 1, str(seen)  # the revision


def make_and_undo(lead):
    with batch():
        group_id = create_group(DESK, key="ghost", name="Ghost", lead_id=lead.id)
        assert group_id in groups()
        raise RuntimeError("undone")


def test_what_a_failed_save_made_is_not_remembered(make_person):
    lead = make_person("lead")

    with pytest.raises(RuntimeError, match="undone"):
        make_and_undo(lead)
    create_group(DESK, key="real", name="Real", lead_id=lead.id)

    assert {"ghost", "real"} & {group.key for group in groups().values()} == {"real"}
    assert session().scalar(select(AssignmentGroup.id).where(AssignmentGroup.key == "ghost")) is None


def test_people_without_the_right_change_no_group(make_group, make_person):
    group, lead = make_group(), make_person("lead")

    for attempt in (
        lambda: create_group(lead, key="mine", name="Mine", lead_id=lead.id),
        lambda: add_to_group(lead, group.id, person_ids=[lead.id]),
        lambda: change_lead(lead, group.id, lead_id=lead.id),
        lambda: create_organisation(lead, key="firm", name="Firm"),
    ):
        with pytest.raises(NotAllowed):
            attempt()


@pytest.mark.parametrize("key", ["", "Big", "with space", "ключ", "a" * 65, "triage"])
def test_a_key_is_short_plain_and_new(administrator, key):
    with pytest.raises(Invalid) as refused:
        create_group(administrator, key=key, name="Name", lead_id=administrator.id)

    assert refused.value.field == "key"


@pytest.mark.parametrize("tier", Tier)
def test_every_tier_that_anything_goes_by_can_be_given(app, administrator, tier):
    firm = create_organisation(administrator, key="bakery", name="Bakery", tier=tier)

    assert tier_of(firm) == tier


def test_a_tier_that_nothing_goes_by_is_refused(app, administrator):
    with pytest.raises(Invalid):
        create_organisation(administrator, key="bakery", name="Bakery", tier="platinum")


def test_an_organisation_has_a_tier_and_branches(app, administrator):
    firm = create_organisation(administrator, key="bakery", name="Bakery", tier="gold")

    create_branch(administrator, firm, key="haifa", name="Haifa", zone="Asia/Jerusalem")

    assert (tier_of(firm), tier_of(None), organisations()[firm].name) == ("gold", "standard", "Bakery")
    with pytest.raises(NotFound):
        create_branch(administrator, 999, key="nowhere", name="Nowhere", zone="UTC")
    with pytest.raises(Invalid):
        create_branch(administrator, firm, key="mars", name="Mars", zone="Mars/Olympus")
