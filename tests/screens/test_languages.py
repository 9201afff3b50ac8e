"""The main pages in every language: nothing runs over the edge and no words of ours are cut off (R30)."""

import pytest

from servicedesk.kernel.settings import LANGUAGES
from tests.screens.checks import clipped, overflow
from tests.screens.lens import WIDTHS, Lens
from tests.screens.places import PLACES

pytestmark = pytest.mark.browser

MAIN = ("sign-in", "home", "articles", "requests", "request", "queue", "ticket", "desk-articles", "report")


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
