"""Texts become words and n-grams in any script (R8, R30)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.core.tokens import as_written, char_grams, key_of, word_grams, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My VPN is down!", ["my", "vpn", "is", "down"]),
        ("ＶＰＮ ﬁle №5", ["vpn", "file", "5"]),
        ("Straße ΣΑΣ İzmir", ["strasse", "σασ", "izmir"]),
        ("don't can’t", ["dont", "cant"]),
        ("user_name, a-b", ["user", "name", "a", "b"]),
        ('דו"ח ארה״ב', ["דוח", "ארהב"]),
        ("שָׁלוֹם", ["שלום"]),
        ("الشَّبَكَة", ["الشبكة"]),
        ("Құпиясөзімді ұмыттым", ["құпиясөзімді", "ұмыттым"]),
        ("პაროლი დამავიწყდა", ["პაროლი", "დამავიწყდა"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("我的电脑坏了", ["我的电脑坏了"]),
        ("so\u00adft \u200fשלום", ["soft", "שלום"]),
        ("", []),
        ("!?! — …", []),
    ],
)
def test_words_are_folded_and_keep_their_marks(text, found):
    assert words(text) == found


def test_words_can_be_shown_as_they_were_written():
    found = as_written("Электрондық поштаға кіре алмаймын: VPN can’t, vpn")

    assert found["алмаимын"] == "алмаймын"
    assert (found["vpn"], found["cant"]) == ("VPN", "can’t")


def test_pairs_follow_the_words():
    assert word_grams("mail password expired") == [
        "mail",
        "password",
        "expired",
        "mail password",
        "password expired",
    ]


def test_character_grams_have_two_to_five_characters_and_stay_within_a_word():
    assert char_grams("ab c") == [" a", "ab", "b ", " ab", "ab ", " ab ", " c", "c ", " c "]


def test_an_endless_word_is_cut_and_an_endless_text_is_not_read_to_its_end():
    assert max(map(len, words("x" * 100_000))) == 40
    assert len(words("word " * 100_000)) == 2_000


def test_a_key_has_64_bits_and_never_changes():
    assert key_of("vpn") == 16175419586741717984
    assert key_of(" vpn") != key_of("vpn")


@given(st.text())
def test_words_of_words_are_the_same_words(text):
    found = words(text)

    assert words(" ".join(found)[:10_000]) == found or len(" ".join(found)) > 10_000
