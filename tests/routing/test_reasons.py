"""What is given as the reason of a proposal: words that name a matter, as they were written (R8)."""

import pytest

from routing.core.explain import readable_reasons


def said(text, of_words, within=()):
    return [reason.text for reason in readable_reasons(text, of_words, dict(within))]


def test_words_that_only_hold_a_sentence_together_are_no_reason():
    weights = {"does": 3.0, "not": 2.0, "does not": 2.0, "door": 1.0}

    assert said("The door does not lock", weights) == ["door"]


@pytest.mark.parametrize("text", ["the", "לא", "жоқ", "არ", "Всё"])
def test_they_are_left_out_in_every_language(text):
    assert said(text, {text.lower().replace("ё", "е"): 1.0}) == []


def test_a_pair_with_such_a_word_speaks_as_its_other_word():
    weights = {"the printer": 1.0, "printer": 1.0, "paper": 1.5}

    assert said("The Printer has no paper", weights) == ["Printer", "paper"]


def test_the_shares_of_what_is_left_add_up():
    reasons = readable_reasons("my printer and paper", {"my printer": 1.0, "paper": 1.0}, {"and": 4.0})

    assert sum(reason.share for reason in reasons) == 1
