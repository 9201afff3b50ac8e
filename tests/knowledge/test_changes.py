"""Differences between revisions."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.core.changes import Part, changes


def test_a_changed_word_is_shown_as_taken_out_and_put_in():
    assert changes("Open the door", "Open the gate") == [
        Part("same", "Open the "),
        Part("removed", "door"),
        Part("added", "gate"),
    ]


@given(st.text(max_size=200), st.text(max_size=200))
def test_the_parts_give_back_both_texts(before, after):
    parts = changes(before, after)

    assert "".join(part.text for part in parts if part.kind != "added") == before
    assert "".join(part.text for part in parts if part.kind != "removed") == after


def test_a_long_text_is_compared_line_by_line():
    lines = [f"line {number} of many\n" for number in range(900)]

    parts = changes("".join(lines), "".join([*lines[:450], "new\n", *lines[450:]]))

    assert [part.text for part in parts if part.kind == "added"] == ["new\n"]
