"""Undo with one key, in Chromium (R43)."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def page(app, address, browser, desk, make_ticket):
    """The page of a ticket in Dana's browser, on a desk with an undo of fifteen seconds."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], undo_seconds=15)
    ticket_id = make_ticket().id
    with browser.new_context(base_url=address) as context:
        context.add_cookies([{"name": "desk", "value": desk.get_cookie("desk").value, "url": address}])
        opened = context.new_page()
        opened.goto(f"/desk/tickets/SD-{ticket_id}")
        yield opened


def test_z_brings_the_text_back_and_the_seconds_run_down(page):
    page.locator("#composer-text").fill("Which tray is it?")
    page.locator("button[name=then][value=wait]").click()
    left = page.locator("undo-offer [data-left]")
    first = left.inner_text()
    expect(left).not_to_have_text(first)
    page.locator("h1").click()
    page.keyboard.press("z")

    expect(page.locator("#composer-text")).to_have_value("Which tray is it?")
    expect(page.locator("undo-offer")).to_have_count(0)
    expect(page.locator(".composer .btn-main").first).to_have_attribute("value", "wait")


def test_the_offer_goes_when_its_time_is_over(page):
    page.locator("#composer-text").fill("Which tray is it?")
    page.locator("button[name=then][value=wait]").click()
    offer = page.locator("undo-offer")
    expect(offer).to_have_count(1)
    offer.evaluate("each => { each.setAttribute('seconds', 1); each.replaceWith(each.cloneNode(true)); }")

    expect(offer).to_have_count(0)
