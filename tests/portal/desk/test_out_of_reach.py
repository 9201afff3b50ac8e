"""What an address or a form may hold that nobody meant, and requests that leave one's sight (R28)."""

import pytest

from servicedesk.tickets.catalogue import categories
from servicedesk.tickets.queries import ticket_detail

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def clerk(make_person, network):
    """Somebody who sees the network team's requests and those in triage, no others."""
    return make_person("group_agent", group=network)


@pytest.fixture
def clerks(sign_in_as, clerk):
    return sign_in_as(clerk)


@pytest.fixture
def elsewhere(make_group):
    return make_group(name="Buildings")


def test_who_passes_a_request_out_of_sight_returns_to_the_queue(clerks, clerk, elsewhere, make_ticket, page):
    ticket = make_ticket()

    answer = clerks.post(f"/desk/tickets/SD-{ticket.id}/assign", data={"to": f"{elsewhere.id}:"})

    assert answer.location == "/desk/queue/all"
    assert "now belongs to" in page(clerks.get(answer.location)).select_one(".toast").text


def test_who_files_for_another_team_returns_to_the_queue(clerks, make_person, network, page):
    form = {"subject": "Toner", "text": "Empty.", "requester_id": make_person().id, "item_id": 1}

    answer = clerks.post("/desk/new", data=form | {"answer_device": "printer"})

    assert answer.location == "/desk/queue/all"
    assert "Filed as SD-1" in page(clerks.get(answer.location)).select_one(".toast").text


def test_a_number_that_no_column_holds_is_refused(desk, page):
    form = {"subject": "x", "text": "x", "requester_id": "9" * 30}

    assert page(desk.post("/desk/new", data=form), 422)


@pytest.mark.parametrize("since", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "x"])
def test_a_list_made_at_a_moment_that_never_was_is_answered(desk, since):
    assert desk.get("/desk/queue/all/changes", query_string={"since": since}).status_code == 200


def test_a_script_is_led_back_to_words_in_any_script(desk, make_ticket):
    url = f"/desk/tickets/SD-{make_ticket().id}/take"

    answer = desk.post(url, query_string={"back": "/desk/queue/all?q=שלום"}, headers=FRAGMENT)

    assert answer.headers["HX-Redirect"] == "/desk/queue/all?q=%D7%A9%D7%9C%D7%95%D7%9D"


def test_a_category_is_not_offered_to_be_taken_away(desk, dana, make_ticket, page):
    chosen = min(categories())
    ticket = make_ticket(category_id=chosen)

    tree = page(desk.get(f"/desk/tickets/SD-{ticket.id}/priority"))

    assert ticket_detail(dana, ticket.id).category_id == chosen
    assert "" not in {option["value"] for option in tree.select("#f-category_id option")}
