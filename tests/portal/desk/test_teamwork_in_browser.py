"""Drafts, names and hand-overs in Chromium: two windows, the keyboard, the next visit (R22, R40)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from servicedesk.tickets.assignment import take
from servicedesk.tickets.drafts import drafts_of
from tests.support.client import DeskClient

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, address: str, desk: DeskClient) -> Iterator[Visit]:
    """`visit("/desk/…")` returns the page as Dana sees it, each time on another device."""
    opened = []

    def go(path: str, as_: DeskClient = desk) -> Page:
        context = browser.new_context()
        opened.append(context)
        cookie = as_.get_cookie("desk")
        context.add_cookies([{"name": "desk", "value": cookie.value, "url": address}])
        page = context.new_page()
        page.goto(address + path)
        return page

    yield go
    for context in opened:
        context.close()


@pytest.fixture
def path(make_ticket: Any, dana: Any) -> str:
    ticket_id = make_ticket().id
    take(dana, ticket_id)
    return f"/desk/tickets/SD-{ticket_id}"


def test_what_is_begun_here_goes_on_there_and_is_gone_once_sent(visit: Visit, path: str, dana: Any):
    here = visit(path)
    here.keyboard.press("i")
    here.locator("#composer-text").press_sequentially("Look at the sw")
    expect(here.locator("[data-said]")).to_have_text("Draft saved.")

    there = visit(path)

    expect(there.locator("#composer-text")).to_have_value("Look at the sw")
    expect(there.locator("[name=kind][value=note]")).to_be_checked()
    there.locator("#composer-text").press_sequentially("itch")
    there.keyboard.press("Control+Enter")
    expect(there.locator(".message-note")).to_contain_text("Look at the switch")
    expect(there.locator("#composer-text")).to_have_value("")
    assert drafts_of(dana, 1) == []


def test_of_two_windows_the_newer_text_is_never_overwritten_silently(visit: Visit, path: str, dana: Any):
    one, other = visit(path), visit(path)
    one.locator("#composer-text").press_sequentially("From here")
    expect(one.locator("[data-said]")).to_have_text("Draft saved.")

    other.locator("#composer-text").press_sequentially("From there")

    expect(other.locator("[data-choice]")).to_be_visible()
    assert [row.text for row in drafts_of(dana, 1)] == ["From here"]
    other.locator("[data-take=mine]").click()
    expect(other.locator("[data-said]")).to_have_text("Draft saved.")
    one.locator("#composer-text").press_sequentially("!")
    one.locator("[data-take=theirs]").click()
    expect(one.locator("#composer-text")).to_have_value("From there")


def test_a_name_is_chosen_by_keyboard_and_calls_somebody(
    visit: Visit, path: str, make_person: Any, network: Any, sign_in_as: Any
):
    ben = make_person("agent", name="Ben Sela", group=network)
    page = visit(path)
    page.keyboard.press("i")
    page.locator("#composer-text").press_sequentially("Hello @se")
    expect(page.get_by_role("option", name="Ben Sela")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#composer-text")).to_have_value("Hello @Ben Sela ")
    page.keyboard.press("Control+Enter")
    expect(page.locator("mark.mention")).to_have_text("@Ben Sela")

    theirs = visit(path, sign_in_as(ben))
    expect(theirs.locator("mention-seen")).to_be_visible()
    expect(theirs.locator("mention-seen form")).to_have_count(0)
    theirs.reload()

    expect(theirs.locator("mention-seen")).to_have_count(0)


def test_a_request_is_handed_over_by_keyboard(visit: Visit, path: str, make_person: Any, network: Any):
    make_person("agent", name="Ben Sela", group=network)
    page = visit(path)
    page.keyboard.press("h")
    expect(page.locator("dialog[open] #f-to")).to_be_visible()
    page.locator("#f-to").select_option(label="Network · Ben Sela")
    page.locator("#f-done").fill("Changed the cable.")
    page.locator("#f-left").fill("The switch.")
    page.get_by_role("button", name="Offer").click()

    expect(page.locator(".thread .handover")).to_contain_text("Changed the cable.")
    expect(page.locator(".ticket-bar")).to_contain_text("offered to Ben Sela")


def test_a_form_over_the_request_is_sent_like_a_reply(visit: Visit, path: str):
    page = visit(path)
    page.keyboard.press("e")
    page.locator("dialog[open] textarea").press_sequentially("The relay was reset.")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".ticket-bar")).to_contain_text("Resolved")
    expect(page.locator(".thread")).to_contain_text("The relay was reset.")


def test_a_request_by_phone_begins_with_who_is_calling(visit: Visit):
    expect(visit("/desk/new").locator("#f-who")).to_be_focused()


def test_a_request_that_is_begun_here_goes_on_there(visit: Visit, sign_in_as: Any):
    customer = sign_in_as("customer")
    here = visit("/", customer)
    here.locator("#f-text").press_sequentially("The projector")
    expect(here.locator("[data-said]")).to_have_text("Draft saved.")

    there = visit("/", customer)
    expect(there.locator("#f-text")).to_have_value("The projector")
    there.locator("#f-text").press_sequentially(" stays dark")
    there.get_by_role("button", name="Send the request").click()
    expect(there.locator("#conversation")).to_contain_text("The projector stays dark")

    there.goto(there.url.rpartition("/requests")[0] + "/")
    expect(there.locator("#f-text")).to_have_value("")
