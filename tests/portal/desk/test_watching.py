"""Following and mentions on the desk: the list beside a ticket, its views, names that call somebody (R22)."""

import pytest

from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.queries import ticket_as_it_stands
from servicedesk.tickets.watching import follow

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def ticket_id(make_ticket, clock):
    return make_ticket().id


@pytest.fixture
def url(ticket_id):
    return f"/desk/tickets/SD-{ticket_id}"


@pytest.fixture
def ben(make_person, network):
    return make_person("agent", name="Ben Sela", group=network)


def test_following_and_stopping_is_one_button_with_a_key(desk, dana, page, url, ticket_id):
    button = page(desk.get(url)).select_one('[data-does="follow"]')
    assert (button.text.split(), button["aria-keyshortcuts"]) == (["Follow", "f"], "f")
    desk.post(button.find_parent("form")["action"])
    assert ticket_as_it_stands(dana, ticket_id).follows

    again = page(desk.get(url))

    assert "Dana Nurlan" in again.select_one(".followers").text
    desk.post(again.select_one('[data-does="follow"]').find_parent("form")["action"])
    assert not ticket_as_it_stands(dana, ticket_id).follows


def test_what_i_follow_has_a_view_of_its_own(desk, dana, page, ticket_id, make_ticket):
    make_ticket()
    follow(dana, ticket_id)

    tree = page(desk.get("/desk/queue/followed"))

    assert [row["id"] for row in tree.select("tr[data-peek]")] == [f"row-SD-{ticket_id}"]
    assert "Followed by me" in tree.select_one(".rail").text


def test_a_colleague_is_added_and_taken_off(desk, page, url, ben):
    assert str(ben.id) in {option["value"] for option in page(desk.get(f"{url}/followers")).select("option")}
    desk.post(f"{url}/followers", data={"person_id": ben.id})
    form = page(desk.get(url)).select_one(".followers form")

    desk.post(form["action"], data={"person_id": form.select_one("[name=person_id]")["value"]})

    assert page(desk.get(url)).select(".followers li") == []


@pytest.mark.parametrize("person", ["", "x", "999999"])
def test_nobody_else_is_added(desk, url, person):
    assert desk.post(f"{url}/followers", data={"person_id": person}).status_code == 422
    assert desk.post(f"{url}/followers/remove", data={"person_id": person}).status_code == 303


def test_a_name_that_calls_somebody_is_marked_and_the_rest_stays_text(desk, dana, ben, page, url, ticket_id):
    add_note(dana, ticket_id, text="<i>see</i> @Ben Sela: https://desk.test/x")

    text = page(desk.get(url)).select_one(".message-note .message-text")

    assert [mark.text for mark in text.select("mark")] == ["@Ben Sela"]
    assert text.select("i") == []
    assert text.text == "<i>see</i> @Ben Sela: https://desk.test/x"
    assert text.select_one("a")["href"] == "https://desk.test/x"


def test_mentions_of_me_stay_in_their_view_until_i_look(sign_in_as, dana, ben, page, url, ticket_id, clock):
    add_note(dana, ticket_id, text="@Ben please look")
    browser = sign_in_as(ben)
    assert len(page(browser.get("/desk/queue/mentions")).select("tr[data-peek]")) == 1

    form = page(browser.get(url)).select_one("mention-seen form")
    assert (
        len(page(browser.get("/desk/queue/mentions")).select("tr[data-peek]")) == 1
    )  # reading changes nothing
    browser.post(form["action"])

    assert page(browser.get("/desk/queue/mentions")).select("tr[data-peek]") == []
    assert page(browser.get(url)).select("mention-seen") == []


def test_nobody_else_is_told_that_somebody_was_called(desk, dana, ben, page, url, ticket_id):
    add_note(dana, ticket_id, text="@Ben please look")

    assert page(desk.get(url)).select("mention-seen") == []


def test_colleagues_are_suggested_by_the_beginning_of_a_name(desk, page, url, ben):
    found = page(desk.get(f"{url}/colleagues?q=se", headers=FRAGMENT)).select("[role=option]")

    assert [each["data-name"] for each in found] == ["Ben Sela"]
    assert desk.get(f"{url}/colleagues?q=zzz", headers=FRAGMENT).get_data(as_text=True).strip() == ""
    assert desk.get(f"{url}/colleagues").status_code == 200


def test_customers_neither_ask_for_colleagues_nor_see_who_was_called(
    sign_in_as, make_person, make_ticket, dana, ben
):
    nino = make_person(name="Nino")
    ticket_id = make_ticket(nino).id
    add_note(dana, ticket_id, text="@Ben Sela, a secret")
    reply(dana, ticket_id, text="@Ben Sela rings you.")
    browser = sign_in_as(nino)

    shown = browser.get(f"/requests/SD-{ticket_id}").get_data(as_text=True)

    assert "@Ben Sela rings you." in shown
    assert "secret" not in shown
    assert "<mark" not in shown
    assert browser.get(f"/desk/tickets/SD-{ticket_id}/colleagues?q=b").status_code == 403
