"""Answers in Chromium: beside the box and beside a ticket, by keyboard and without script (R18, R28)."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.knowledge.articles import PRINTER, VPN, make_article
from tests.support.client import DeskClient

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
ASKED = "the printer prints blank pages"


@pytest.fixture
def address(address: str) -> str:
    make_article({"en": VPN})
    make_article({"en": PRINTER})
    return address


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """`visit(client, "/", script=False)` returns the page as the one who is signed in sees it."""
    opened, trouble = [], []

    def go(who: DeskClient, path: str, *, script: bool = True) -> Page:
        context = browser.new_context(java_script_enabled=script)
        opened.append(context)
        cookie = who.get_cookie("desk")
        context.add_cookies([{"name": "desk", "value": cookie.value, "url": address}])
        context.on("weberror", lambda error: trouble.append(str(error.error)))
        page = context.new_page()
        page.goto(address + path)
        return page

    yield go
    for context in opened:
        context.close()
    assert trouble == []


def test_an_answer_is_opened_and_put_aside_by_keyboard_while_the_text_stays(visit, sign_in_as):
    page = visit(sign_in_as("customer"), "/")
    page.locator("#f-text").press_sequentially(ASKED)
    expect(page.locator(".answer")).to_be_visible()

    page.locator(".answer summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".answer li").first).to_be_visible()
    page.get_by_role("button", name="Not this").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".answer")).to_have_count(0)
    expect(page.locator("#f-text")).to_have_value(ASKED)
    expect(page.locator("#f-text")).to_be_focused()
    expect(page.locator("input[name=without]")).to_have_value("2")


def test_a_request_can_still_be_sent_after_an_answer_was_put_aside(visit, sign_in_as):
    page = visit(sign_in_as("customer"), "/")
    page.locator("#f-text").press_sequentially(ASKED)
    page.locator(".answer summary").click()
    page.get_by_role("button", name="Not this").click()
    expect(page.locator(".answer")).to_have_count(0)

    page.get_by_role("button", name="Send the request").click()

    page.wait_for_url("**/requests/SD-1")


def test_this_solved_it_ends_on_a_page_that_says_nothing_was_sent(visit, sign_in_as):
    page = visit(sign_in_as("customer"), "/")
    page.locator("#f-text").press_sequentially(ASKED)
    page.locator(".answer summary").click()
    page.get_by_role("button", name="This solved it").click()

    expect(page.get_by_text("Nothing was sent.")).to_be_visible()


def test_without_a_script_the_answers_are_one_button_away(visit, sign_in_as):
    page = visit(sign_in_as("customer"), "/", script=False)
    page.locator("#f-text").fill(ASKED)
    page.get_by_role("button", name="Look for answers first").click()

    expect(page.locator(".answer summary")).to_contain_text(PRINTER.title)
    expect(page.locator("#f-text")).to_have_value(ASKED)


def test_an_agent_puts_an_article_into_the_reply_by_keyboard(visit, sign_in_as, make_ticket):
    make_ticket(subject=ASKED)
    page = visit(sign_in_as("agent"), "/desk/tickets/SD-1")

    page.keyboard.press("s")
    expect(page.locator("[data-panel-search] input")).to_be_focused()
    page.get_by_role("link", name="Insert steps").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#composer-text")).to_be_focused()
    assert "Pull the orange strip." in page.locator("#composer-text").input_value()


def test_a_slash_at_the_beginning_of_a_line_looks_for_an_article(visit, sign_in_as, make_ticket):
    make_ticket(subject="Something else")
    page = visit(sign_in_as("agent"), "/desk/tickets/SD-1")
    page.locator("#composer-text").press_sequentially("a/b\n")
    page.keyboard.press("/")
    expect(page.locator("[data-panel-search] input")).to_be_focused()

    page.keyboard.type("vpn code")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Insert link").first.focus()
    page.keyboard.press("Enter")

    assert page.locator("#composer-text").input_value().startswith(f"a/b\n{VPN.title}\nhttp")
