"""Steps of a rule, and combined hours tried and published: by keyboard, and without script (R2, R12)."""

import pytest
from playwright.sync_api import expect

from tests.journey.tabbing import faults_of_tabbing
from tests.journey.test_keyboard import choose, save
from tests.support.browsing import Visitor

pytestmark = pytest.mark.browser
GOLD = "/admin/agreements/gold"


@pytest.mark.parametrize("language", ["en", "he"])
def test_a_rule_gets_a_step_of_its_own(sit_down, language):
    at = sit_down("administrator", language=language)
    page = at.page
    page.goto(GOLD)
    rule = page.locator("details", has=page.locator("[name=r2_name]"))

    at.use(rule.locator("summary").first)
    at.reach(page.locator("[name=r2_steps]"))
    choose(page, "own")
    open_last_step(at)
    at.fill_in(page.locator("[name^=r2_s][name$=_amount]").last, "60")
    at.reach(page.locator("[name^=r2_s][name$=_to]").last)
    page.keyboard.press("Space")
    faults = faults_of_tabbing(page)
    at.use(page.locator("[name=do][value=look]"))
    expect(page.locator("#effect")).to_be_focused()
    expect(page.locator(".rules li li").last).to_contain_text("60")
    at.use(page.locator("[name=do][value=save]"))

    expect(page.locator("#effect")).to_have_count(0)
    expect(page.locator("[name=r2_steps]")).to_have_value("own")
    assert (faults, at.trouble) == ([], [])


def open_last_step(at: Visitor) -> None:
    step = at.page.locator("details:has(> div [name^=r2_s][name$=_amount])").last
    at.use(step.locator("summary").first)


def test_a_rule_keeps_what_was_typed_and_is_saved_without_script(sit_down):
    page = sit_down("administrator", java_script_enabled=False).page
    page.goto(GOLD)
    page.locator("summary", has_text="Gold P3").click()
    page.select_option("[name=r3_steps]", "own")
    page.locator("details:has(> div [name=r3_s1_amount]) > summary").last.click()
    page.fill("[name=r3_s1_amount]", "soon")
    page.fill("[name=r3_s1_note]", "Look at it today.")
    page.click("[name=do][value=look]")

    expect(page.locator("#e-r3_s1_amount")).to_be_visible()
    page.fill("[name=r3_s1_amount]", "80")
    page.click("[name=do][value=look]")
    page.click("[name=do][value=save]")

    expect(page.locator("[name=r3_s1_note]")).to_have_value("Look at it today.")
    expect(page.locator("[name=r3_s1_amount]")).to_have_value("80")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_part_is_tried_in_what_combines_it_and_published_with_it(sit_down, width):
    at = sit_down("administrator", viewport={"width": width, "height": 844})
    page, name = at.page, f"Shared {width}"
    combine(at, name)
    page.goto("/reports/time-machine")
    at.use(page.locator("a[href*='/new/calendar/']", has_text=name))
    faults = faults_of_tabbing(page)
    at.use(page.locator("[aria-labelledby=parts] a").first)
    expect(page.locator("[name=combined]").first).to_be_checked()
    faults += faults_of_tabbing(page)
    replay_with(at, wed="10:00-15:00")
    expect(page.locator("main")).to_contain_text(name)
    at.use(page.locator("a", has_text="Publish this"))

    expect(page.locator("[name=combined][checked]").first).to_be_checked()
    faults += faults_of_tabbing(page)
    at.use(page.locator("[name=do][value=look]"))
    expect(page.locator("#effect")).to_contain_text(name)
    at.use(page.locator("[name=do][value=save]"))
    expect(page.get_by_role("status").filter(has_text="Published as version").first).to_be_visible()
    assert (faults, at.trouble) == ([], [])


def replay_with(at: Visitor, *, wed: str) -> None:
    page = at.page
    at.reach(page.locator("[name=wed]"))
    page.keyboard.press("Control+a")
    page.keyboard.type(wed)
    at.use(page.get_by_role("button", name="Replay"))
    expect(page.locator("live-poll a")).to_be_visible(timeout=60_000)
    at.use(page.locator("live-poll a"))


def combine(at: Visitor, name: str) -> None:
    page = at.page
    page.goto("/admin/calendars/combine")
    page.fill("[name=name]", name)
    for box in page.locator("[name=members]").all()[:2]:
        box.check()
    page.click("[name=do][value=look]")
    save(at, "en")
