"""People, their roles and what nobody may take or give (R117; security.md 5)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicedesk.identity.commands import (
    NewPerson,
    create_people,
    create_person,
    deactivate_person,
    set_preferences,
    set_roles,
)
from servicedesk.identity.directory import roles
from servicedesk.identity.grouping import change_lead
from servicedesk.identity.permissions import ROLE_TEMPLATES, Permission, Scope, reaches
from servicedesk.identity.queries import actor_of, people, people_matching, person_by_email, roles_of
from servicedesk.identity.roles import save_role
from servicedesk.kernel.errors import DeskError, Invalid, NotAllowed, NotFound, Refused
from servicedesk.kernel.events import stored_events, stored_texts
from servicedesk.kernel.refs import StreamRef


def new(email="noa@desk.test", name="Noa Bar", **more):
    return NewPerson(name=name, email=email, **more)


def test_a_new_person_is_found_by_address_in_any_case(app, administrator):
    person_id = create_person(administrator, new("Noa@Desk.test"))

    found = person_by_email(" NOA@desk.TEST")

    assert (found.id, found.email, roles_of(person_id)) == (person_id, "noa@desk.test", ("customer",))


def test_names_and_addresses_stand_beside_the_log_and_not_in_it(app, administrator):
    person_id = create_person(administrator, new())
    stream = StreamRef("person", person_id)

    (event,) = stored_events(stream)

    assert "noa" not in str(event.body).lower()
    assert stored_texts(stream)[1] == {"email": "noa@desk.test", "name": "Noa Bar"}


@pytest.mark.parametrize("email", ["", "noa", "noa@desk", "no a@desk.test", "a" * 251 + "@b.c", "@desk.test"])
def test_an_unusable_address_is_refused(app, administrator, email):
    with pytest.raises(Invalid) as refused:
        create_person(administrator, new(email))

    assert refused.value.field == "email"


def test_an_address_belongs_to_one_person(app, administrator):
    create_person(administrator, new())

    with pytest.raises(Invalid):
        create_person(administrator, new("NOA@desk.test", "Another Noa"))


def test_many_people_are_made_with_as_few_statements_as_ten(app, administrator, count_statements):
    create_people(administrator, [new()])
    counts = []
    for many in (10, 50):
        with count_statements() as seen:
            create_people(administrator, [new(f"p{many}-{number}@desk.test") for number in range(many)])
        counts.append((seen.count, seen.commits))

    assert counts[0] == counts[1]


def test_people_who_are_known_stay_as_they_are(app, administrator):
    first = create_people(administrator, [new()])

    again = create_people(administrator, [new("NOA@desk.test", "Somebody else"), new("dan@desk.test", "Dan")])

    assert again["noa@desk.test"] == first["noa@desk.test"]
    assert people(again.values())[first["noa@desk.test"]].name == "Noa Bar"


@pytest.mark.parametrize("role", ["customer", "agent", "lead", "manager"])
def test_only_administrators_make_people_and_give_roles(make_person, role):
    person = make_person(role)

    with pytest.raises(NotAllowed):
        create_person(person, new())
    with pytest.raises(NotAllowed):
        set_roles(person, person.id, roles=["administrator"])


def test_nobody_gives_a_role_that_may_do_more_than_they(app, administrator, make_person):
    helpers = frozenset({Permission.PEOPLE_MANAGE, Permission.ROLES_MANAGE})
    save_role(administrator, key="clerk", name="Clerk", scope=Scope.ALL, permissions=helpers)
    clerk = make_person("clerk")

    with pytest.raises(NotAllowed) as refused:
        set_roles(clerk, clerk.id, roles=["clerk", "administrator"])

    assert refused.value.code == "role.grants_more"
    assert roles_of(clerk.id) == ("clerk",)


def test_nobody_saves_a_role_that_may_do_more_than_they(app, administrator, make_person):
    save_role(
        administrator, key="clerk", name="Clerk", scope=Scope.ALL, permissions={Permission.ROLES_MANAGE}
    )
    clerk = make_person("clerk")

    with pytest.raises(NotAllowed):
        save_role(clerk, key="clerk", name="Clerk", scope=Scope.ALL, permissions=set(Permission))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(ROLE_TEMPLATES)),
    st.sets(st.sampled_from(sorted(Permission))),
    st.sampled_from(sorted(Scope)),
)
def test_whoever_saves_or_gives_a_role_holds_all_of_it(app, make_person, key, permissions, scope):
    giver = make_person(key)

    try:
        save_role(giver, key="made", name="Made", scope=scope, permissions=permissions)
    except DeskError:
        return

    assert all(reaches(giver.scopes(permission), scope) for permission in permissions)


def test_the_last_administrator_stays_one(app, administrator):
    for attempt in (
        lambda: set_roles(administrator, administrator.id, roles=["agent"]),
        lambda: save_role(administrator, key="administrator", name="A", scope=Scope.ALL, permissions=set()),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "role.last_administrator"
    assert roles_of(administrator.id) == ("administrator",)
    assert Permission.ROLES_MANAGE in roles()["administrator"].permissions


def test_a_lead_hands_the_group_over_before_leaving(app, administrator, make_group, make_person):
    group = make_group()

    with pytest.raises(Refused):
        deactivate_person(administrator, group.lead_id)

    change_lead(administrator, group.id, lead_id=make_person("lead").id)
    deactivate_person(administrator, group.lead_id)
    with pytest.raises(NotFound):
        actor_of(group.lead_id)


def test_people_are_found_by_the_beginning_of_any_word_of_their_name(make_person):
    agent = make_person("agent")
    make_person(name="José Álvarez", email="jose@desk.test")

    assert [row.name for row in people_matching(agent, "alva")] == ["José Álvarez"]
    assert people_matching(agent, "varez") == []
    assert people_matching(make_person("customer"), "alva") == []


def test_wildcards_in_a_search_are_letters(make_person):
    assert people_matching(make_person("agent"), "%") == []


def test_preferences_are_kept_and_logged(make_person):
    person = make_person()

    set_preferences(person, language="he", zone="Asia/Jerusalem", theme="dark")

    again = actor_of(person.id)
    assert (again.language, again.zone, again.theme) == ("he", "Asia/Jerusalem", "dark")
    with pytest.raises(Invalid):
        set_preferences(person, zone="Mars/Olympus")
