"""The checks of the pictures find what they are there for."""

import pytest

from tests.screens.checks import clipped, latin_sentences, overflow, violations

pytestmark = pytest.mark.browser

WIDE = f"<pre class=wide>{'x' * 400}</pre>"
GOOD = "<title>Good</title><main><h1>Good</h1><bdi>What somebody said</bdi></main>"


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    yield page
    page.close()


@pytest.mark.parametrize(
    ("direction", "body", "check", "found"),
    [
        ("ltr", WIDE, overflow, "pre.wide"),
        ("rtl", WIDE, overflow, "pre.wide"),
        ("ltr", "<img src=data:,>", violations, "image-alt at img"),
        ("ltr", "<p style=color:#999>Pale</p>", violations, "color-contrast at p"),
        ("rtl", "<p>Three English words</p>", latin_sentences, "Three English words"),
        ("ltr", "<button style='width:20px;white-space:nowrap'>Many words</button>", clipped, "Many words"),
        ("rtl", "<p style='width:20px;overflow:hidden;white-space:nowrap'>Many words", clipped, "Many words"),
        ("ltr", "<input style='width:20px' placeholder='Many words'>", clipped, "Many words"),
        ("ltr", "<select style='width:20px'><option>Many words</select>", clipped, "Many words"),
    ],
)
def test_a_check_finds_what_breaks_it(page, direction, body, check, found) -> None:
    page.set_content(f"<!doctype html><html lang=he dir={direction}><body>{body}")

    assert found in "\n".join(check(page))


def test_colours_alone_are_judged_where_the_rest_was_judged_before(page) -> None:
    page.set_content("<!doctype html><p style=color:#999>Pale</p><img src=data:,>")

    assert [line.split(" at ")[0] for line in violations(page, only_colours=True)] == ["axe: color-contrast"]


@pytest.mark.parametrize("check", [overflow, violations, latin_sentences, clipped])
def test_a_check_finds_nothing_on_a_good_page(page, check) -> None:
    page.set_content(f"<!doctype html><html lang=en><body>{GOOD}")

    assert check(page) == []
