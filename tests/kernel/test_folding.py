"""Folding: texts that a reader takes for the same compare equal, in every script we serve."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from servicedesk.kernel.folding import fold_text


@pytest.mark.parametrize(
    "written, folded",
    [
        ("Printer JAM", "printer jam"),
        ("Café", "cafe"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("ΑΣΦΑΛΕΣ", "ασφαλεσ"),
        ("Ёлка", "елка"),
        ("Қазақ Әріп", "қазақ әріп"),
        ("ᲥᲐᲠᲗᲣᲚᲘ", "ქართული"),
        ("שָׁלוֹם", "שלום"),
        ("\u200fהדפסה\u200e", "הדפסה"),
        ("مُحَمَّد", "محمد"),
        ("ＡＢＣ ﬁle", "abc file"),
        ("が", "が"),
        ("कि", "कि"),
    ],
)
def test_what_a_reader_does_not_tell_apart_folds_to_the_same(written, folded):
    assert fold_text(written) == folded


@given(st.text())
@example("\u0345\u0390\u1e9e\u0130")
def test_folding_twice_changes_nothing(text):
    assert fold_text(fold_text(text)) == fold_text(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_folded_text_ignores_how_its_accents_are_encoded(text):
    assert fold_text(unicodedata.normalize("NFD", text)) == fold_text(unicodedata.normalize("NFC", text))
