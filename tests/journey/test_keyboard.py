"""Promises explained, held, counted, planned and tried on the past, by the keyboard alone (R2, R31, R99)."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Response, expect

from tests.journey.tabbing import faults_of_tabbing
from tests.support.browsing import Visitor
from tests.support.speech import Speech

pytestmark = pytest.mark.browser
ALMATY = ZoneInfo("Asia/Almaty")  # where the demo's agent lives


def choose(page: Page, value: str) -> None:
    """Choose in the list that has focus, with the arrow keys."""
    for _ in range(30):
        if page.evaluate("document.activeElement.value") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"The arrow keys do not lead to {value}")


@pytest.mark.parametrize("language", ["en", "he"])
def test_a_calendar_is_drawn_up_looked_at_and_saved(sit_down, language):
    at = sit_down("administrator", language=language)
    page = at.page
    page.goto("/admin/calendars")
    faults = faults_of_tabbing(page)

    at.use(page.locator("a[href$='/calendars/new']"))
    at.fill_in(page.locator("[name=name]"), f"Mornings {language}")
    at.fill_in(page.locator("[name=mon]"), "08:00-12:00")
    at.use(page.locator("[name=do][value=look]"))

    expect(page.locator("#effect")).to_be_focused()
    expect(page.locator(".days tbody tr")).to_have_count(14)
    faults += faults_of_tabbing(page)
    save(at, language)
    expect(page.locator("main")).to_contain_text(f"Mornings {language}")
    assert (faults, at.trouble) == ([], [])


@pytest.mark.parametrize("language", ["en", "he"])
def test_a_calendar_is_taken_over_from_a_document(sit_down, language):
    at = sit_down("administrator", language=language)
    page = at.page
    page.goto("/admin/calendars/import")
    faults = faults_of_tabbing(page)

    at.fill_in(page.locator("[name=name]"), f"Taken over {language}")
    at.reach(page.locator("[name=document]"))
    page.keyboard.press("Control+a")
    page.keyboard.type('{"tz": "Asia/Almaty", "week": {"tue": [["10:00", "16:00"]]}}')
    at.use(page.locator("[name=do][value=look]"))
    expect(page.locator("#effect")).to_be_focused()
    save(at, language)

    expect(page.locator("main")).to_contain_text(f"Taken over {language}")
    assert (faults, at.trouble) == ([], [])


@pytest.mark.parametrize("language", ["en", "he"])
def test_two_calendars_are_combined(sit_down, language):
    at = sit_down("administrator", language=language)
    page = at.page
    page.goto("/admin/calendars/combine")
    faults = faults_of_tabbing(page)

    at.fill_in(page.locator("[name=name]"), f"Both {language}")
    for place in range(2):
        at.reach(page.locator("[name=members]").nth(place))
        page.keyboard.press("Space")
    at.use(page.locator("[name=do][value=look]"))
    expect(page.locator("#effect")).to_be_focused()
    save(at, language)

    expect(page.locator("main")).to_contain_text(f"Both {language}")
    assert (faults, at.trouble) == ([], [])


def save(at: Visitor, language: str) -> None:
    at.use(at.page.locator("[name=do][value=save]"))
    expect(at.page.get_by_role("status").filter(has_text=Speech(language)("Saved.")).first).to_be_visible()


def test_a_clock_is_explained_and_proved(sit_down, file_request):
    at, ref = sit_down("lead"), file_request("The scanner of the archive shows a red light")
    page = at.page
    page.goto(f"/desk/tickets/{ref}")
    faults = faults_of_tabbing(page)
    why = page.locator(".clock a", has_text="Why?").first

    at.use(why)
    expect(page.locator("dialog[open] .ledger").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(why).to_be_focused()
    page.keyboard.press("Enter")
    at.use(page.locator("dialog[open] a", has_text="Prove this clock"))

    expect(page.locator("h1")).to_contain_text(ref)
    expect(page.get_by_text("The stored clock is what the log says")).to_be_visible()
    assert (faults + faults_of_tabbing(page), at.trouble) == ([], [])


def test_a_clock_is_held_once_it_was_seen_what_that_does_and_reports_count_it(sit_down, file_request):
    at, ref = sit_down("lead"), file_request("The badge printer has no ribbon")
    page = at.page
    page.goto(f"/desk/tickets/{ref}")

    at.use(page.locator(".clock a", has_text="Change by hand").last)
    at.fill_in(page.locator("dialog[open] [name=reason]"), "The ribbon is on its way")
    at.use(page.locator("dialog[open] [value=look]"))
    expect(page.locator("#hand-effect")).to_be_focused()
    at.use(page.locator("dialog[open] [value=save]"))
    expect(page.get_by_role("status").filter(has_text="is changed").first).to_be_visible()

    page.goto("/reports/figures?clock=all")
    by_hand = page.locator("section.panel", has_text="What was done to clocks by hand?")
    at.use(by_hand.locator("tbody a").first)
    expect(page.locator("tbody tr", has_text=ref)).to_contain_text("The ribbon is on its way")
    assert (faults_of_tabbing(page), at.trouble) == ([], [])


@pytest.mark.parametrize(
    ("path", "width"),
    [("/reports", 1440), ("/reports/figures", 390), ("/reports/causes", 1440), ("/reports/pauses", 390)],
)
def test_a_report_is_filtered_and_leads_to_what_is_behind_it(sit_down, path, width):
    at = sit_down("manager", viewport={"width": width, "height": 844})
    page = at.page
    page.goto(path)
    faults = faults_of_tabbing(page)

    at.reach(page.locator("select[name=weeks]"))
    choose(page, "26")
    at.use(page.get_by_role("button", name="Show"))
    page.wait_for_url("**weeks=26**")
    at.use(page.locator("main :is(td, .card) a:not([href*='.csv'], [href*='.xlsx'])").first)

    expect(page.locator("tbody .ref").first).to_be_visible()
    assert (faults, at.trouble) == ([], [])


def test_hours_are_tried_on_the_past_and_the_page_asks_no_more_once_that_is_told(sit_down):
    at = sit_down("manager")
    page, asked = at.page, []
    page.goto("/reports/time-machine")
    faults = faults_of_tabbing(page)
    at.use(page.locator("a[href*='/new/calendar/desk']"))
    page.wait_for_url("**/new/calendar/desk")
    faults += faults_of_tabbing(page)
    at.use(page.get_by_role("button", name="Replay"))

    page.on("response", lambda answer: asked.append(answer) if is_progress(answer) else None)
    expect(page.locator("live-poll a")).to_be_visible(timeout=60_000)
    page.wait_for_event("response", lambda answer: is_progress(answer) and answer.status == 204)
    asked.clear()
    page.wait_for_timeout(2_600)  # longer than the page waits between two questions
    at.use(page.locator("live-poll a"))

    expect(page.locator(".week-map").first).to_be_visible()
    assert (asked, faults + faults_of_tabbing(page), at.trouble) == ([], [], [])


def is_progress(answer: Response) -> bool:
    return answer.url.endswith("/progress")


def test_quiet_hours_are_set_from_the_menu(sit_down):
    at = sit_down("agent")
    page = at.page
    at.use(page.locator("[popovertarget=me-menu]").first)
    at.use(page.locator("#me-menu a", has_text="Quiet hours"))
    page.wait_for_url("**/quiet-hours")
    faults = faults_of_tabbing(page)

    at.fill_in(page.locator("[name=begin]"), "0915A")  # where the clock has 24 hours, the A is left out
    at.fill_in(page.locator("[name=until]"), "0730A")
    at.use(page.get_by_role("button", name="Save"))

    expect(page.get_by_role("status").filter(has_text="Saved.").first).to_be_visible()
    assert page.locator("[name=begin]").input_value() == "09:15"
    assert (faults, at.trouble) == ([], [])


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<button style='outline: none'>Send</button>", "Send: its focus is not seen"),
        ("<button>Send</button><p style='position: fixed; inset: 0'>Over all", "Send: it is under P"),
        ("<p>Nothing to reach", "nothing in the page's main part was reached"),
    ],
)
def test_what_a_keyboard_cannot_use_is_found(browser, body, fault):
    page = browser.new_page()
    page.set_content(f"<!doctype html><a class=skip href=#main>Skip</a><main id=main>{body}</main>")

    assert fault in faults_of_tabbing(page)
    page.close()


@pytest.mark.parametrize("language", ["en", "he"])
def test_a_call_of_an_hour_ago_is_noted(sit_down, language):
    at = sit_down("agent", language=language)
    page = at.page
    page.goto("/desk/queue/all")
    page.goto(f"/desk/tickets/{oldest(page)}")
    faults = faults_of_tabbing(page)

    at.use(page.locator("a[href$='/call']").first)
    at.reach(page.locator("dialog[open] [name=happened_at]"))
    earlier = datetime.now(ALMATY) - timedelta(hours=1)
    type_moment(page, earlier)
    at.fill_in(page.locator("dialog[open] [name=text]"), f"We spoke of it ({language}).")
    at.use(page.locator("dialog[open] .btn-main"))

    expect(page.locator("main")).to_contain_text(f"We spoke of it ({language}).")
    said = page.locator("article, li", has_text=f"We spoke of it ({language}).").last
    expect(said).to_contain_text(f"{earlier:%H:%M}")
    assert (faults + faults_of_tabbing(page), at.trouble) == ([], [])


def oldest(page: Page) -> str:
    """Return the number of the request in the queue that was filed first."""
    links = "links => links.map(link => link.getAttribute('href'))"
    hrefs = page.locator("a[href*='/desk/tickets/SD-']").evaluate_all(links)
    refs = {found[1] for href in hrefs if (found := re.search(r"/(SD-\d+)", href))}
    return min(refs, key=lambda ref: int(ref.removeprefix("SD-")))


def type_moment(page: Page, moment: datetime) -> None:
    """Type a date and a time into the field that has focus: month first, as this browser was built."""
    page.keyboard.type(f"{moment:%m%d%Y}")
    page.keyboard.press("ArrowRight")
    page.keyboard.type(f"{moment:%I%M%p}")
