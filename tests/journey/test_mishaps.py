"""What goes wrong at a desk: double clicks, two people at once, a broken line. Nothing is lost or doubled."""

import pytest
from playwright.sync_api import Page, expect

from tests.journey.people import WHY_IT_WAS_NEXT, Agent

pytestmark = pytest.mark.browser


def my_requests(page: Page) -> list[str]:
    page.goto("/requests")
    return page.locator(".list .ref").all_inner_texts()


def open_ticket(page: Page, ref: str) -> None:
    page.goto(f"/desk/tickets/{ref}")


def send(page: Page, text: str) -> None:
    page.locator("#composer-text").fill(text)
    page.locator("#composer .btn-main:visible").click()


def break_the_line(page: Page) -> None:
    """Sending comes to grief: the browser shows its own page instead."""
    page.context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.locator(".btn-main:visible").last.click()
    page.wait_for_function("location.protocol === 'chrome-error:'")
    page.context.set_offline(False)


def messages(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".message-text").all_inner_texts()]


def test_a_double_click_files_one_request(sit_down) -> None:
    page = sit_down("customer").page
    before = my_requests(page)
    page.goto("/")
    page.locator("#f-text").fill("The door of the archive does not open")

    page.locator("#ask .btn-main").dblclick()
    page.wait_for_url("**/requests/SD-*")

    assert len(set(my_requests(page)) - set(before)) == 1


def test_a_double_click_sends_one_reply(sit_down, file_request) -> None:
    page = sit_down("agent").page
    open_ticket(page, file_request("The lamp above my desk hums"))
    page.locator("#composer-text").fill("We bring another one.")

    page.locator("#composer .btn-main:visible").dblclick()
    expect(page.locator(".toast")).to_be_visible()

    assert messages(page).count("We bring another one.") == 1


def test_the_second_of_two_agents_sees_both_texts_and_loses_none(sit_down, file_request) -> None:
    ref = file_request("The projector shows no picture")
    first, second = sit_down("agent").page, sit_down("lead").page
    open_ticket(first, ref)
    open_ticket(second, ref)

    send(first, "Try the other cable, please.")
    expect(first.locator(".toast")).to_be_visible()
    send(second, "Which room is it?")

    expect(second.locator("#news")).to_contain_text("Try the other cable, please.")
    expect(second.locator("#composer-text")).to_have_value("Which room is it?")
    second.locator("#composer .btn-main:visible").click()
    expect(second.locator(".message-text").last).to_have_text("Which room is it?")
    assert messages(second)[-2:] == ["Try the other cable, please.", "Which room is it?"]


@pytest.mark.parametrize(("role", "path"), [("agent", "/desk/tickets/"), ("customer", "/requests/")])
def test_a_text_comes_back_after_the_line_broke(sit_down, file_request, role, path) -> None:
    page, ref = sit_down(role).page, file_request("The scanner smears the last page")
    page.goto(path + ref)
    page.locator("#composer-text").fill("It smears the first page, too.")

    break_the_line(page)
    page.goto(path + ref)

    expect(page.locator("#composer-text")).to_have_value("It smears the first page, too.")
    expect(page.locator("[data-word]")).to_have_text("Your unsent text is back.")


def test_what_stood_in_the_box_is_there_again_after_the_line_broke(sit_down) -> None:
    page = sit_down("customer").page
    page.locator("#f-text").fill("The heating of room 12 knocks")

    break_the_line(page)
    page.go_back()

    expect(page.locator("#f-text")).to_have_value("The heating of room 12 knocks")


def test_a_request_behind_more_urgent_ones_is_searched_for_and_taken(sit_down, file_request) -> None:
    file_request("Nobody in the house can work")
    ref = file_request("A new cup, please")
    visitor = sit_down("agent")
    agent = Agent(visitor, "en")

    agent.press("n")
    agent.told(*WHY_IT_WAS_NEXT)
    visitor.page.goto("/desk/queue/all")
    agent.press("/")
    visitor.page.keyboard.type(ref)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"**/desk/tickets/{ref}?**")
    agent.press("t")

    agent.told("%(ref)s is yours.")
    expect(visitor.page.locator("[data-does=take]")).to_have_count(0)
