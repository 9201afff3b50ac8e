"""What is done to a ticket: by a button or by a form, plainly, by script, and when it is stale (R28)."""

import pytest

from routing.jobs import route
from servicedesk.tickets.assignment import edit_fields, take
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.progress import resolve_ticket, wait_for
from servicedesk.tickets.queries import ticket_detail

FRAGMENT = {"HX-Request": "true"}
FORMS = ("assign", "priority", "wait", "resolve", "reopen")


@pytest.fixture
def ticket_id(make_ticket, clock):
    return make_ticket(priority=3).id


@pytest.fixture
def url(ticket_id):
    return f"/desk/tickets/SD-{ticket_id}"


@pytest.fixture
def now(dana, ticket_id):
    """The ticket as it stands."""
    return lambda: ticket_detail(dana, ticket_id)


def test_taking_a_request_makes_it_mine_and_in_progress(desk, dana, url, now):
    answer = desk.post(f"{url}/take", data={"row_version": 2})

    assert (answer.status_code, answer.location) == (303, url)
    assert (now().assignee_id, now().status) == (dana.id, "in_progress")


def test_a_button_of_the_reading_pane_leads_back_to_the_list(desk, url):
    answer = desk.post(f"{url}/take?back=/desk/queue/unassigned%3Fpriority%3DP3")

    assert answer.location == "/desk/queue/unassigned?priority=P3"


@pytest.mark.parametrize(
    "back", ["//evil.example/desk/", "https://evil.example", "/desk/\\evil", "/requests"]
)
def test_a_button_never_leads_off_the_desk(desk, url, back):
    assert desk.post(f"{url}/take", query_string={"back": back}).location == url


def test_assigning_gives_it_to_a_team_and_one_of_its_people(desk, dana, url, now, network):
    answer = desk.post(f"{url}/assign", data={"to": f"{network.id}:{dana.id}", "row_version": 2})

    assert answer.status_code == 303
    assert (now().group_id, now().assignee_id) == (network.id, dana.id)


@pytest.mark.parametrize("to", ["", "x", "999:", "1:999", "1:x", "1:2:3", "²:"])
def test_a_place_that_does_not_exist_is_refused(desk, page, url, now, to):
    tree = page(desk.post(f"{url}/assign", data={"to": to}), 422)

    assert tree.select_one("#f-to")["aria-invalid"] == "true"
    assert now().assignee_id is None


def test_the_priority_follows_impact_and_urgency(desk, url, now):
    desk.post(f"{url}/priority", data={"impact": 1, "urgency": 1, "category_id": ""})

    assert now().priority == 1


def test_only_a_lead_sets_the_priority_by_hand(desk, sign_in_as, url, now):
    form = {"priority": 1, "why": "The board meets at noon"}

    assert desk.post(f"{url}/override", data=form).status_code == 403
    assert sign_in_as("lead").post(f"{url}/override", data=form).status_code == 303
    assert now().priority_override == 1


def test_waiting_until_a_date_reads_it_in_the_agents_zone(sign_in_as, make_person, url, now, page):
    agent = make_person("agent", zone="Asia/Almaty")

    sign_in_as(agent).post(
        f"{url}/wait", data={"status": "scheduled", "until": "2026-11-18T09:00", "text": ""}
    )

    assert now().status == "scheduled"
    assert now().wake_at.isoformat() == "2026-11-18T04:00:00+00:00"


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01T10:00", "2096-01-01T10:00"])
def test_a_date_that_cannot_be_waited_for_is_refused_and_the_message_kept(desk, page, url, now, until):
    form = {"status": "scheduled", "until": until, "text": "We order a new one."}

    tree = page(desk.post(f"{url}/wait", data=form), 422)

    assert tree.select_one("#f-text").text.strip() == "We order a new one."
    assert now().status == "new"


def test_a_waiting_request_is_taken_up_again(desk, dana, ticket_id, url, now):
    wait_for(dana, ticket_id, status="waiting_supplier")

    desk.post(f"{url}/start")

    assert now().status == "in_progress"


