"""The main pages in every language: nothing runs over the edge and no words of ours are cut off (R30)."""

import pytest

from servicedesk.kernel.settings import LANGUAGES
from tests.screens.checks import clipped, overflow
from tests.screens.lens import WIDTHS, Lens
from tests.screens.places import PLACES
from tests.support.running_desk import ROOT

pytestmark = pytest.mark.browser

MAIN = ("sign-in", "home", "articles", "requests", "request", "queue", "ticket", "desk-articles", "report")

TOKENS = ROOT / "portal" / "static" / "css" / "tokens.css"
# A letter that no font has is drawn as the box that a code point without a letter is.
NO_LETTER = "\U0010fffc"
_WITHOUT_GLYPH = """(letters) => {
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = '32px ' + getComputedStyle(document.documentElement).getPropertyValue('--f');
  const drawn = (letter) => {
    pen.clearRect(0, 0, 300, 150);
    pen.fillText(letter, 20, 60);
    return pen.canvas.toDataURL();
  };
  return letters.filter((letter) => drawn(letter) === drawn('\\u{10fffd}'));
}"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "place", [each for each in PLACES if each.name in MAIN], ids=lambda place: place.name
)
def test_no_words_are_cut_off(look, place, language, pictures) -> None:
    found = []
    for width in WIDTHS:
        shot = look(place, Lens(language, width, "light"))
        page = shot.visitor.page
        page.screenshot(path=pictures / f"{shot.name}.png", full_page=True, animations="disabled")
        found += [f"{width}: {line}" for line in (*overflow(page), *clipped(page), *shot.new_trouble())]

    assert found == []


@pytest.mark.parametrize("letters", ["אבגשת", "әғқңөұүһі", "აბგქჟჰ", "абвщъэё"])
def test_the_fonts_of_a_page_have_the_letters_of_every_language(browser, letters) -> None:
    page = browser.new_page()
    page.set_content(f"<!doctype html><style>{TOKENS.read_text()}</style>")

    assert page.evaluate(_WITHOUT_GLYPH, [*letters, NO_LETTER]) == [NO_LETTER]
    page.close()
