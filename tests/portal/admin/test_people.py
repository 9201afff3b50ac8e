"""People are changed on pages, each change shown before it is saved (R117, R121; R33, R35)."""

import pytest

from servicedesk.identity.api_tokens import issue_api_token
from servicedesk.identity.grouping import set_groups
from servicedesk.identity.people import known_person
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.identity.queries import actor_of, people, person_by_email, roles_of
from servicedesk.identity.roles import save_role
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.assignment import assign


@pytest.fixture
def noa(make_person):
    return make_person("agent", name="Noa Bar", email="noa@desk.test")


def url(person, deed=""):
    return f"/admin/people/{person.id}{deed}"


def types(person):
    return [event.type for event in stored_events(StreamRef("person", person.id))]


def test_somebody_new_is_added_after_a_look_at_what_they_may(editing, effect):
    typed = {"name": "Dan Oz", "email": "dan@desk.test", "roles": ["agent"]}

    shown = effect(editing.look("/admin/people/new", **typed))
    assert "May now:" in shown
    assert person_by_email("dan@desk.test") is None

    editing.save("/admin/people/new", **typed)
    assert roles_of(person_by_email("dan@desk.test").id) == ("agent",)


def test_a_form_that_comes_twice_adds_one_person(editing):
    typed = {"name": "Dan Oz", "email": "dan@desk.test", "do": "save"}
    page = editing.look("/admin/people/new", **typed)
    sent = editing.typed("/admin/people/new", typed) | {"seen": page.select_one("[name=seen]")["value"]}
    sent["idempotency_key"] = page.select_one("[name=idempotency_key]")["value"]

    answers = [editing.client.post("/admin/people/new", data=sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location


def test_a_person_gets_another_name_and_the_event_keeps_it_beside_the_log(editing, noa):
    editing.save(url(noa), name="Noa Bar-Lev")

    assert people([noa.id])[noa.id].name == "Noa Bar-Lev"
    assert types(noa)[-1] == "person_renamed"
    assert "Bar-Lev" not in str(stored_events(StreamRef("person", noa.id))[-1].body)


def test_the_rights_that_come_and_go_are_said(editing, effect, noa):
    shown = effect(editing.look(url(noa), roles=["customer"]))

    assert "May no longer:" in shown
    assert "May now: withdraw requests" in shown
    assert roles_of(noa.id) == ("agent",)


def test_teams_and_roles_are_saved_with_the_rest_in_one_save(editing, noa, make_group):
    group = make_group()

    editing.save(url(noa), groups=[str(group.id)], roles=["lead"], zone="Asia/Almaty")

    assert actor_of(noa.id).group_ids == {group.id}
    assert roles_of(noa.id) == ("lead",)
    commands = {event.command_id for event in stored_events(StreamRef("person", noa.id))[-2:]}
    assert len(commands) == 1


def test_nothing_is_saved_that_was_not_shown(editing, noa):
    shown = editing.look(url(noa), name="One")
    seen = shown.select_one("[name=seen]")["value"]

    again = editing.look(url(noa), name="Another", do="save", seen=seen)

    assert again.select_one("#effect")
    assert people([noa.id])[noa.id].name == "Noa Bar"


def test_a_stale_form_shows_both_versions_and_overwrites_nothing(editing, noa):
    typed = editing.typed(url(noa), {"name": "Mine"})
    editing.save(url(noa), name="Theirs")

    page = editing.send(url(noa), typed, 409)

    assert "Theirs" in page.select_one("#both").parent.get_text()
    assert page.select_one("#f-name")["value"] == "Mine"
    assert people([noa.id])[noa.id].name == "Theirs"


def test_a_form_is_stale_once_roles_or_teams_were_changed(editing, administrator, noa, make_group):
    typed = editing.typed(url(noa), {"name": "Mine"})
    set_groups(administrator, noa.id, group_ids=[make_group().id])

    editing.send(url(noa), typed, 409)


def test_leaving_says_what_ends_and_what_is_left_behind(
    editing, effect, noa, sign_in_as, administrator, make_ticket
):
    ticket = make_ticket()
    ticket_id = ticket.id
    set_groups(administrator, noa.id, group_ids=[ticket.group_id])
    assign(administrator, ticket_id, assignee_id=noa.id)
    issue_api_token(administrator, noa.id, name="export")
    sign_in_as(noa)

    shown = effect(editing.page(url(noa, "/deactivate")))

    assert "1 sign-in ends." in shown
    assert "1 token of a program ends." in shown
    assert f"1 open request stays assigned to them. Give it to somebody else. SD-{ticket_id}" in shown


def test_whoever_leaves_more_than_is_shown_is_told_how_much_more(
    editing, effect, noa, administrator, make_ticket
):
    tickets = [make_ticket() for _ in range(7)]
    set_groups(administrator, noa.id, group_ids=[tickets[0].group_id])
    for ticket in tickets:
        assign(administrator, ticket.id, assignee_id=noa.id)

    assert effect(editing.page(url(noa, "/deactivate"))).endswith("2 more")


def test_the_button_says_what_it_does(editing, noa):
    leaving = editing.page(url(noa, "/deactivate"))
    editing.save(url(noa, "/deactivate"))
    coming_back = editing.page(url(noa, "/reactivate"))

    said = [page.select_one("[name=do][value=save]").get_text(strip=True) for page in (leaving, coming_back)]
    assert said == ["Deactivate", "Reactivate"]


def test_somebody_leaves_and_comes_back_with_their_roles(editing, administrator, noa):
    editing.save(url(noa, "/deactivate"))
    assert not known_person(administrator, noa.id).is_active

    editing.save(url(noa, "/reactivate"))
    assert known_person(administrator, noa.id).is_active
    assert types(noa)[-2:] == ["person_changed", "person_changed"]


def test_roles_and_teams_of_somebody_inactive_wait_for_their_return(editing, noa):
    editing.save(url(noa, "/deactivate"))

    shown = editing.look(url(noa), name="Noa B")

    assert not shown.select("[name=roles], [name=groups]")
    assert [row.th.get_text() for row in shown.select("#effect tbody tr")] == ["Name"]


def test_the_last_administrator_cannot_leave(editing, administrator):
    editing.send(url(administrator, "/deactivate"), {"do": "save"}, 409)  # leads teams, too
    page = editing.look(url(administrator), 409, roles=["agent"])

    assert "last administrator" in page.select_one(".errors").get_text()
    assert roles_of(administrator.id) == ("administrator",)


def test_a_link_is_shown_once_and_lets_the_person_choose_a_password(editing, client, noa):
    answer = editing.client.post(url(noa, "/invite"))

    link = answer.text.partition('class="secret" dir="ltr">')[2].partition("<")[0]
    chosen = client.post(link.removeprefix("http://localhost"), data={"password": "correct horse battery"})
    assert chosen.status_code == 303
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("deed", ["", "/deactivate", "/invite"])
def test_nobody_touches_somebody_who_may_do_more(editor_as, administrator, make_person, deed):
    save_role(
        administrator, key="clerk", name="Clerk", scope=Scope.ALL, permissions={Permission.PEOPLE_MANAGE}
    )
    clerk = editor_as(make_person("clerk"))

    answer = clerk.client.post(
        url(administrator, deed),
        data={"name": "X", "language": "en", "zone": "UTC", "row_version": "1"} if not deed else {},
    )

    assert answer.status_code == 403
    assert "may do more than you" in answer.text


def test_who_may_not_give_roles_sees_none_to_give(editor_as, administrator, make_person, noa):
    granted = {Permission.PEOPLE_MANAGE, *actor_of(noa.id).grants}
    save_role(administrator, key="clerk", name="Clerk", scope=Scope.ALL, permissions=granted)
    clerk = editor_as(make_person("clerk"))

    assert not clerk.page(url(noa)).select("[name=roles]")
    assert "Agent" not in clerk.look(url(noa), name="Noa B").select_one("#effect").get_text()
    clerk.save(url(noa), name="Noa B")
    assert roles_of(noa.id) == ("agent",)


def test_the_list_finds_people_by_name_address_role_and_state(editing, noa, make_person):
    make_person("customer", name="Other One")

    def names(query):
        return [link.get_text() for link in editing.page(f"/admin/people?{query}").select(".list-link")]

    assert names("q=noa") == names("q=NOA@desk") == names("q=bar&role=agent") == ["Noa Bar"]
    assert names("q=noa&state=inactive") == []


def test_the_list_goes_on_after_the_last_of_a_page(editing, make_person):
    for number in range(60):
        make_person(name=f"Person {number:03d}")

    first = editing.page("/admin/people")
    second = editing.page(first.select_one("[rel=next]")["href"])

    names = [each.get_text() for page in (first, second) for each in page.select(".list-link")]
    assert len(first.select(".list-link")) == 50
    assert len(set(names)) == len(names) >= 61


def test_a_page_of_the_list_costs_the_same_for_one_and_for_fifty(editing, make_person, count_statements):
    counts = []
    for many in (1, 50):
        for _ in range(many):
            make_person()
        editing.page("/admin/people")
        with count_statements() as seen:
            editing.page("/admin/people")
        counts.append(seen.count)

    assert counts[0] == counts[1] <= 5
