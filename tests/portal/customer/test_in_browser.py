"""The customer's pages in Chromium: live without reloading, by keyboard alone, without script (R14, R17)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from servicedesk.tickets.conversation import reply
from tests.support.client import DeskClient

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


@pytest.fixture
def customer(sign_in_as: Callable[..., DeskClient]) -> DeskClient:
    return sign_in_as("customer")


@pytest.fixture
def visit(browser: Browser, address: str, customer: DeskClient) -> Iterator[Visit]:
    """`visit("/requests")` returns the page as the customer sees it; `script=False` turns scripts off."""
    opened = []

    def go(path: str, *, script: bool = True) -> Page:
        context = browser.new_context(java_script_enabled=script)
        opened.append(context)
        cookie = customer.get_cookie("desk")
        context.add_cookies([{"name": "desk", "value": cookie.value, "url": address}])
        page = context.new_page()
        page.goto(address + path)
        return page

    yield go
    for context in opened:
        context.close()


def test_an_answer_appears_within_seconds_while_the_customer_writes(
    visit: Visit, customer: DeskClient, make_ticket: Any, make_person: Any
):
    ticket = make_ticket(customer.actor)
    page = visit("/requests/SD-1")
    page.fill("#composer-text", "half written")

    reply(make_person("agent"), ticket.id, text="Please restart it.")

    expect(page.locator("#conversation")).to_contain_text("Please restart it.", timeout=8000)
    expect(page.locator("#standing")).to_contain_text("We wrote to you last")
    expect(page.locator("#composer-text")).to_have_value("half written")
    expect(page.locator("#composer-text")).to_be_focused()


def test_a_request_is_written_and_sent_by_keyboard_alone(visit: Visit):
    page = visit("/")

    page.keyboard.type("my mail password expired")
    expect(page.locator("#proposal")).to_contain_text("First answer by")
    page.keyboard.press("Tab")  # to the files that may come along
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send the request")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("my mail password expired")
    expect(page.get_by_role("status").first).to_contain_text("this is")


def test_everything_that_is_needed_works_without_script(visit: Visit):
    page = visit("/", script=False)

    page.fill("#f-text", "The screen flickers")
    page.get_by_role("button", name="Something is broken").click()
    page.get_by_label("Computer").check()
    page.get_by_role("button", name="Send the request").click()
    page.get_by_role("link", name="I no longer need it").click()
    page.get_by_role("button", name="Yes, withdraw it").click()

    expect(page.locator("#status")).to_contain_text("withdrawn")
    expect(page.locator(".facts")).to_contain_text("Computer")
