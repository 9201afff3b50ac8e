"""Writing to a ticket: replies and notes, what the buttons promise, and nothing twice (R43)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from servicedesk.tickets.conversation import reply
from servicedesk.tickets.progress import resolve_ticket
from servicedesk.tickets.queries import conversation, ticket_detail

KEY = "a-key-that-is-long-enough"


@pytest.fixture
def ticket_id(make_ticket, make_person):
    return make_ticket(make_person(name="Nino Kapanadze"), priority=2).id


@pytest.fixture
def send(desk, ticket_id):
    """`send("text", kind="note", then="wait")` posts the composer as it was first shown."""

    def post(text, *, kind="reply", then="", version=2, key=KEY):
        form = {"kind": kind, "text": text, "then": then, "row_version": version, "idempotency_key": key}
        return desk.post(f"/desk/tickets/SD-{ticket_id}/messages", data=form)

    return post


@pytest.fixture
def said(dana, ticket_id):
    """The messages of the ticket after the first, as (public, text)."""

    def read():
        messages = conversation(dana, ticket_detail(dana, ticket_id)).messages
        return [(message.public, message.text) for message in messages[1:]]

    return read


def test_a_reply_goes_to_the_customer_and_takes_the_request_into_work(send, said, dana, ticket_id):
    answer = send("We see it too.")

    assert answer.status_code == 303
    assert said() == [(True, "We see it too.")]
    assert ticket_detail(dana, ticket_id).status == "in_progress"


def test_a_note_stays_inside_and_moves_nothing(send, said, dana, ticket_id):
    send("Same as last week.", kind="note")

    assert said() == [(False, "Same as last week.")]
    assert ticket_detail(dana, ticket_id).status == "new"


@pytest.mark.parametrize(("then", "status"), [("wait", "waiting_customer"), ("resolve", "resolved")])
def test_the_other_buttons_send_and_do_what_they_say(send, said, dana, ticket_id, then, status):
    send("Please try again.", then=then)

    assert said() == [(True, "Please try again.")]
    assert ticket_detail(dana, ticket_id).status == status


def test_the_buttons_say_to_whom_and_with_what_effect(desk, page, ticket_id):
    words = page(desk.get(f"/desk/tickets/SD-{ticket_id}")).select_one("#composer").get_text(" ", strip=True)

    for button in ("Send to \u2068Nino\u2069", "Send and wait", "Send and resolve", "Add note"):
        assert button in words


def test_a_resolved_request_takes_replies_but_no_second_resolution(desk, page, dana, ticket_id):
    resolve_ticket(dana, ticket_id, answer="Done.")

    words = page(desk.get(f"/desk/tickets/SD-{ticket_id}")).select_one("#composer").get_text(" ", strip=True)

    assert "Send to" in words
    assert "Send and resolve" not in words


def test_the_same_form_sent_twenty_times_at_once_says_it_once(app, sign_in_as, dana, ticket_id, said):
    form = {"kind": "reply", "text": "We see it too.", "row_version": 2, "idempotency_key": KEY}
    browsers = [sign_in_as(dana) for _ in range(20)]

    def press(browser):
        with app.app_context():
            return browser.post(f"/desk/tickets/SD-{ticket_id}/messages", data=form).status_code

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(press, browsers))

    assert codes == [303] * 20
    assert said() == [(True, "We see it too.")]


@pytest.mark.parametrize("then", ["", "wait", "resolve"])
def test_the_same_form_sent_twice_is_taken_once_whatever_the_button(send, said, then):
    codes = [send("Please try again.", then=then).status_code for _ in range(2)]

    assert codes == [303, 303]
    assert said() == [(True, "Please try again.")]


def test_a_form_that_comes_late_for_the_second_time_is_still_known(send, said, dana, ticket_id, make_person):
    send("Try again now.")
    reply(make_person("agent"), ticket_id, text="I am on it.")

    assert send("Try again now.", then="wait").status_code == 303
    assert said() == [(True, "Try again now."), (True, "I am on it.")]


def test_an_empty_message_is_refused_and_nothing_is_written(send, said, page):
    tree = page(send("   "), 422)

    assert tree.select_one("#composer-errors") is not None
    assert said() == []


def test_a_text_that_is_too_long_is_refused_and_kept(send, said, page):
    text = "x" * 100_001

    tree = page(send(text, kind="note"), 422)

    assert tree.select_one("#composer-text").text.strip() == text
    assert tree.select_one("[name=kind][checked]")["value"] == "note"
    assert said() == []


def test_a_stale_reply_is_kept_beside_what_the_customer_wrote_meanwhile(
    send, said, page, make_person, ticket_id, dana
):
    colleague = make_person("agent", name="Giorgi Beridze")
    reply(colleague, ticket_id, text="I am on it.")

    tree = page(send("Try again now."), 409)

    news = tree.select_one("#news").get_text(" ", strip=True)
    assert "Giorgi Beridze" in news
    assert "I am on it." in news
    assert tree.select_one("#composer-text").text.strip() == "Try again now."
    assert said() == [(True, "I am on it.")]


def test_after_looking_at_the_news_the_kept_text_can_be_sent(desk, send, said, page, make_person, ticket_id):
    reply(make_person("agent"), ticket_id, text="I am on it.")
    form = page(send("Try again now."), 409).select_one("#composer")
    fields = {field["name"]: field.get("value", "") for field in form.select("input[type=hidden]")}

    answer = desk.post(form["action"], data={**fields, "kind": "reply", "text": "Try again now."})

    assert answer.status_code == 303
    assert said() == [(True, "I am on it."), (True, "Try again now.")]


@pytest.mark.parametrize(
    "form", [{}, {"kind": "shout", "text": "x"}, {"kind": "reply", "text": "x", "more": "1"}]
)
def test_a_form_that_is_not_ours_writes_nothing(desk, said, ticket_id, form):
    assert desk.post(f"/desk/tickets/SD-{ticket_id}/messages", data=form).status_code == 422
    assert said() == []
