"""Teams: each has a lead, and it is said first for what somebody else becomes accountable (R33, R35)."""

import pytest

from servicedesk.identity.directory import groups
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.assignment import assign


@pytest.fixture
def ann(make_person):
    return make_person("agent", name="Ann")


@pytest.fixture
def bob(make_person):
    return make_person("lead", name="Bob")


@pytest.fixture
def team(make_group, ann, bob):
    return make_group(lead=bob, members=[ann], name="Printers")


def url(team):
    return f"/admin/teams/{team.id}"


def ids(*people):
    return [str(person.id) for person in people]


def test_a_new_team_is_made_with_its_lead_among_the_members(editing, bob):
    editing.save("/admin/teams/new", name_en="Phones", name_he="טלפונים", lead=str(bob.id))

    made = next(group for group in groups().values() if group.key == "phones")
    assert (made.name, made.names["he"], made.lead_id) == ("Phones", "טלפונים", bob.id)
    assert made.has_member(bob.id)


def test_a_team_without_a_lead_is_refused(editing):
    page = editing.look("/admin/teams/new", 422, name_en="Phones", lead="")

    assert page.select_one("[aria-invalid]")["name"] == "lead"


def test_it_is_said_for_which_requests_somebody_else_becomes_accountable(
    editing, effect, administrator, team, ann, make_ticket
):
    ticket_id = make_ticket().id
    assign(administrator, ticket_id, group_id=team.id)

    shown = effect(editing.look(url(team), lead=str(ann.id)))

    assert f"Ann\u2069 becomes accountable for 1 open request that nobody has taken. SD-{ticket_id}" in shown
    assert groups()[team.id].lead_id != ann.id


def test_who_leaves_is_named_with_what_stays_assigned_to_them(
    editing, effect, administrator, team, ann, bob, make_ticket
):
    assign(administrator, make_ticket().id, group_id=team.id, assignee_id=ann.id)

    shown = effect(editing.look(url(team), members=ids(bob)))

    assert "1 open request stays assigned to \u2068Ann\u2069, who leaves the team." in shown


def test_names_lead_and_members_are_saved_together_with_their_events(editing, team, ann, bob):
    editing.save(url(team), name_en="Screens", lead=str(ann.id), members=ids(ann))

    now = groups()[team.id]
    assert (now.name, now.lead_id, [person_id for person_id, _ in now.members]) == (
        "Screens",
        ann.id,
        [ann.id],
    )
    events = stored_events(StreamRef("group", team.id))
    assert {event.type for event in events[-3:]} == {"group_named", "members_changed"}
    assert len({event.command_id for event in events[-3:]}) == 1


def test_the_lead_stays_a_member_though_the_box_is_empty(editing, team, bob):
    editing.save(url(team), members=[])

    assert groups()[team.id].has_member(bob.id)


def test_a_stale_form_overwrites_nothing(editing, team, ann):
    typed = editing.typed(url(team), {"name_en": "Mine"})
    editing.save(url(team), members=[])

    page = editing.send(url(team), typed, 409)

    assert page.select_one("#both")
    assert groups()[team.id].name == "Printers"


def test_the_list_tells_lead_members_and_open_requests(editing, administrator, team, make_ticket):
    assign(administrator, make_ticket().id, group_id=team.id)

    row = editing.page("/admin/teams").find("bdi", string="Printers").find_parent("tr")

    assert [cell.get_text(strip=True) for cell in row.select("td")] == ["Bob", "2", "1", "1"]
