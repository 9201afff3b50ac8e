"""How much a page asks of the database: the same for one row or fifty, once the caches are warm (R27)."""

from collections.abc import Callable
from typing import Any

import pytest

from servicedesk.tickets.conversation import reply
from tests.support.client import DeskClient

SignIn = Callable[..., DeskClient]


@pytest.fixture
def agent(make_person: Callable[..., Any]) -> Any:
    return make_person("agent")


@pytest.fixture
def browser(clock: Any, agent: Any, sign_in_as: SignIn) -> DeskClient:
    """A customer of an organisation, who has asked for something before."""
    found = sign_in_as("customer", organisation="Baker & Sons")
    found.post("/requests/new", data={"text": "warm the caches"})
    for path in ("/", "/requests", "/requests/SD-1", "/requests/new?item=hardware_problem"):
        found.get(path)
    found.post("/requests/proposal", data={"text": "my password expired"})
    return found


@pytest.mark.parametrize("rows", [1, 50])
@pytest.mark.parametrize("path, most", [("/", 6), ("/requests", 6), ("/requests?q=printer&state=open", 6)])
def test_a_list_asks_no_more_for_fifty_requests_than_for_one(
    browser: DeskClient, make_ticket, count_statements, rows: int, path: str, most: int
):
    [make_ticket(browser.actor) for _each in range(rows)]

    with count_statements() as seen:
        answer = browser.get(path)

    assert answer.status_code == 200
    assert (seen.count <= most, seen.commits) == (True, 0), str(seen)


@pytest.mark.parametrize("messages", [1, 50])
def test_a_request_asks_no_more_for_fifty_messages_than_for_one(
    browser: DeskClient, agent, count_statements, messages: int
):
    for number in range(messages):
        reply(agent if number % 2 else browser.actor, 1, text=f"message {number}")

    with count_statements() as seen:
        answer = browser.get("/requests/SD-1")

    assert answer.text.count("message-text") == messages + 1
    assert seen.count <= 8, str(seen)


def test_filing_takes_twelve_statements_and_one_commit(browser: DeskClient, count_statements):
    form = {"text": "It blinks", "item": "hardware_problem", "answer_device": "printer"}

    with count_statements() as seen:
        answer = browser.post("/requests/new", data=form)

    assert answer.status_code == 303
    assert (seen.count <= 12, seen.commits) == (True, 1), str(seen)


def test_a_poll_without_news_takes_three_statements(browser: DeskClient, count_statements):
    version = browser.get("/requests/SD-1/live").headers["ETag"]

    with count_statements() as seen:
        answer = browser.get("/requests/SD-1/live", headers={"If-None-Match": version})

    assert answer.status_code == 304
    assert seen.count <= 3, str(seen)


@pytest.mark.parametrize(
    "path", ["/requests/proposal?text=my+password+expired", "/requests/new?item=hardware_problem"]
)
def test_what_is_shown_while_writing_takes_six_statements(browser: DeskClient, count_statements, path: str):
    with count_statements() as seen:
        answer = browser.get(path)

    assert answer.status_code == 200
    assert seen.count <= 6, str(seen)
