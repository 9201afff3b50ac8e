"""Handing over on the desk: the card's form, the offer beside the ticket, and the answers to it (R40)."""

import pytest

from servicedesk.identity.commands import set_preferences
from servicedesk.identity.queries import actor_of
from servicedesk.tickets.assignment import take
from servicedesk.tickets.handing_over import Card, offer_handover, send_back_handover
from servicedesk.tickets.queries import ticket_detail

CARD = {
    "done": "Changed the <b>cable</b>.",
    "left": "The switch.",
    "watch_out": "",
    "next_step": "Ring at 9.",
}


@pytest.fixture
def ticket_id(make_ticket, dana, clock):
    ticket_id = make_ticket().id
    take(dana, ticket_id)
    return ticket_id


@pytest.fixture
def url(ticket_id):
    return f"/desk/tickets/SD-{ticket_id}"


@pytest.fixture
def ben(make_person, network):
    return make_person("agent", name="Ben Sela", group=network)


@pytest.fixture
def now(dana, ticket_id):
    return lambda: ticket_detail(dana, ticket_id)


@pytest.fixture
def offer(dana, ben, network, ticket_id):
    """Offer Dana's ticket to Ben."""

    def offer():
        card = Card(CARD["done"], CARD["left"])
        offer_handover(dana, ticket_id, card=card, group_id=network.id, person_id=ben.id)

    return offer


def test_the_form_offers_it_with_its_card(desk, page, url, network, ben, now):
    form = page(desk.get(f"{url}/hand-over"))
    assert f"{network.id}:{ben.id}" in {option["value"] for option in form.select("#f-to option")}

    answer = desk.post(f"{url}/hand-over", data=CARD | {"to": f"{network.id}:{ben.id}"})

    assert (answer.status_code, answer.location) == (303, url)
    assert now().offered_to_id == ben.id


@pytest.mark.parametrize(
    "wrong", [{"done": " "}, {"left": ""}, {"to": ""}, {"to": "999:"}, {"next_step": "x" * 2001}]
)
def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(desk, page, url, network, now, wrong):
    form = page(desk.post(f"{url}/hand-over", data=CARD | {"to": f"{network.id}:"} | wrong), 422)

    assert form.select_one(f"#f-{next(iter(wrong))}")["aria-invalid"] == "true"
    assert now().offer_seq is None


def test_the_card_stands_in_the_conversation_and_beside_it_as_text(desk, page, url, offer, now):
    offer()

    tree = page(desk.get(url))

    card = tree.select_one(f".thread .handover#event-{now().offer_seq}")
    assert "Changed the <b>cable</b>." in card.text
    assert "The switch." in tree.select_one("[aria-labelledby=handover-title]").text
    assert "offered to Ben Sela" in tree.select_one(".ticket-bar").text


def test_the_addressee_accepts_with_one_button(sign_in_as, page, url, ben, offer, now):
    offer()
    browser = sign_in_as(ben)
    button = page(browser.get(url)).select_one('[data-does="take"]')
    assert (button.text.split()[0], button["aria-keyshortcuts"]) == ("Accept", "t")

    form = button.find_parent("form")
    answer = browser.post(
        form["action"], data={"row_version": form.select_one("[name=row_version]")["value"]}
    )

    assert (answer.status_code, now().assignee_id) == (303, ben.id)


def test_sending_back_asks_why_and_the_card_says_it(sign_in_as, desk, page, url, ben, offer, now):
    offer()
    browser = sign_in_as(ben)
    assert browser.post(f"{url}/hand-over/send-back", data={"why": ""}).status_code == 422

    browser.post(f"{url}/hand-over/send-back", data={"why": "I am away from tomorrow."})

    card = page(desk.get(url)).select_one(".handover")
    assert "I am away from tomorrow." in card.text
    assert now().offer_seq is None


def test_the_offerer_takes_it_back(desk, page, url, offer, now):
    offer()
    form = page(desk.get(url)).select_one('[data-does="take_back"]').find_parent("form")

    desk.post(form["action"])

    assert now().offer_seq is None


def test_a_late_answer_shows_why_it_is_refused(sign_in_as, dana, page, url, ben, offer, ticket_id):
    offer()
    send_back_handover(ben, ticket_id, why="No.")

    tree = page(sign_in_as(ben).post(f"{url}/hand-over/accept"), 409)

    assert "Nothing is on offer to you here any more" in tree.text


def test_what_is_offered_to_me_is_marked_in_the_queue_and_has_a_view(sign_in_as, desk, page, ben, offer):
    offer()
    browser = sign_in_as(ben)

    row = page(browser.get("/desk/queue/all")).select_one("tr[data-peek]")
    listed = page(browser.get("/desk/queue/offered")).select("tr[data-peek]")

    assert "offered to you" in row.text
    assert len(listed) == 1
    assert "on offer" in page(desk.get("/desk/queue/all")).select_one("tr[data-peek]").text
    assert page(desk.get("/desk/queue/offered")).select("tr[data-peek]") == []


def test_the_reading_pane_shows_the_card(sign_in_as, page, ben, offer, url):
    offer()

    pane = page(sign_in_as(ben).get(f"{url}/peek", headers={"HX-Request": "true"}))

    assert "The switch." in pane.select_one(".handover-facts").text
    assert pane.select_one('[data-does="take"]').text.split()[0] == "Accept"


def test_the_rail_names_offers_only_where_there_are_some(sign_in_as, page, ben, offer):
    browser = sign_in_as(ben)
    before = page(browser.get("/desk/queue/all")).select_one(".rail").text
    offer()

    assert "Offered to me" not in before
    assert "Offered to me" in page(browser.get("/desk/queue/all")).select_one(".rail").text


def test_a_ticket_that_is_mine_has_the_key_h(desk, page, url):
    assert page(desk.get(url)).select_one('[data-does="hand_over"]')["aria-keyshortcuts"] == "h"


def test_a_customer_reads_nothing_of_a_card(sign_in_as, page, offer, now):
    offer()
    ticket = now()

    own = sign_in_as(actor_of(ticket.requester_id)).get(f"/requests/SD-{ticket.id}")

    assert own.status_code == 200
    assert "cable" not in own.get_data(as_text=True)


def test_names_in_hebrew_pages_keep_their_direction(desk, dana, url, offer):
    set_preferences(dana, language="he")
    offer()

    assert "\u2068Ben Sela\u2069" in desk.get(url).get_data(as_text=True)
