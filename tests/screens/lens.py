"""How a page is looked at, and the page that is then ready to be photographed."""

from dataclasses import dataclass

from tests.support.browsing import Visitor

LANGUAGES = ("en", "he")
WIDTHS = (1440, 390)
THEMES = ("light", "dark")
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


@dataclass(frozen=True)
class Shot:
    """A page that is ready to be photographed."""

    name: str
    language: str
    visitor: Visitor
