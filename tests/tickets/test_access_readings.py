"""One permission function in two readings: may() in Python and visible_to() in SQL never disagree (R117)."""

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from servicedesk.identity.actor import Actor, anonymous_actor, system_actor
from servicedesk.identity.grouping import create_branch
from servicedesk.identity.permissions import OF_REQUESTERS, Permission, Scope
from servicedesk.kernel.db import session, transaction
from servicedesk.kernel.errors import NotAllowed, NotFound
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.access import may, ticket_for, triage_ids, visible_to
from servicedesk.tickets.models import Ticket
from tests.support.makers import DESK

PERMISSIONS = st.sampled_from(
    [
        Permission.TICKET_SEE,
        Permission.TICKET_REPLY,
        Permission.QUEUE_SEE,
        Permission.TICKET_RESOLVE,
        Permission.PRIORITY_OVERRIDE,
    ]
)
SCOPES = st.frozensets(st.sampled_from(Scope))


@pytest.fixture
def world(make_ticket, make_person, make_group, make_organisation):
    """Sixty tickets of four people in two firms with two branches, in three groups and triage."""
    dice = random.Random(20261121)
    firms = [make_organisation("Baker & Sons"), make_organisation("Candle Works")]
    branches = [create_branch(DESK, firms[0], key=f"branch-{n}", name="Branch", zone="UTC") for n in range(2)]
    people = [make_person(organisation=firm) for firm in (*firms, *firms)]
    groups = [make_group().id for _number in range(3)] + sorted(triage_ids())
    tickets = [make_ticket(dice.choice(people)) for _number in range(60)]
    with transaction():
        for ticket in tickets:
            found = session().get_one(Ticket, ticket.id)
            found.organisation_id = dice.choice([*firms, None])
            found.branch_id = dice.choice([*branches, None])
            found.group_id = dice.choice(groups)
            found.assignee_id = dice.choice([*(person.id for person in people), None, None])
            found.offered_group_id = dice.choice([*groups, None, None])
            found.offered_by_id, found.offered_to_id = dice.choice(
                [(None, None), (people[0].id, people[1].id)]
            )
    return {"firms": firms, "branches": branches, "people": [who.id for who in people], "groups": groups}


def actors(world):
    """Return a strategy of actors with any grants, of any firm, branch and groups, or of none."""
    some = {name: st.sampled_from([*ids, None]) for name, ids in world.items()}
    return st.builds(
        Actor,
        kind=st.just("person"),
        id=some["people"],
        organisation_id=some["firms"],
        branch_id=some["branches"],
        group_ids=st.frozensets(st.sampled_from(world["groups"])),
        grants=st.dictionaries(PERMISSIONS, SCOPES),
    )


def readings(actor, permission):
    """Return the ids of the tickets that each reading lets through."""
    tickets = session().scalars(select(Ticket)).all()
    in_sql = session().scalars(select(Ticket.id).where(visible_to(actor, permission)))
    in_python = {ticket.id for ticket in tickets if may(actor, permission, ticket, triage_ids())}
    return in_python, set(in_sql)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), permission=PERMISSIONS)
def test_both_readings_let_the_same_tickets_through(world, data, permission):
    in_python, in_sql = readings(data.draw(actors(world)), permission)

    assert in_python == in_sql


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), permission=PERMISSIONS, ticket_id=st.integers(1, 61))
def test_a_private_link_narrows_whatever_is_granted_to_its_one_ticket(world, data, permission, ticket_id):
    person = data.draw(actors(world))
    without_link = readings(person, permission)[1]

    in_python, in_sql = readings(replace(person, only_ticket_id=ticket_id), permission)

    assert in_python == in_sql == without_link & {ticket_id}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), permission=PERMISSIONS, scope=st.sampled_from(Scope))
def test_a_further_grant_never_takes_a_ticket_away(world, data, permission, scope):
    actor = data.draw(actors(world))
    further = Actor(
        kind="person",
        id=actor.id,
        organisation_id=actor.organisation_id,
        branch_id=actor.branch_id,
        group_ids=actor.group_ids,
        grants={**actor.grants, permission: actor.scopes(permission) | {scope}},
    )

    assert readings(actor, permission)[1] <= readings(further, permission)[1]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), permission=PERMISSIONS, scope=st.sampled_from(Scope))
def test_requesters_have_their_rights_over_their_own_whoever_has_them_now(world, data, permission, scope):
    actor = replace(data.draw(actors(world)), grants={permission: frozenset({scope})})
    own = set(session().scalars(select(Ticket.id).where(Ticket.requester_id == actor.id)))

    out_of_reach = [own - reading for reading in readings(actor, permission)]

    assert out_of_reach == [set(), set()] or permission not in OF_REQUESTERS


def test_what_only_agents_may_is_not_for_their_own_requests_elsewhere(world):
    actor = Actor(
        kind="person",
        id=world["people"][0],
        group_ids=frozenset(world["groups"][:1]),
        grants=dict.fromkeys(Permission, frozenset({Scope.GROUP})),
    )

    seen, worked_on = (
        readings(actor, each)[1] for each in (Permission.TICKET_SEE, Permission.TICKET_RESOLVE)
    )

    assert worked_on < seen


def test_each_scope_lets_some_through_and_not_all_but_the_last(world):
    person, firm, branch = world["people"][0], world["firms"][0], world["branches"][0]
    counts = {}
    for scope in Scope:
        actor = Actor(
            kind="person",
            id=person,
            organisation_id=firm,
            branch_id=branch,
            group_ids=frozenset(world["groups"][:1]),
            grants={Permission.TICKET_SEE: frozenset({scope})},
        )
        counts[scope] = len(readings(actor, Permission.TICKET_SEE)[1])

    assert counts.pop(Scope.ALL) == 60
    assert all(0 < count < 60 for count in counts.values()), counts


@pytest.mark.parametrize("actor", [anonymous_actor(), Actor(kind="person", id=1)])
def test_nobody_and_somebody_without_grants_see_nothing(world, actor):
    assert readings(actor, Permission.TICKET_SEE) == (set(), set())


def test_the_desk_itself_sees_everything(world):
    in_python, in_sql = readings(system_actor(Cause("schedule")), Permission.TICKET_SEE)

    assert len(in_python) == len(in_sql) == 60


def test_a_foreign_ticket_does_not_exist_and_ones_own_may_be_out_of_reach(make_ticket, make_person):
    customer, stranger = make_person(), make_person()
    ticket = make_ticket(customer)

    with pytest.raises(NotFound):
        ticket_for(stranger, ticket.id, Permission.TICKET_REPLY)
    with pytest.raises(NotAllowed):
        ticket_for(customer, ticket.id, Permission.TICKET_RESOLVE)
    with pytest.raises(NotFound):
        ticket_for(stranger, 999_999, Permission.TICKET_REPLY)
