"""The pages that are photographed, who looks at each, and how each is brought into the state to show."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.screens.promises import (
    combine_calendars,
    give_a_rule_steps,
    try_a_part_of_combined_hours,
    try_combined_hours,
)
from tests.support.running_desk import ROOT

README_PICTURE = ROOT / "docs" / "pictures" / "queue.png"

ASKED = {
    "en": "My mail password expired and the phone keeps asking for it",
    "he": "פג תוקף סיסמת הדואר והטלפון שואל שוב ושוב",
    "kk": "Пошта құпиясөзінің мерзімі бітті, телефон оны қайта-қайта сұрайды",
    "ka": "ფოსტის პაროლს ვადა გაუვიდა და ტელეფონი ისევ მეკითხება",
    "ru": "Истёк пароль от почты, и телефон снова и снова его спрашивает",
}


@dataclass(frozen=True)
class Place:
    """A page: who reads it (nobody is signed in where empty), and how to get there."""

    name: str
    role: str
    go: Callable[[Page], object]


def _write_into_the_box(page: Page) -> None:
    page.goto("/")
    language = page.locator("html").get_attribute("lang") or ""
    page.locator("#f-text").press_sequentially(ASKED[language])
    expect(page.locator(".proposal")).to_be_visible()
    expect(page.locator("#proposal")).not_to_have_attribute("aria-busy", "true")


def _open_a_request(page: Page) -> None:
    """The newest with an answer: a picture of a conversation."""
    page.goto("/requests")
    for path in page.locator(".list-link").evaluate_all("links => links.map(link => link.pathname)"):
        page.goto(path)
        if page.locator(".message-theirs").count():
            return


def _look_at_the_queue(page: Page) -> None:
    page.goto("/desk/queue/all")
    page.wait_for_function("() => !peek.checkVisibility() || Boolean(peek.dataset.row)")


def _open_a_ticket(page: Page) -> None:
    """The most pressing of one's own."""
    page.goto("/desk/queue/mine")
    page.locator("a.subject").first.click()
    expect(page.locator(".thread")).to_be_visible()


def _open_an_answer(page: Page) -> None:
    """The box with an answer opened in place."""
    _write_into_the_box(page)
    page.locator(".answer summary").first.click()


def _open_an_article(page: Page) -> None:
    page.goto("/articles")
    page.goto(page.locator(".list-link").first.get_attribute("href") or "")


def _edit_an_article(page: Page) -> None:
    """The first that has a language which is out of date."""
    page.goto("/desk/articles")
    page.goto(page.locator("li:has([data-state=risk]) .list-link").first.get_attribute("href") or "")


def _look_at_a_history(page: Page) -> None:
    _edit_an_article(page)
    page.goto(page.locator("h2 a[href*=history]").first.get_attribute("href") or "")


def _open_the_panel(page: Page) -> None:
    _open_a_ticket(page)
    page.keyboard.press("s")
    expect(page.locator("[data-panel-search]")).to_be_visible()


def _attach(page: Page, form: str) -> None:
    """Choose a file that waits for its text."""
    page.set_input_files(f"{form} [type=file]", README_PICTURE)
    expect(page.locator(f"{form} [data-files] .file-name")).to_be_visible()


def _write_with_a_file(page: Page) -> None:
    _write_into_the_box(page)
    _attach(page, "#ask")


def _answer_with_a_file(page: Page) -> None:
    _open_a_ticket(page)
    _attach(page, "#composer")


def _ask_for_a_link(page: Page) -> None:
    """What is said to everybody, whoever has the address."""
    page.goto("/sign-in/link")
    page.fill("#f-email", "somebody@example.org")
    page.click(".btn-main")


def _find_a_private_link(page: Page) -> None:
    """The page of the link of the newest request, made where there is none."""
    _open_a_request(page)
    page.click("a[href$='/link']")
    if page.locator("input[readonly]").count() == 0:
        page.click("main .btn-main")


