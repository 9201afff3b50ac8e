"""Every page can be shown: wide and narrow, in both languages, light and dark (R28, R30).

`make screens` leaves the pictures in build/screens/; with `ARGS=--readme` it also writes that of the README.
"""

import pytest

from tests.screens.checks import latin_sentences, overflow, violations
from tests.screens.lens import Lens
from tests.screens.places import PLACES

pytestmark = pytest.mark.browser

KILOBYTE = 1000


def test_a_page_fits_its_window_and_is_open_to_everybody(look, place, lens, pictures, note_english) -> None:
    shot = look(place, lens)
    page = shot.visitor.page
    page.screenshot(path=pictures / f"{shot.name}.png", full_page=True, animations="disabled")
    note_english(shot, latin_sentences(page) if shot.language != "en" else ())

    found = violations(page, only_colours=lens.shows_other_colours)
    assert [*overflow(page), *shot.new_trouble(), *found] == []


def test_the_picture_of_the_readme_is_light_enough(look, readme_picture) -> None:
    (queue,) = (place for place in PLACES if place.name == "queue")

    look(queue, Lens("en", 1440, "light", height=740)).visitor.page.screenshot(path=readme_picture)

    assert readme_picture.stat().st_size <= 250 * KILOBYTE
