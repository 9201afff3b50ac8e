"""What a customer, an agent and a manager do at the desk, with the keyboard alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from tests.support.browsing import Visitor
from tests.support.speech import Speech, plain

REF = re.compile(r"SD-\d+$")
MOST_PULLS = 12  # what is more urgent rightly comes first; then the request is opened by its number
# Key, code and number of a letter's place: what a keyboard with Hebrew letters sends.
HEBREW_KEYS = {"n": "מ", "r": "ר", "e": "ק", "t": "א", "o": "ם"}
WHY_IT_WAS_NEXT = (
    "%(ref)s is yours. It was next because P1 goes before everything else.",
    "%(ref)s is yours. It was next because its promise breaks soonest.",
    "%(ref)s is yours. It was next because it is overdue and open for a week or more.",
    "%(ref)s is yours. It was next because every fifth one is taken from the overdue.",
    "%(ref)s is yours. Nothing was free in your teams; this one still needs a team.",
    "%(ref)s is yours. It was the first free one of the queue.",
)


class Person:
    """Somebody at a browser, and the language they read."""

    def __init__(self, visitor: Visitor, language: str) -> None:
        self.at, self.page, self.language = visitor, visitor.page, language
        self.say = Speech(language)

    def press(self, letter: str) -> None:
        """Press the key of a letter; on a Hebrew keyboard its place sends another letter."""
        if self.language != "he":
            self.page.keyboard.press(letter)
            return
        place = {"key": HEBREW_KEYS[letter], "code": f"Key{letter.upper()}"}
        keys = self.page.context.new_cdp_session(self.page)
        keys.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": HEBREW_KEYS[letter], **place})
        keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **place})
        keys.detach()

    def told(self, *sentences: str) -> None:
        """See one of the sentences among what just happened."""
        expect(self.page.locator(".toast").first).to_have_text(self.say.pattern(*sentences))


class Customer(Person):
    """Asks for something, and sees what becomes of it."""

    def write(self, text: str) -> Locator:
        """Write into the box, which is ready for it, and return the card that appears meanwhile."""
        expect(self.page.get_by_role("textbox", name=self.say("What do you need?"))).to_be_focused()
        self.page.keyboard.type(text)
        return self.page.get_by_role("region", name=self.say("If you send it"))

    def send(self) -> str:
        """Send what stands in the box, and return the number of the request."""
        self.at.use(self.page.get_by_role("button", name=self.say("Send the request"), exact=True))
        self.page.wait_for_url(re.compile(r"/requests/SD-\d+$"))
        return REF.findall(self.page.url)[0]

    def where_it_stands(self) -> Mapping[str, str]:
        """Return what the page tells, by heading."""
        rows = self.page.locator("#standing dl > div").all()
        return {row.locator("dt").inner_text(): plain(row.locator("dd").inner_text()) for row in rows}


class Agent(Person):
    """Works in the queue."""

    def pull_until(self, ref: str) -> int:
        """Take the next request until `ref` opens, being told each time why it was next; return how many.

        Where more urgent ones go on before it, it is opened by its number and taken.
        """
        for pulls in range(1, MOST_PULLS + 1):
            before = self.page.url
            self.press("n")
            self.page.wait_for_url(lambda url, before=before: url != before)
            self.told(*WHY_IT_WAS_NEXT)
            if REF.findall(self.page.url) == [ref]:
                return pulls
        self.page.goto(f"/desk/tickets/{ref}")
        self.press("t")
        self.told("%(ref)s is yours.")
        return MOST_PULLS

    def wait_for_event(self, *sentences: str) -> Locator:
        """Return the event that says one of the sentences; looks again, for the desk works on its own."""
        step = self.page.locator(".event-step", has_text=self.say.pattern(*sentences)).first
        for _ in range(120):
            if step.count():
                break
            self.page.wait_for_timeout(250)
            self.page.reload()
        expect(step).to_be_visible()
        return step

    def ask_why(self, step: Locator) -> str:
        """Follow the one link of an automatic step, and return what it shows."""
        self.at.use(step.get_by_role("link", name=self.say("why"), exact=True))
        sheet = self.page.get_by_role("dialog")
        expect(sheet.get_by_role("heading", name=self.say("Why?"))).to_be_visible()
        text = plain(sheet.inner_text())
        self.page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        return text

    def reply(self, text: str) -> None:
        """Write to the customer and send it with Ctrl+Enter."""
        self.press("r")
        expect(self.page.locator("#composer-text")).to_be_focused()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Control+Enter")
        self.told("Sent.")

    def resolve(self, text: str) -> None:
        """Open the form with its key, say how it was solved, and save."""
        self.press("e")
        sheet = self.page.get_by_role("dialog")
        self.at.fill_in(sheet.locator("textarea"), text)
        self.at.use(sheet.locator("button.btn-main"))
        self.told("%(ref)s is resolved.")


@dataclass(frozen=True)
class Promises:
    """One figure of the report and the list behind it: how each request's promise ended, by number."""

    kept: int
    ended: int
    listed: Mapping[str, str]


class Manager(Person):
    """Reads the report."""

    turned_a_page = False

    def promises(self, clock: str) -> Promises:
        """Read the first figure of the report about `clock`, and every page of the list it leads to."""
        self.page.goto(f"/reports?weeks=4&clock={clock}")
        parts = self.page.locator(".cards-figures .card").first.get_by_role("link").first
        kept, ended = (int(number) for number in re.findall(r"\d+", plain(parts.inner_text())))
        self.at.use(parts)
        self.page.wait_for_url("**/reports/cycles?*")
        return Promises(kept, ended, self._listed())

    def _listed(self) -> dict[str, str]:
        found = self._rows()
        following = self.page.locator("a[rel=next]")
        while following.count():
            # The keys have led to the list; that they lead on through a table of fifty is seen once.
            if self.turned_a_page:
                self.page.goto(str(following.get_attribute("href")))
            else:
                self._turn(following)
            found |= self._rows()
        return found

    def _turn(self, following: Locator) -> None:
        before = self.page.url
        self.at.use(following)
        self.page.wait_for_url(lambda url: url != before)
        self.turned_a_page = True

    def _rows(self) -> dict[str, str]:
        rows = self.page.locator("main tbody tr").evaluate_all(
            "rows => rows.map(row => [row.querySelector('.ref').innerText,"
            " row.querySelector('[data-state]').dataset.state])"
        )
        return {plain(ref): state for ref, state in rows}
