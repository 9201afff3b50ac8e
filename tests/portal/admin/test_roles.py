"""Roles are rights in words; before one is saved it is said who gains and who loses what (R117)."""

import pytest

from servicedesk.identity.directory import roles
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.identity.queries import actor_of
from servicedesk.identity.roles import save_role
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef

AGENT = "/admin/roles/agent"


@pytest.fixture
def agents(make_person):
    return [make_person("agent", name=name) for name in ("Ann", "Bob")]


def without(editing, url, permission):
    """Return the form's rights without one of them, by field."""
    form = editing.typed(url, {})
    return {
        name: [value for value in form[name] if value != permission]
        for name in ("working", "asking", "articles")
        if name in form
    }


def test_a_new_role_is_made_from_rights_in_words(editing):
    editing.save("/admin/roles/new", name="Night watch", scope="group", working=["queue.see", "ticket.note"])

    made = roles()["night_watch"]
    assert made.scope is Scope.GROUP
    assert made.permissions == {Permission.QUEUE_SEE, Permission.TICKET_NOTE}


@pytest.mark.parametrize(
    ("name", "key"), [("Агент ночью", "role"), ("Agent", "agent_2"), ("24 h", "role_24_h")]
)
def test_a_role_gets_a_key_of_its_own_whatever_it_is_called(editing, name, key):
    editing.save("/admin/roles/new", name=name, scope="all", articles=["article.see"])

    assert roles()[key].name == name


def test_it_is_said_who_loses_what(editing, effect, agents):
    shown = effect(editing.look(AGENT, **without(editing, AGENT, "ticket.note")))

    assert "\u2068Ann\u2069 and \u2068Bob\u2069: May no longer: write internal notes." in shown
    assert Permission.TICKET_NOTE in roles()["agent"].permissions


def test_who_has_a_right_by_another_role_loses_nothing(editing, effect, make_person):
    make_person(["agent", "lead"], name="Ann")

    assert "Nobody's rights change." in effect(editing.look(AGENT, **without(editing, AGENT, "ticket.note")))


def test_a_change_of_reach_is_said(editing, effect, agents):
    assert "Reaches other requests than before:" in effect(editing.look(AGENT, scope="group"))


def test_many_holders_are_counted_and_some_are_named(editing, effect, make_person):
    for number in range(15):
        make_person("agent", name=f"Agent {number:02d}")

    shown = effect(editing.look(AGENT, **without(editing, AGENT, "ticket.note")))

    assert "and 5 more: May no longer:" in shown
    assert "Agent 10" not in shown


def test_a_saved_role_counts_from_the_next_request_on_and_is_an_event(editing, agents, administrator):
    editing.save(AGENT, **without(editing, AGENT, "ticket.note"))

    assert not actor_of(agents[0].id).has(Permission.TICKET_NOTE)
    last = stored_events(StreamRef("role", roles()["agent"].id))[-1]
    assert (last.type, last.actor.id) == ("role_saved", administrator.id)


def test_a_stale_form_overwrites_nothing(editing, administrator):
    typed = editing.typed(AGENT, {"name": "Mine"})
    before = roles()["agent"]
    save_role(administrator, key="agent", name="Theirs", scope=before.scope, permissions=before.permissions)

    page = editing.send(AGENT, typed, 409)

    assert "Theirs" in page.select_one("#both").parent.get_text()
    assert roles()["agent"].name == "Theirs"


def test_nobody_saves_a_role_that_may_do_more_than_they(editor_as, administrator, make_person):
    save_role(administrator, key="clerk", name="C", scope=Scope.ALL, permissions={Permission.ROLES_MANAGE})
    clerk = editor_as(make_person("clerk"))

    clerk.look(AGENT, 403, name="Mine")
    clerk.look("/admin/roles/new", 403, name="More", running=["people.manage"])


def test_somebody_must_be_left_who_manages_roles(editing):
    page = editing.look("/admin/roles/administrator", 409, running=[])

    assert "Nobody could manage roles any more." in page.select_one(".errors").get_text()


def test_an_unknown_role_is_not_found(editing):
    assert editing.client.get("/admin/roles/nothing").status_code == 404
