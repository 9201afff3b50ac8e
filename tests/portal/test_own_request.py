"""Somebody of one team asks another team for something: to that request they are a customer (R28, R117)."""

import pytest

from servicedesk.tickets.assignment import assign
from servicedesk.tickets.conversation import add_note


@pytest.fixture
def clerk(make_person, make_group):
    """An agent of one team only."""
    return make_person("group_agent", group=make_group(name="Network"))


@pytest.fixture
def browser(sign_in_as, clerk):
    return sign_in_as(clerk)


@pytest.fixture
def own(clerk, make_ticket, make_group, administrator):
    """The clerk's own request, which another team has by now, with a note that is not for its requester."""
    ticket = make_ticket(clerk, subject="My chair squeaks")
    assign(administrator, ticket.id, group_id=make_group(name="Furniture").id)
    add_note(administrator, ticket.id, text="Third chair this year.")
    return f"SD-{ticket.id}"


def test_they_find_it_among_their_requests_and_read_it_as_customers_do(browser, own):
    page = browser.get(f"/requests/{own}")

    assert own in browser.get("/requests").get_data(as_text=True)
    assert page.status_code == 200
    assert "Third chair" not in page.get_data(as_text=True)


def test_what_they_write_there_is_a_customers_word(browser, own):
    browser.get(f"/requests/{own}")

    answer = browser.post(f"/requests/{own}/messages", data={"text": "It is worse now."})

    assert answer.status_code == 303
    assert "It is worse now." in browser.get(f"/requests/{own}").get_data(as_text=True)


def test_it_is_no_work_of_theirs(browser, own):
    number = own.removeprefix("SD-")

    assert own not in browser.get("/desk/queue/all").get_data(as_text=True)
    assert "Third chair" not in browser.get(f"/desk/tickets/{own}").get_data(as_text=True)
    assert browser.post(f"/desk/tickets/SD-{number}/take").status_code == 403
