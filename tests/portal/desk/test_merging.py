"""Merging on pages: what it does is shown before, and number and messages lead on after it (R43, R46)."""

import pytest

from servicedesk.tickets.conversation import reply
from servicedesk.tickets.merging import merge_tickets
from servicedesk.tickets.queries import ticket_detail


@pytest.fixture
def customer(make_person):
    return make_person(name="Nino Kapanadze")


@pytest.fixture
def target(clock, make_ticket, customer):
    return make_ticket(customer, subject="The printer is jammed").id


@pytest.fixture
def source(target, make_ticket, customer):
    return make_ticket(customer, subject="No paper", text="Tray two is empty.").id


@pytest.fixture
def address(source):
    return f"/desk/tickets/SD-{source}/merge"


def test_the_form_offers_what_else_the_same_person_asked_for(desk, page, address, target, make_ticket):
    other = make_ticket().id
    shown = page(desk.get(address)).select_one("main")

    assert shown.select_one(f'a[href$="into=SD-{target}"]') is not None
    assert f"SD-{other}" not in shown.text


def test_before_merging_it_is_shown_what_that_does(desk, page, address, target):
    shown = page(desk.post(address, data={"into": f"sd-{target}"})).select_one("main")

    assert "1 message" in shown.text
    assert "Its promises end without being counted" in shown.text
    assert shown.select_one(".clocks .head").text == "What stays promised"
    assert shown.select_one("button[name=do]").text == f"Merge into SD-{target}"


@pytest.mark.parametrize("typed", ["", "SD-999", "nonsense"])
def test_a_number_that_leads_nowhere_is_told(desk, page, address, typed):
    answer = desk.post(address, data={"into": typed})

    assert answer.status_code in (200, 422)
    assert page(answer, answer.status_code).select_one(".field-error") is not None


def merged(desk, address, target):
    data = {"into": f"SD-{target}", "do": "merge", "row_version": 2}
    return desk.post(address, data=data)


def test_merging_leads_to_the_other_request_with_an_undo(desk, page, dana, address, source, target):
    answer = merged(desk, address, target)
    shown = page(desk.get(answer.location))

    assert answer.location.endswith(f"SD-{target}")
    assert "Tray two is empty." in shown.select_one(".thread").text
    assert f"from SD-{source}" in shown.select_one(".thread").text
    desk.post(shown.select_one("form:has([data-does=undo])")["action"])
    assert ticket_detail(dana, source).status == "new"


def test_its_number_leads_on_and_its_own_page_stays(desk, page, dana, source, target):
    merge_tickets(dana, source, into_id=target)

    assert desk.get(f"/desk/tickets/SD-{source}").location.endswith(f"/desk/tickets/SD-{target}")
    own = page(desk.get(f"/desk/tickets/SD-{source}?stay=1"))
    assert own.select_one("[data-does=unmerge]") is not None
    assert f"merged it into \u2068SD-{target}\u2069" in own.select_one(".thread").text


def test_a_stale_form_merges_nothing(desk, dana, address, source, target, customer):
    reply(customer, source, text="And tray three.")

    assert merged(desk, address, target).status_code == 409
    assert ticket_detail(dana, source).status == "new"


def test_people_who_do_not_know_of_each_other_are_not_joined(desk, page, address, make_ticket):
    other = make_ticket().id
    shown = page(desk.post(address, data={"into": f"SD-{other}"})).select_one("main")

    assert "may not see each other" in shown.text
    assert shown.select_one("button[name=do]") is None


def test_two_people_who_see_both_are_joined_after_a_tick(desk, page, make_person, make_ticket):
    one, other = (make_ticket(make_person("agent")).id for _ in range(2))
    address, data = f"/desk/tickets/SD-{one}/merge", {"into": f"SD-{other}", "do": "merge", "row_version": 2}

    assert page(desk.post(address, data=data), 422).select_one("#f-confirmed[aria-invalid]") is not None
    assert desk.post(address, data=data | {"confirmed": "true"}).status_code == 303


def test_the_customer_is_led_on_and_their_words_arrive(sign_in_as, page, dana, customer, source, target):
    merge_tickets(dana, source, into_id=target)
    browser = sign_in_as(customer)

    assert browser.get(f"/requests/SD-{source}").location.endswith(f"/requests/SD-{target}")
    answer = browser.post(
        f"/requests/SD-{source}/messages", data={"text": "Tray two!", "idempotency_key": "k" * 20}
    )
    shown = page(browser.get(answer.location)).select_one("main").text
    assert "your message is below" in page(browser.get("/requests")).text or "Tray two!" in shown
    assert {"Tray two is empty." in shown, "Tray two!" in shown} == {True}


def test_the_list_of_requests_says_that_it_was_merged(sign_in_as, page, dana, customer, source, target):
    merge_tickets(dana, source, into_id=target)
    shown = page(sign_in_as(customer).get("/requests")).select_one("main").text

    assert "It was merged with another request and goes on there." in shown


def test_a_page_without_merged_requests_costs_nothing_more(desk, dana, count_statements, target):
    desk.get(f"/desk/tickets/SD-{target}")
    with count_statements() as seen:
        desk.get(f"/desk/tickets/SD-{target}")

    assert seen.count <= 8
