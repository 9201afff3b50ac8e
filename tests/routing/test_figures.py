"""Figures of routing, checked by hand, and against what plain rules reach (R8)."""

import pytest

from routing.core.figures import (
    Answer,
    KeywordRules,
    calibration_error,
    figures_of,
    macro_f1,
    majority_label,
)
from routing.evaluation import evaluate, percentile
from routing.labelled import NotLabelled, labelled_texts


def test_macro_f1_weighs_rare_labels_like_frequent_ones():
    # a: precision 3/4, recall 1. b: recall 0.
    assert macro_f1(["a", "a", "a", "a"], ["a", "a", "a", "b"]) == pytest.approx((6 / 7 + 0) / 2)


def test_calibration_error_is_the_distance_between_said_and_kept():
    assert calibration_error([0.9] * 10, [True] * 9 + [False]) == pytest.approx(0)
    assert calibration_error([0.9] * 10, [False] * 10) == pytest.approx(0.9)
    assert calibration_error([1.0, 0.01], [False, True]) == pytest.approx((1 + 0.99) / 2)


def test_precision_is_of_the_confident_and_coverage_is_their_share():
    answers = [
        Answer("a", 0.9, confident=True),
        Answer("a", 0.9, confident=True),
        Answer(None, 0, confident=False),
    ]

    figures = figures_of(answers, ["a", "b", "a"])

    assert (figures.precision, figures.coverage, figures.accuracy) == (
        0.5,
        pytest.approx(2 / 3),
        pytest.approx(1 / 3),
    )


def test_nothing_confident_has_no_precision():
    assert figures_of([Answer("a", 0.1, confident=False)], ["a"]).precision is None


def test_keyword_rules_know_telling_words_and_otherwise_say_the_most_frequent_label():
    rules = KeywordRules(["printer jam"] * 3 + ["reset password"] * 2, ["print"] * 3 + ["access"] * 2)

    assert [rules.label_of(text) for text in ("My PASSWORD", "the printer", "hello")] == [
        "access",
        "print",
        "print",
    ]


def test_the_majority_of_equals_is_the_first_in_the_alphabet():
    assert majority_label(["b", "a", "a", "b", "c"]) == "a"


def test_percentiles_are_values_that_occurred():
    assert [percentile([3, 1, 2], share) for share in (0.5, 0.95)] == [2, 3]
    assert percentile([], 0.5) == 0.0


@pytest.mark.slow
def test_the_model_beats_keyword_rules_and_the_majority_clearly(sample, unseen, tmp_path):
    found = evaluate(sample, unseen, store=tmp_path, seed=1)

    assert found.figures.macro_f1 > found.keyword_f1 + 0.1 > found.majority_f1 + 0.2
    assert found.figures.calibration_error < 0.15
    assert found.model_bytes < 30_000_000


def test_a_file_without_labels_is_said_to_be_one(tmp_path):
    (tmp_path / "a.csv").write_text("id,body\n1,x\n")

    with pytest.raises(NotLabelled, match=r"a\.csv"):
        labelled_texts(tmp_path / "a.csv")


def test_subject_and_body_serve_as_a_text(tmp_path):
    (tmp_path / "a.csv").write_text("subject,body,label\nVPN,it stops,net\n")

    assert labelled_texts(tmp_path / "a.csv").texts == ["VPN\nit stops"]
