"""A request's page for its customer: what it shows, to whom, and what may be done (R5, R13, R15, R17)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from servicedesk.kernel.db import session
from servicedesk.tickets.assignment import assign
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.progress import resolve_ticket, wait_for
from servicedesk.tickets.queries import ticket_detail
from tests.support.client import DeskClient

SignIn = Callable[..., DeskClient]
MakeTicket = Callable[..., Ticket]
CANARY = "canary-of-the-notes"


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def version_of(answer: TestResponse) -> str:
    return str(soup(answer).select_one("live-poll")["version"])


def told(answer: TestResponse) -> dict[str, str]:
    """Return the three facts by heading, without the signs that isolate names and times."""
    rows = soup(answer).select("#standing dl div")
    return {row.dt.text: re.sub("[\u2068\u2069]", "", row.dd.text) for row in rows}


@pytest.fixture
def browser(sign_in_as: SignIn) -> DeskClient:
    return sign_in_as("customer")


@pytest.fixture
def ticket(browser: DeskClient, make_ticket: MakeTicket, clock: Any) -> Ticket:
    return make_ticket(browser.actor)


@pytest.fixture
def agent(make_person: Callable[..., Any]) -> Any:
    return make_person("agent", name="Giorgi Beridze")


def test_the_page_tells_where_it_stands_what_is_done_and_what_comes_next(browser, ticket, agent):
    reply(agent, ticket.id, text="We look into it.")

    page = browser.get("/requests/SD-1")

    assert told(page) == {
        "Where it stands": "The team Service desk is working on it.",
        "What is done": "We wrote to you last today 10:00.",
        "What comes next": "We solve it by Fri 14:00.",
    }
    assert [step["class"] for step in soup(page).select(".way li")] == [
        ["done"],
        ["done"],
        ["now"],
        ["ahead"],
    ]
    assert "We look into it." in soup(page).select_one("#conversation").text


def test_nothing_of_a_note_ever_reaches_the_customer(browser, ticket, agent):
    before = browser.get("/requests/SD-1")

    add_note(agent, ticket.id, text=CANARY)

    assert CANARY not in browser.get("/requests/SD-1").text
    assert CANARY not in browser.get("/requests").text
    asked = browser.get("/requests/SD-1/live", headers={"If-None-Match": version_of(before)})
    assert asked.status_code == 304


def test_somebody_elses_number_and_an_unknown_one_look_the_same(browser, ticket, sign_in_as: SignIn):
    other = sign_in_as("customer")

    foreign, unknown = other.get("/requests/SD-1"), other.get("/requests/SD-99")

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.text.replace("SD-1", "") == unknown.text.replace("SD-99", "")


@pytest.mark.parametrize("path", ["", "/live", "/withdraw"])
@pytest.mark.parametrize("ref", ["SD-1", "SD-0", "SD-999999999999", "nonsense", "SD-1%00"])
def test_every_door_of_a_foreign_or_impossible_number_is_closed(ticket, sign_in_as: SignIn, ref, path):
    assert sign_in_as("customer").get(f"/requests/{ref}{path}").status_code == 404


@pytest.mark.parametrize("path", ["messages", "close", "reopen", "withdraw"])
def test_nobody_else_can_act_on_it(ticket, sign_in_as: SignIn, path):
    assert sign_in_as("customer").post(f"/requests/SD-1/{path}", data={"text": "mine"}).status_code == 404


def test_an_answer_appears_with_the_next_poll_and_then_there_is_nothing_new(browser, ticket, agent):
    before = version_of(browser.get("/requests/SD-1"))
    reply(agent, ticket.id, text="Please restart it.")

    news = browser.get("/requests/SD-1/live", headers={"If-None-Match": before})
    again = browser.get("/requests/SD-1/live", headers={"If-None-Match": news.headers["ETag"]})

    parts = soup(news).find_all(id=True, recursive=False)
    assert [part["id"] for part in parts] == ["status", "way", "standing", "deeds", "conversation", "note"]
    assert "Please restart it." in news.text
    assert (again.status_code, again.text) == (304, "")
    assert again.headers["Cache-Control"] == "private, no-cache"


def test_every_part_of_a_poll_has_its_place_on_the_page(browser, ticket):
    page = soup(browser.get("/requests/SD-1"))
    news = soup(browser.get("/requests/SD-1/live"))

    assert all(page.select_one(f"#{part['id']}") for part in news.find_all(id=True, recursive=False))


def test_a_message_is_added_once_however_often_it_is_sent(browser, ticket):
    form = {"kind": "reply", "text": "Any news?", "idempotency_key": "a-key-of-this-test-0002"}

    answers = [browser.post("/requests/SD-1/messages", data=form) for _each in range(2)]

    assert [(one.status_code, one.headers["Location"]) for one in answers] == [(303, "/requests/SD-1")] * 2
    assert browser.get("/requests/SD-1").text.count("Any news?") == 1


def test_a_message_sent_before_with_another_text_comes_back_into_the_box(browser, ticket):
    form = {"kind": "reply", "text": "Any news?", "idempotency_key": "a-key-of-this-test-0003"}
    browser.post("/requests/SD-1/messages", data=form)

    answer = browser.post("/requests/SD-1/messages", data=form | {"text": "Any news today?"})

    assert answer.status_code == 409
    assert soup(answer).select_one("#composer-text").text.strip() == "Any news today?"


@pytest.mark.parametrize("text", ["", " \n", "x" * 100_001])
def test_a_message_that_cannot_be_taken_comes_back_into_the_box(browser, ticket, text):
    answer = browser.post("/requests/SD-1/messages", data={"text": text})

    assert answer.status_code == 422
    assert soup(answer).select_one("#composer-text").text.strip() == text.strip()
    assert soup(answer).select_one("#composer-errors")


def test_an_answer_that_we_waited_for_wakes_the_request(browser, ticket, agent):
    wait_for(agent, ticket.id, status="waiting_customer", text="Which room?")

    asked = told(browser.get("/requests/SD-1"))
    browser.post("/requests/SD-1/messages", data={"text": "Room 4"})

    assert "of our time is left after your answer" in asked["What comes next"]
    assert ticket_detail(browser.actor, ticket.id).status == "in_progress"


def test_a_solved_request_is_closed_by_its_customer(browser, ticket, agent):
    resolve_ticket(agent, ticket.id, answer="Done.")
    buttons = [deed.text for deed in soup(browser.get("/requests/SD-1")).select("#deeds .btn")]

    answers = [browser.post("/requests/SD-1/close").status_code for _each in range(2)]

    assert buttons == ["It works, close it", "Not solved, open it again"]
    assert answers == [303, 303]
    assert ticket_detail(browser.actor, ticket.id).status == "closed"


def test_a_solved_request_is_opened_again(browser, ticket, agent):
    resolve_ticket(agent, ticket.id, answer="Done.")

    answers = [browser.post("/requests/SD-1/reopen").status_code for _each in range(2)]

    assert answers == [303, 303]
    assert ticket_detail(browser.actor, ticket.id).reopened_count == 1
    assert "It was opened again" in told(browser.get("/requests/SD-1"))["What is done"]


def test_a_button_of_a_page_that_is_no_longer_true_does_nothing(browser, ticket):
    answer = browser.post("/requests/SD-1/close")

    assert answer.status_code == 409
    assert "has changed meanwhile" in soup(answer).select_one(".toasts").text
    assert ticket_detail(browser.actor, ticket.id).status == "new"


def test_a_request_is_withdrawn_only_after_a_second_look(browser, ticket):
    question = soup(browser.get("/requests/SD-1/withdraw"))

    answer = browser.post("/requests/SD-1/withdraw")

    assert question.select_one("main form .btn").text == "Yes, withdraw it"
    assert answer.status_code == 303
    assert ticket_detail(browser.actor, ticket.id).status == "withdrawn"
    assert browser.get("/requests/SD-1/withdraw").status_code == 409


def test_a_message_that_comes_too_late_opens_a_linked_request_and_says_so(browser, ticket, agent, clock):
    resolve_ticket(agent, ticket.id, answer="Done.")
    clock.move(days=15)

    before = soup(browser.get("/requests/SD-1"))
    answer = browser.post("/requests/SD-1/messages", data={"text": "It is back."})
    landed = soup(browser.get("/requests/SD-2"))

    assert "opens a new one" in before.select_one("#note").text
    assert [deed.text for deed in before.select("#deeds .btn")] == ["It works, close it"]
    assert answer.headers["Location"] == "/requests/SD-2"
    assert "your message opened this new request" in landed.select_one(".toasts").text
    assert "goes on from" in landed.select_one("#conversation").text
    assert "goes on in" in browser.get("/requests/SD-1").text


def test_a_colleague_reads_along_and_is_offered_nothing(
    browser, ticket, agent, sign_in_as: SignIn, make_ticket
):
    roles = ("customer", "organisation_viewer")
    mine, theirs = (sign_in_as(roles, organisation="Baker & Sons") for _each in range(2))
    shared = make_ticket(theirs.actor)
    wait_for(agent, shared.id, status="waiting_customer", text="Which room?")

    answer = mine.get(f"/requests/SD-{shared.id}")
    page = soup(answer)

    assert page.select("#deeds .btn:not(#do-follow), compose-box") == []
    assert page.select_one(".crumb a")["href"] == "/requests?of=colleagues"
    assert "the answer of whoever asked" in told(answer)["Where it stands"]
    assert mine.post(f"/requests/SD-{shared.id}/messages", data={"text": "x"}).status_code == 403


def test_an_agent_on_the_customers_page_sees_what_the_customer_sees(ticket, agent, sign_in_as: SignIn):
    add_note(agent, ticket.id, text=CANARY)
    assign(agent, ticket.id, group_id=ticket.group_id)

    answer = sign_in_as(agent).get("/requests/SD-1")

    assert answer.status_code == 200
    assert CANARY not in answer.text


def test_history_of_unknown_time_shows_no_time(browser, make_ticket):
    ticket = make_ticket(browser.actor)
    ticket.times_known = False
    session().commit()

    page = browser.get(f"/requests/SD-{ticket.id}")

    assert soup(page).select("main time") == []
    assert told(page)["What is done"] == "We received it."
