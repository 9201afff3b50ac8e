"""A subject out of what somebody wrote (R2)."""

import pytest

from portal.customer.subjects import one_line, subject_of


@pytest.mark.parametrize(
    "text, subject",
    [
        ("one line", "one line"),
        ("\n \n  first \t line \nsecond", "first line"),
        ("", ""),
        ("one two three four", "one two…"),
        ("abcdefghijklmnop", "abcdefghi…"),
        ("a bcdefghijklmnop", "a bcdefgh…"),
        ("ten chars!", "ten chars!"),
    ],
)
def test_the_first_line_with_words_is_cut_between_words(text: str, subject: str):
    assert subject_of(text, most=10) == subject


def test_a_line_cannot_turn_the_text_after_it():
    assert one_line("\u202eabc\u2066 ד\u2069\u200f") == "abc ד\u200f"
