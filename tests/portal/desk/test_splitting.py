"""Splitting on pages: choose words, get a request of its own, and take that back (R43)."""

import pytest

from servicedesk.tickets.conversation import reply
from servicedesk.tickets.queries import conversation, ticket_detail


@pytest.fixture
def customer(make_person):
    return make_person(name="Nino Kapanadze")


@pytest.fixture
def ticket_id(clock, make_ticket, customer):
    found = make_ticket(customer).id
    reply(customer, found, text="And my screen flickers.")
    return found


@pytest.fixture
def address(ticket_id):
    return f"/desk/tickets/SD-{ticket_id}/split"


@pytest.fixture
def form(desk, page, address):
    """What the form sends when its first box is ticked."""
    shown = page(desk.get(address)).select_one("main form")
    hidden = {field["name"]: field["value"] for field in shown.select("input[type=hidden]")}
    hidden.pop("csrf_token", None)
    return hidden | {"messages": [shown.select_one("[name=messages]")["value"]], "subject": "Flickering"}


def test_the_form_offers_what_the_customer_added(desk, page, address):
    boxes = page(desk.get(address)).select("main .choice")

    assert ["And my screen flickers." in box.text for box in boxes] == [True]


def test_splitting_leads_to_the_new_request_and_undo_back(desk, page, dana, ticket_id, address, form):
    answer = desk.post(address, data=form)
    shown = page(desk.get(answer.location))

    assert answer.location.endswith(f"SD-{ticket_id + 1}")
    assert f"SD-{ticket_id}" in shown.select_one("aside.side").text
    undo = shown.select_one(".toast form:has([data-does=undo])")["action"]
    back = page(desk.get(desk.post(undo).location))
    assert f"SD-{ticket_id + 1}" in back.select_one(".toast").text
    assert ticket_detail(dana, ticket_id + 1).status == "merged"


def test_the_new_request_offers_the_undo_until_somebody_touches_it(
    desk, page, customer, address, form, ticket_id
):
    url = desk.post(address, data=form).location
    assert page(desk.get(url)).select_one("[data-does=unsplit]") is not None
    reply(customer, ticket_id + 1, text="Still.")

    assert page(desk.get(url)).select_one("[data-does=unsplit]") is None


@pytest.mark.parametrize("wrong", [{"messages": []}, {"subject": ""}, {"messages": ["x"]}])
def test_what_is_missing_is_told_and_the_rest_stays(desk, page, dana, address, form, wrong, ticket_id):
    shown = page(desk.post(address, data=form | wrong), 422)

    assert shown.select_one(".errors") is not None
    assert len(conversation(dana, ticket_detail(dana, ticket_id)).messages) == 2


def test_a_request_without_further_words_has_nothing_to_split_off(desk, page, make_ticket):
    shown = page(desk.get(f"/desk/tickets/SD-{make_ticket().id}/split")).select_one("main")

    assert "nothing to split off" in shown.text
    assert shown.select_one("form") is None


def test_the_customer_reads_where_each_goes_on(desk, sign_in_as, page, customer, address, form, ticket_id):
    desk.post(address, data=form)
    browser = sign_in_as(customer)

    old, new = (
        page(browser.get(f"/requests/SD-{each}")).select_one("#conversation").text
        for each in (ticket_id, ticket_id + 1)
    )
    assert "goes on as a request of its own" in old
    assert "begun with a message from" in new
