"""How a page is looked at, and the page that is then ready to be photographed."""

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.support.browsing import Visitor

LANGUAGES = ("en", "he")
WIDTHS = (1440, 390)
THEMES = ("light", "dark")
_DRAWN = """() => document.fonts.ready.then(
  () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))"""
HEIGHTS = {1440: 900, 390: 844}


@dataclass(frozen=True)
class Lens:
    """In which window, language and theme a page is looked at. height: None for the usual one."""

    language: str
    width: int
    theme: str
    height: int | None = None

    def __str__(self) -> str:
        return f"{self.width}-{self.language}-{self.theme}"

    def window(self) -> dict[str, object]:
        """Return the options of a browser's context."""
        viewport = {"width": self.width, "height": self.height or HEIGHTS[self.width]}
        return {"viewport": viewport, "color_scheme": self.theme, "reduced_motion": "reduce"}

    def look_through(self, page: Page) -> None:
        """Give a page that is open already this window and theme, and wait until it is drawn."""
        page.set_viewport_size({"width": self.width, "height": self.height or HEIGHTS[self.width]})
        page.emulate_media(color_scheme=self.theme, reduced_motion="reduce")
        page.evaluate(_DRAWN)

    @property
    def shows_other_colours(self) -> bool:
        """Say whether all but the colours is as through the lens of the first theme."""
        return self.theme != THEMES[0]


@dataclass(frozen=True)
class Shot:
    """A page that is ready to be photographed."""

    name: str
    language: str
    visitor: Visitor

    def new_trouble(self) -> list[str]:
        """Return what should not have happened in the page since the last call."""
        found, self.visitor.trouble[:] = list(self.visitor.trouble), []
        return found
