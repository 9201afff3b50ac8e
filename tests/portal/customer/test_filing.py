"""Sending a request through the portal: one box or an item's form, once, all of it kept (R1–R4, R14)."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from servicedesk.kernel.db import session
from servicedesk.tickets.catalogue import item_by_key
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queries import answers_of, conversation, ticket_detail
from tests.support.client import DeskClient

KEY = "a-key-of-this-test-0001"
SignIn = Callable[..., DeskClient]


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def send(browser: DeskClient, text: str = "The lift is stuck", **fields: str) -> TestResponse:
    return browser.post("/requests/new", data={"text": text, "idempotency_key": KEY, **fields})


def filed() -> int:
    return session().scalar(select(func.count()).select_from(Ticket)) or 0


def box_of(answer: TestResponse) -> str:
    """Return what stands in the box; the first line break after the tag is the parser's to drop."""
    return str(soup(answer).select_one("textarea[name=text]").text).removeprefix("\n")


def test_what_is_typed_into_the_box_becomes_a_request_with_its_first_line_as_subject(sign_in_as: SignIn):
    browser = sign_in_as("customer")

    answer = send(browser, "\n  Projector   stays dark\nThe lamp is new.")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/requests/SD-1")
    ticket = ticket_detail(browser.actor, 1)
    assert (ticket.subject, ticket.channel, ticket.item_id) == ("Projector stays dark", "portal", None)
    assert conversation(browser.actor, ticket).messages[0].text == "Projector   stays dark\nThe lamp is new."


def test_the_number_and_the_promise_are_named_right_after_sending_and_only_once(clock, sign_in_as: SignIn):
    browser = sign_in_as("customer")
    send(browser)

    told = soup(browser.get("/requests/SD-1")).select_one("[role=status]").text
    again = soup(browser.get("/requests/SD-1")).select("[role=status].toasts")

    assert "SD-1" in told
    assert re.search(r"First answer by .today 18:00., solved by .Fri 14:00.\.", told)
    assert again == []


def test_an_item_that_was_picked_is_kept_with_its_answers(sign_in_as: SignIn):
    browser = sign_in_as("customer")

    answer = send(browser, item="hardware_problem", answer_device="printer", answer_place="floor 3")

    ticket = ticket_detail(browser.actor, 1)
    assert answer.status_code == 303
    assert ticket.item_id == item_by_key("hardware_problem").id
    assert answers_of(ticket) == {"device": "printer", "place": "floor 3"}


@pytest.mark.parametrize("key", ["hardware_problem", "software_install", "access_permission"])
def test_no_item_asks_for_more_than_five_things(key: str, sign_in_as: SignIn):
    page = soup(sign_in_as("customer").get(f"/requests/new?item={key}"))

    needed = {field["name"] for field in page.select("form[data-once] [required]")}

    assert 1 <= len(needed) <= 5


def test_a_missing_answer_brings_the_form_back_with_all_that_was_typed(sign_in_as: SignIn):
    browser = sign_in_as("customer")

    answer = send(browser, "It <b>blinks</b>", item="hardware_problem", answer_place="floor 3")

    page = soup(answer)
    assert answer.status_code == 422
    assert page.select_one(".errors a")["href"] == "#f-answer_device"
    assert (box_of(answer), page.select_one("#f-answer_place")["value"]) == ("It <b>blinks</b>", "floor 3")
    assert page.select_one("[name=idempotency_key]")["value"] == KEY
    assert filed() == 0


def test_picking_an_item_while_writing_brings_the_text_along_and_sends_nothing(sign_in_as: SignIn):
    browser = sign_in_as("customer")

    answer = send(browser, "my password expired", choose="access_permission")

    page = soup(answer)
    assert answer.status_code == 200
    assert page.select_one("[name=item]")["value"] == "access_permission"
    assert box_of(answer) == "my password expired"
    assert filed() == 0


@pytest.mark.parametrize("text", ["", "   \n ", "\u0000\u0007"])
def test_an_empty_text_is_asked_for_again(text: str, sign_in_as: SignIn):
    answer = send(sign_in_as("customer"), text)

    assert answer.status_code == 422
    assert soup(answer).select_one(".errors a")["href"] == "#f-text"
    assert filed() == 0


