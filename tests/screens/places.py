"""The pages that are photographed, who looks at each, and how each is brought into the state to show."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

ASKED = {
    "en": "My mail password expired and the phone keeps asking for it",
    "he": "פג תוקף סיסמת הדואר והטלפון שואל שוב ושוב",
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


PLACES = (
    Place("sign-in", "", lambda page: page.goto("/sign-in")),
    Place("home", "customer", _write_into_the_box),
    Place("requests", "customer", lambda page: page.goto("/requests")),
    Place("request", "customer", _open_a_request),
    Place("queue", "agent", _look_at_the_queue),
    Place("ticket", "agent", _open_a_ticket),
    Place("report", "manager", lambda page: page.goto("/reports")),
)
