"""Chromium for tests, and people who sit at it: each notes what should not happen in a page."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from tests.support.running_desk import RunningDesk

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
)
# What a page asks of nobody: made up by itself.
OWN_SCHEMES = ("data:", "blob:", "about:")
SESSION_COOKIE = "desk"
PATIENCE_MS = 15_000
MOST_TABS = 120


@contextmanager
def chromium() -> Iterator[Browser]:
    """Return the installed Chromium; it is never downloaded."""
    expect.set_options(timeout=PATIENCE_MS)  # a busy machine is no failure
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield browser
        browser.close()


class Visitor:
    """One person with a browser of their own. `trouble` holds console errors and requests to other hosts.

    A violation of the content policy is a console error.
    """

    def __init__(self, browser: Browser, desk: RunningDesk, **window: object) -> None:
        self.desk = desk
        self.trouble: list[str] = []
        self.context = browser.new_context(base_url=desk.url, **({"locale": "en-GB"} | window))
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.trouble.append(f"script: {error.error}"))
        self.context.on("request", lambda request: self._look_at(request.url))
        self.page: Page = self.context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.trouble.append(f"console {message.type}: {message.text}")

    def _look_at(self, url: str) -> None:
        if not url.startswith((f"{self.desk.url}/", *OWN_SCHEMES)):
            self.trouble.append(f"request to another host: {url}")

    def sign_in(self, role: str) -> "Visitor":
        """Sign in as one of the demo's people, without touching the mouse; again by the cookies of before."""
        self.context.add_cookies(self.desk.signed_in.get(role, []))
        self.page.goto("/sign-in")  # or where somebody who is signed in begins
        if "/sign-in" in self.page.url:
            self._sign_in_anew(role)
        return self

    def _sign_in_anew(self, role: str) -> None:
        email, password = self.desk.sign_in_of(role)
        self.fill_in(self.page.locator("[name=email]"), email)
        self.fill_in(self.page.locator("[name=password]"), password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        cookies = self.context.cookies()
        self.desk.signed_in[role] = [cookie for cookie in cookies if cookie["name"] == SESSION_COOKIE]

    def speak(self, language: str) -> "Visitor":
        """Choose the language of every page, in the menu of the page."""
        if self.page.locator("html").get_attribute("lang") == language:
            return self
        self.use(self.page.locator("[popovertarget=language-menu], [popovertarget=me-menu]").first)
        self.use(self.page.locator(f"[popover]:popover-open [name=language][value={language}]"))
        expect(self.page.locator("html")).to_have_attribute("lang", language)
        self.page.wait_for_load_state()  # from then on the page hears keys
        return self

    def reach(self, place: Locator) -> Locator:
        """Go to something with the Tab key."""
        expect(place).to_be_visible()
        for _ in range(MOST_TABS):
            if place.evaluate("element => element === document.activeElement"):
                return place
            self.page.keyboard.press("Tab")
        raise AssertionError(f"The Tab key does not lead to {place}")

    def use(self, place: Locator) -> None:
        """Go to a link or button with the Tab key, and press Enter."""
        self.reach(place)
        self.page.keyboard.press("Enter")

    def fill_in(self, place: Locator, text: str) -> None:
        """Go to a field with the Tab key, and type."""
        self.reach(place)
        self.page.keyboard.type(text)

    def leave(self) -> None:
        """Close the browser."""
        self.context.close()