def test_resolving_needs_an_answer_and_says_so(desk, page, url, now):
    tree = page(desk.post(f"{url}/resolve", data={"text": " "}), 422)

    assert "Tell the customer what was done" in tree.select_one("#e-text").text
    assert now().status == "new"


def test_resolving_twice_keeps_what_was_typed_the_second_time(desk, dana, page, ticket_id, url):
    resolve_ticket(dana, ticket_id, answer="Done.")

    tree = page(desk.post(f"{url}/resolve", data={"text": "A new cable helped."}), 409)

    assert "not possible" in tree.select_one(".errors").text
    assert tree.select_one("#f-text").text.strip() == "A new cable helped."


def test_a_resolved_request_offers_to_reopen_and_to_merge(desk, dana, page, ticket_id, url, now):
    resolve_ticket(dana, ticket_id, answer="Done.")

    tree = page(desk.get(url))
    desk.post(f"{url}/reopen", data={"text": ""})

    assert [link["data-does"] for link in tree.select(".ticket-bar [data-does]")] == ["reopen", "merge"]
    assert now().status == "in_progress"


def test_accepting_the_proposal_sends_the_request_there(desk, page, make_ticket, dana):
    ticket = make_ticket(subject="the printer on floor 3 prints blank pages", text="my laptop does not start")
    route(stream_kind="ticket", stream_id=ticket.id, seq=1)
    tree = page(desk.get(f"/desk/tickets/SD-{ticket.id}"))

    answer = desk.post(tree.select_one('[data-does="accept"]').find_parent("form")["action"])

    assert answer.status_code == 303
    assert not ticket_detail(dana, ticket.id).needs_triage


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_a_page_and_a_piece_of_one(desk, page, url, name):
    whole = page(desk.get(f"{url}/{name}"))
    piece = page(desk.get(f"{url}/{name}", headers=FRAGMENT))

    assert whole.select_one("h1").text == piece.select_one("h2").text
    assert whole.html is not None
    assert piece.html is None


def test_a_script_is_told_where_to_go_on(desk, url):
    answer = desk.post(f"{url}/resolve", data={"text": "Done."}, headers=FRAGMENT)

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, url)


def test_a_stale_form_shows_both_versions_and_overwrites_nothing(
    desk, page, administrator, ticket_id, url, now
):
    edit_fields(administrator, ticket_id, {"impact": 1, "urgency": 1})

    tree = page(desk.post(f"{url}/priority", data={"impact": 3, "urgency": 3, "row_version": 2}), 409)

    assert now().priority == 1
    assert "changed" in tree.select_one("#news").text
    assert tree.select_one("#f-impact [checked]")["value"] == "3"
    assert "Now: the whole organisation" in tree.select_one("#h-impact").text
    assert tree.select_one("[name=row_version]")["value"] == "3"


def test_a_stale_button_shows_the_request_as_it_is_now(
    desk, page, make_person, administrator, ticket_id, url, now
):
    take(administrator, ticket_id)

    tree = page(desk.post(f"{url}/take", data={"row_version": 2}), 409)

    assert "taken by" in tree.select_one("#news").text
    assert now().assignee_id == administrator.id


def test_two_agents_who_save_at_once_lose_nothing(desk, sign_in_as, dana, page, ticket_id, url):
    other = sign_in_as("agent")
    first = desk.post(f"{url}/resolve", data={"text": "A new cable helped.", "row_version": 2})

    second = page(other.post(f"{url}/resolve", data={"text": "Restart it.", "row_version": 2}), 409)

    assert first.status_code == 303
    assert "A new cable helped." in second.select_one("#news").text
    assert second.select_one("#f-text").text.strip() == "Restart it."


def test_the_reading_pane_shows_the_newest_words_and_what_can_be_done(desk, dana, page, ticket_id, url):
    reply(dana, ticket_id, text="Which printer?")

    tree = page(desk.get(f"{url}/peek", headers=FRAGMENT))

    assert tree.select_one(".peek-text").text == "Which printer?"
    assert {each["data-does"] for each in tree.select("[data-does]")} >= {"take", "assign", "wait", "resolve"}