def _follow_a_private_link(page: Page) -> None:
    _find_a_private_link(page)
    page.goto(page.locator("input[readonly]").input_value())


def _rate_a_request(page: Page) -> None:
    """The newest that was solved not long ago."""
    page.goto("/requests?state=solved")
    for path in page.locator(".list-link").evaluate_all("links => links.map(link => link.pathname)"):
        page.goto(path)
        if page.locator("form[action$='/rating']").count():
            return


def _paths_of_tickets(page: Page) -> list[str]:
    links = page.locator('tr a[href*="/desk/tickets/"]')
    return list(dict.fromkeys(links.evaluate_all("links => links.map(link => link.pathname)")))


def _look_before_merging(page: Page) -> None:
    """A ticket whose customer has another one, and what merging the two would do."""
    page.goto("/desk/queue/all")
    for path in _paths_of_tickets(page):
        page.goto(f"{path}/merge")
        if page.locator('main a[href*="into="]').count():
            break
    page.goto(page.locator('main a[href*="into="]').first.get_attribute("href") or "")
    expect(page.locator("main button[name=do]")).to_be_visible()


def _choose_what_to_split_off(page: Page) -> None:
    page.goto("/desk/queue/all")
    for path in _paths_of_tickets(page):
        page.goto(f"{path}/split")
        if page.locator("main [name=messages]").count():
            break
    expect(page.locator("main [name=messages]").first).to_be_visible()


def _look_at_effect(url: str) -> Callable[[Page], object]:
    """Return the way to a form of administration that shows what saving it does."""

    def go(page: Page) -> None:
        page.goto(url)
        page.locator("[name=do][value=look]").click()
        expect(page.locator("#effect")).to_be_visible()

    return go


def _travel_back(page: Page) -> None:
    """A replay that has ended, of hours with a long break."""
    page.goto("/reports/time-machine/new/calendar/desk")
    page.locator("#f-wed").fill("09:00-10:00 17:00-18:00")
    page.locator("main form .btn-main").click()
    ended = page.locator("live-poll a")
    expect(ended).to_be_visible(timeout=60_000)
    ended.click()
    expect(page.locator(".week-map").first).to_be_visible()


def _open_of_a_clock(page: Page, link: str) -> None:
    """What a link beside the first clock of the most pressing ticket leads to."""
    page.goto("/desk/queue/all")
    page.goto(_paths_of_tickets(page)[0])
    page.goto(page.locator(f".clock a[href*='/clocks/']{link}").first.get_attribute("href") or "")


def _look_at_what_a_hold_does(page: Page) -> None:
    _open_of_a_clock(page, "[href$='/hand']")
    page.fill("[name=reason]", "The part is on its way.")
    page.click("[name=do][value=look]")
    expect(page.locator("#hand-effect")).to_be_visible()


def _prove_a_clock(page: Page) -> None:
    _open_of_a_clock(page, ":not([href$='/hand'])")
    page.goto(page.locator("a[href$='/proof']").get_attribute("href") or "")


