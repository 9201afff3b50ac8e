"""Every step also works as a plain form: a browser without script files, replies and resolves."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_request_is_filed_answered_and_resolved_without_script(sit_down) -> None:
    customer = sit_down("customer", java_script_enabled=False).page
    customer.locator("#f-text").fill("The window of room 7 does not close")
    customer.locator("#ask .btn-main").click()
    customer.wait_for_url("**/requests/SD-*")
    ref = customer.url.rpartition("/")[2]

    agent = sit_down("agent", java_script_enabled=False).page
    agent.goto(f"/desk/tickets/{ref}")
    agent.locator("#composer-text").fill("Somebody comes today.")
    agent.locator("#composer .btn-main:visible").first.click()
    expect(agent.locator(".toast")).to_contain_text("Sent.")
    agent.locator("[data-does=resolve]").click()
    agent.locator("main form textarea").fill("It closes again.")
    agent.locator("main form .btn-main").click()
    expect(agent.locator(".toast")).to_contain_text(f"{ref} is resolved.")

    customer.reload()
    expect(customer.locator("#conversation")).to_contain_text("It closes again.")
    expect(customer.locator("#status")).to_contain_text("solved")
