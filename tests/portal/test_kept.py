"""Pieces of pages that are kept as written: what differs each time is filled in, escaped."""

import pytest
from flask import Flask
from jinja2 import DictLoader
from markupsafe import Markup

from portal.kept import LONGEST_KEPT, Shelf, joined, once, shelf_of, sign_of


@pytest.fixture
def pages(app):
    """Templates of a test's own, in a request."""

    def with_templates(**templates: str):
        bare = Flask(__name__)
        bare.jinja_env.loader = DictLoader({f"{name}.html": text for name, text in templates.items()})
        return bare.test_request_context()

    return with_templates


def test_a_piece_is_written_once_for_what_it_rests_on(pages):
    shelf = Shelf()
    with pages(page="{{ word }}"):
        written = [
            str(shelf.piece("page.html", {"word": word}, rests_on=rests_on))
            for rests_on, word in ((1, "one"), (1, "two"), (2, "three"))
        ]

    assert written == ["one", "one", "three"]


def test_values_that_differ_each_time_are_filled_in_and_escaped(pages):
    shelf, sign = Shelf(), sign_of("key")
    with pages(page='<input value="{{ sign }}">'):
        written = [
            str(shelf.piece("page.html", {"sign": sign}, fresh=((sign, value),)))
            for value in ("1", '"><script>')
        ]

    assert written == ['<input value="1">', '<input value="&#34;&gt;&lt;script&gt;">']


def test_what_is_said_in_a_piece_is_escaped_also_when_it_was_kept(pages):
    shelf = Shelf()
    with pages(page="<p>{{ text }}</p>"):
        written = {str(shelf.piece("page.html", {"text": "<b>&"})) for _ in range(2)}

    assert written == {"<p>&lt;b&gt;&amp;</p>"}


def test_written_parts_are_joined_and_what_is_not_written_is_escaped():
    found = joined([Markup("<b>"), "12", "<i>", "-5", Markup("</b>")])

    assert isinstance(found, Markup)
    assert found == "<b>12&lt;i&gt;-5</b>"


def test_a_very_long_piece_is_not_kept(pages):
    shelf = Shelf()
    with pages(page="{{ text }}"):
        shelf.piece("page.html", {"text": "x" * (LONGEST_KEPT + 1)})

        assert shelf.piece("page.html", {"text": "y"}) == "y"


def test_shelves_are_told_apart_by_all_of_their_key():
    assert shelf_of(("a", 1)) is shelf_of(("a", 1))
    assert shelf_of(("a", 1)) is not shelf_of(("a", 2))


def test_a_value_is_made_once_for_its_key():
    made = []

    for _ in range(2):
        once(("a key of this test",), lambda: made.append(1))

    assert made == [1]