PLACES = (
    Place("sign-in", "", lambda page: page.goto("/sign-in")),
    Place("ask-link", "", lambda page: page.goto("/sign-in/link")),
    Place("link-sent", "", _ask_for_a_link),
    Place("forgotten", "", lambda page: page.goto("/password/forgotten")),
    Place("sign-ins", "agent", lambda page: page.goto("/account/sign-ins")),
    Place("home", "customer", _write_into_the_box),
    Place("answer", "customer", _open_an_answer),
    Place("articles", "customer", lambda page: page.goto("/articles")),
    Place("article", "customer", _open_an_article),
    Place("home-file", "customer", _write_with_a_file),
    Place("requests", "customer", lambda page: page.goto("/requests")),
    Place("request", "customer", _open_a_request),
    Place("request-rating", "customer", _rate_a_request),
    Place("private-link", "customer", _find_a_private_link),
    Place("private-request", "customer", _follow_a_private_link),
    Place("quiet-hours", "agent", lambda page: page.goto("/account/quiet-hours")),
    Place("queue", "agent", _look_at_the_queue),
    Place("ticket", "agent", _open_a_ticket),
    Place("ticket-file", "agent", _answer_with_a_file),
    Place("ticket-articles", "agent", _open_the_panel),
    Place("merge", "agent", _look_before_merging),
    Place("split", "agent", _choose_what_to_split_off),
    Place("clock-ledger", "lead", lambda page: _open_of_a_clock(page, ":not([href$='/hand'])")),
    Place("clock-by-hand", "lead", _look_at_what_a_hold_does),
    Place("clock-proof", "lead", _prove_a_clock),
    Place("desk-articles", "lead", lambda page: page.goto("/desk/articles")),
    Place("editor", "lead", _edit_an_article),
    Place("history", "agent", _look_at_a_history),
    Place("report", "manager", lambda page: page.goto("/reports")),
    Place("figures", "manager", lambda page: page.goto("/reports/figures")),
    Place("interventions", "manager", lambda page: page.goto("/reports/interventions")),
    Place("causes", "manager", lambda page: page.goto("/reports/causes")),
    Place("pauses", "manager", lambda page: page.goto("/reports/pauses")),
    Place("months", "manager", lambda page: page.goto("/reports/months")),
    Place("backlog", "manager", lambda page: page.goto("/reports/backlog")),
    Place("first-contact", "manager", lambda page: page.goto("/reports/first-contact")),
    Place("satisfaction", "manager", lambda page: page.goto("/reports/satisfaction")),
    Place("admin", "administrator", lambda page: page.goto("/admin")),
    Place("admin-people", "administrator", lambda page: page.goto("/admin/people")),
    Place("admin-person", "administrator", _look_at_effect("/admin/people/3")),
    Place("admin-leaving", "administrator", lambda page: page.goto("/admin/people/3/deactivate")),
    Place("admin-invite", "administrator", lambda page: page.goto("/admin/people/3/invite")),
    Place("admin-roles", "administrator", lambda page: page.goto("/admin/roles")),
    Place("admin-role", "administrator", _look_at_effect("/admin/roles/agent")),
    Place("admin-teams", "administrator", lambda page: page.goto("/admin/teams")),
    Place("admin-team", "administrator", _look_at_effect("/admin/teams/2")),
    Place("admin-catalogue", "administrator", lambda page: page.goto("/admin/catalogue")),
    Place("admin-item", "administrator", _look_at_effect("/admin/catalogue/items/1")),
    Place("admin-category", "administrator", _look_at_effect("/admin/catalogue/categories/1")),
    Place("admin-calendars", "administrator", lambda page: page.goto("/admin/calendars")),
    Place("admin-calendar", "administrator", _look_at_effect("/admin/calendars/desk")),
    Place("admin-calendar-document", "administrator", _look_at_effect("/admin/calendars/desk/import")),
    Place("admin-calendar-combined", "administrator", combine_calendars),
    Place("admin-agreements", "manager", lambda page: page.goto("/admin/agreements")),
    Place("admin-agreement", "manager", _look_at_effect("/admin/agreements/gold")),
    Place("admin-agreement-steps", "manager", give_a_rule_steps),
    Place("admin-statuses", "administrator", _look_at_effect("/admin/statuses")),
    Place("load", "manager", lambda page: page.goto("/reports/load")),
    Place("forecast", "manager", lambda page: page.goto("/reports/forecast")),
    Place(
        "time-machine-form", "manager", lambda page: page.goto("/reports/time-machine/new/agreement/standard")
    ),
    Place("time-machine-combined", "administrator", try_combined_hours),
    Place("time-machine-part", "administrator", try_a_part_of_combined_hours),
    Place("time-machine-result", "manager", _travel_back),
    Place("time-machine", "manager", lambda page: page.goto("/reports/time-machine")),
)
