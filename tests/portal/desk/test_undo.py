"""A reply that was just sent is taken back with one key: its text is in the box again (R43, R70)."""

from dataclasses import replace
from io import BytesIO

import pytest

from servicedesk.tickets.conversation import reply
from servicedesk.tickets.queries import conversation, ticket_detail
from servicedesk.tickets.uploads import take_in


@pytest.fixture(autouse=True)
def _fifteen_seconds(app):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], undo_seconds=15)


@pytest.fixture
def customer(make_person):
    return make_person(name="Nino Kapanadze")


@pytest.fixture
def ticket_id(clock, make_ticket, customer):
    return make_ticket(customer, priority=2).id


@pytest.fixture
def send(desk, ticket_id):
    def post(text="Please try again.", then="", **more):
        form = {"kind": "reply", "text": text, "then": then, "row_version": 2, "idempotency_key": "k" * 20}
        return desk.post(f"/desk/tickets/SD-{ticket_id}/messages", data=form | more)

    return post


@pytest.fixture
def undo(desk, page):
    """Press the undo that a page shows; returns the page after it."""

    def press(shown):
        action = shown.select_one("form:has([data-does=undo])")["action"]
        answer = desk.post(action)
        assert answer.status_code == 303
        return page(desk.get(answer.location))

    return press


def test_the_next_pages_offer_undo_while_it_is_possible(desk, page, clock, send, ticket_id):
    send()
    clock.move(seconds=3)

    for url in (f"/desk/tickets/SD-{ticket_id}", "/desk/queue/all"):
        toast = page(desk.get(url)).select_one(".toast")
        button = toast.select_one("[data-does=undo]")
        assert (button["aria-keyshortcuts"], button.select_one("[data-left]").text) == ("z", "12 s")
    clock.move(seconds=12)
    assert page(desk.get("/desk/queue/all")).select_one("[data-does=undo]") is None


@pytest.mark.parametrize(("then", "words"), [("", "Send to"), ("wait", "wait"), ("resolve", "resolve")])
def test_text_files_and_choice_are_in_the_box_again(
    desk, dana, page, send, undo, ticket_id, said, then, words
):
    upload = take_in(dana, BytesIO(b"lines"), name="log.txt").id
    send(then=then, upload=[upload])

    box = undo(page(desk.get(f"/desk/tickets/SD-{ticket_id}"))).select_one("#composer")

    assert box.select_one("textarea").text.strip() == "Please try again."
    assert words in box.select_one(".btn-main.when-reply").text
    assert [name.text for name in box.select(".file-name") if name.text] == ["log.txt"]
    assert said() == []


@pytest.fixture
def said(dana, ticket_id):
    def read():
        return [row.text for row in conversation(dana, ticket_detail(dana, ticket_id)).messages[1:]]

    return read


def test_what_was_taken_back_can_be_sent_again(desk, page, send, undo, ticket_id, said, clock):
    send(then="resolve")
    box = undo(page(desk.get(f"/desk/tickets/SD-{ticket_id}"))).select_one("#composer")
    form = {field["name"]: field.get("value", "") for field in box.select("input[type=hidden][name]")}
    clock.move(seconds=1)
    desk.post(box["action"], data=form | {"kind": "reply", "text": "Please try once more.", "then": "wait"})

    assert said() == ["Please try once more."]
    again = page(desk.get(f"/desk/tickets/SD-{ticket_id}"))
    assert "took back a reply" in again.select_one(".thread").text
    assert again.select_one("#composer textarea").text.strip() == ""


def test_undo_in_a_second_tab_changes_nothing_and_shows_the_text(desk, page, send, undo, ticket_id, dana):
    send()
    shown = page(desk.get(f"/desk/tickets/SD-{ticket_id}"))
    undo(shown)
    version = ticket_detail(dana, ticket_id).row_version

    again = undo(shown)

    assert "already taken back" in again.select_one(".toast").text
    assert again.select_one("#composer textarea").text.strip() == "Please try again."
    assert ticket_detail(dana, ticket_id).row_version == version


def test_undo_after_the_customer_wrote_says_why_not(desk, page, send, undo, ticket_id, customer, said):
    send()
    shown = page(desk.get(f"/desk/tickets/SD-{ticket_id}"))
    reply(customer, ticket_id, text="Never mind.")

    assert "Something else happened" in undo(shown).select_one(".toast").text
    assert said() == ["Please try again.", "Never mind."]


def test_a_resolving_by_its_form_is_taken_back_too(desk, page, undo, ticket_id, said, dana):
    form = {"text": "The cable was loose.", "row_version": 2}
    desk.post(f"/desk/tickets/SD-{ticket_id}/resolve", data=form)

    undo(page(desk.get(f"/desk/tickets/SD-{ticket_id}")))

    assert (said(), ticket_detail(dana, ticket_id).status) == ([], "new")


def test_the_text_of_others_is_not_shown(sign_in_as, page, send, undo, ticket_id, desk):
    send()
    undo(page(desk.get(f"/desk/tickets/SD-{ticket_id}")))

    other = page(sign_in_as("lead").get(f"/desk/tickets/SD-{ticket_id}?undone=3"))
    assert other.select_one("#composer textarea").text.strip() == ""


def test_the_customers_page_tells_nothing_of_it(sign_in_as, page, customer, send, undo, ticket_id, desk):
    browser = sign_in_as(customer)
    before = page(browser.get(f"/requests/SD-{ticket_id}"))
    send(then="resolve")
    while_waiting = page(browser.get(f"/requests/SD-{ticket_id}"))
    undo(page(desk.get(f"/desk/tickets/SD-{ticket_id}")))
    after = page(browser.get(f"/requests/SD-{ticket_id}"))

    for part in ("#status", "#way", "#standing", "#deeds", "#conversation"):
        texts = {tree.select_one(part).text for tree in (before, while_waiting, after)}
        assert len(texts) == 1, texts


def test_the_list_of_requests_tells_nothing_of_it(sign_in_as, page, customer, send, ticket_id):
    browser = sign_in_as(customer)
    before = page(browser.get("/requests")).select_one("main").text
    send(then="resolve")

    assert page(browser.get("/requests")).select_one("main").text == before


def test_a_reply_with_undo_costs_few_statements(desk, page, send, ticket_id, count_statements):
    send("First one.")
    with count_statements() as seen:
        form = {"kind": "reply", "text": "Again", "row_version": 4, "idempotency_key": "j" * 20}
        desk.post(f"/desk/tickets/SD-{ticket_id}/messages", data=form)

    assert seen.count <= 14
    assert seen.commits == 1