@pytest.mark.parametrize("fields", [{"subject": "x" * 100_000}, {"text": "y" * 100_001}])
def test_a_text_that_is_too_long_is_refused_with_all_of_it_kept(fields: dict[str, str], sign_in_as: SignIn):
    answer = sign_in_as("customer").post("/requests/new", data={"text": "short"} | fields)

    assert answer.status_code == 422
    assert "characters" in soup(answer).select_one(".errors").text
    assert box_of(answer) == fields.get("text", "short")
    assert filed() == 0


def test_one_endless_line_is_filed_whole_under_a_subject_that_fits(sign_in_as: SignIn):
    browser = sign_in_as("customer")
    text = "word " * 19_000

    send(browser, text)

    ticket = ticket_detail(browser.actor, 1)
    assert len(ticket.subject) <= 255
    assert ticket.subject.endswith("word…")
    assert conversation(browser.actor, ticket).messages[0].text == text.strip()


def test_the_same_form_sent_twenty_times_at_once_files_one_request(app: Flask, sign_in_as: SignIn):
    browser = sign_in_as("customer")
    browsers = [sign_in_as(browser.actor) for _each in range(20)]

    def send_at_once(one: DeskClient) -> TestResponse:
        with app.app_context():
            return send(one)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send_at_once, browsers))

    assert {(one.status_code, one.headers.get("Location")) for one in answers} == {(303, "/requests/SD-1")}
    assert filed() == 1


def test_a_form_that_was_sent_before_names_its_request_and_keeps_the_other_text(sign_in_as: SignIn):
    browser = sign_in_as("customer")
    send(browser, "first text")

    answer = send(browser, "second text")

    assert answer.status_code == 409
    assert "SD-1" in soup(answer).select_one(".errors").text
    assert box_of(answer) == "second text"
    assert soup(answer).select_one("[name=idempotency_key]")["value"] != KEY
    assert filed() == 1


@pytest.mark.parametrize("fields", [{"item": "no-such-item"}, {"item": "x" * 500}])
def test_an_item_that_is_gone_sends_nothing_and_keeps_the_text(fields: dict[str, str], sign_in_as: SignIn):
    answer = send(sign_in_as("customer"), "kept", **fields)

    assert answer.status_code == 422
    assert box_of(answer) == "kept"
    assert filed() == 0


def test_what_people_write_is_shown_and_never_interpreted(sign_in_as: SignIn):
    browser = sign_in_as("customer")
    text = '<script>alert(1)</script> \u202egnp.exe\n<img src=x onerror=alert(2)> "quoted"'

    page = soup(browser.get(send(browser, text).headers["Location"]))

    assert page.select("main script, main img") == []
    assert page.select_one(".message-text").text == text
    assert page.h1.text == "<script>alert(1)</script> gnp.exe"
    assert "\u202e" not in page.title.text


def test_a_page_that_was_open_too_long_keeps_the_text(sign_in_as: SignIn):
    browser = sign_in_as("customer")
    headers = {"Sec-Fetch-Site": "same-origin"}

    answer = browser.post("/requests/new", data={"text": "a long story"}, headers=headers, csrf=False)

    assert answer.status_code == 400
    assert soup(answer).select_one("[name=text]").text.strip() == "a long story"
    assert filed() == 0


def test_somebody_whose_sign_in_ended_keeps_the_text_and_is_asked_to_sign_in(client: DeskClient):
    headers = {"Sec-Fetch-Site": "same-origin"}

    answer = client.post("/requests/new", data={"text": "a long story"}, headers=headers)

    assert answer.status_code == 401
    assert soup(answer).select_one("[name=text]").text.strip() == "a long story"


@pytest.mark.parametrize("path", ["/", "/requests", "/requests/new?item=hardware_problem", "/requests/SD-1"])
def test_nobody_in_particular_is_sent_to_sign_in_and_back(client: DeskClient, path: str):
    answer = client.get(path)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")
    assert path == "/" or answer.headers["Location"].endswith(f"next={_quoted(path)}")


def _quoted(path: str) -> str:
    return path.replace("/", "%2F").replace("?", "%3F").replace("=", "%3D")
