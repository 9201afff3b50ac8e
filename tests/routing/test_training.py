"""Training is repeatable, honest about what it cannot learn, and bounded (R8)."""

import numpy as np
import pytest

from routing.core.inference import propose
from routing.core.training import LARGEST_FILE, TooLittleHistory, train, vectorisers


def history(rows=40, **more):
    """Return (texts, labels) of two easy labels, and `more` rows of others."""
    texts = [f"printer paper number {n}" for n in range(rows)] + [
        f"password account {n}" for n in range(rows)
    ]
    labels = ["print"] * rows + ["access"] * rows
    for label, times in more.items():
        texts += [f"printer paper {label} {n}" for n in range(times)]
        labels += [label] * times
    return texts, labels


def test_the_same_rows_and_seed_give_the_same_model():
    first, second = (train(*history(), seed=3) for _time in range(2))

    assert first.card == second.card
    np.testing.assert_array_equal(first.words.weights, second.words.weights)


def test_labels_with_too_few_rows_are_named_and_never_proposed():
    model = train(*history(rare=3), seed=1)

    assert model.card.labels == ("access", "print")
    assert model.card.left_out == {"rare": 3}
    assert {c.label for c in propose(model, "printer paper rare 1").candidates} == {"access", "print"}


def test_rows_of_labels_that_cannot_be_learned_count_against_the_figures():
    plain = train(*history(), seed=1).card.out_of_fold
    spoilt = train(*history(a=7, b=7, c=7), seed=1).card.out_of_fold

    assert plain.accuracy == 1.0
    assert spoilt.accuracy == pytest.approx(80 / 101)
    assert spoilt.rows == 101


def test_labels_without_any_pattern_are_never_routed():
    texts = [f"always {n % 5} words like {n % 7} these" for n in range(80)]
    model = train(texts, ["a", "b"] * 40, seed=1)

    assert model.card.threshold is None
    assert not propose(model, texts[0]).confident


def test_twenty_rows_are_not_enough_to_act_on_even_if_all_were_right():
    model = train(*history(rows=10), seed=1)

    assert model.card.out_of_fold.accuracy == 1.0
    assert model.card.threshold is None


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        ([], []),
        (["a b"] * 30, ["one"] * 30),
        (["x"] * 9, ["a", "b", "c"] * 3),
        (["", "?"] * 20, ["a", "b"] * 20),
    ],
)
def test_too_little_history_is_said_so(texts, labels):
    with pytest.raises(TooLittleHistory):
        train(texts, labels, seed=1)


def test_many_labels_get_fewer_features_so_that_the_file_stays_small():
    few, many = vectorisers(n_labels=8)[0], vectorisers(n_labels=400)[0]

    assert few.max_features == 60_000
    assert 2 * many.max_features * (12 + 4 * 400) <= LARGEST_FILE


def test_each_label_has_its_own_precision(model):
    figures = model.card.out_of_fold

    assert [label.label for label in figures.labels] == list(model.card.labels)
    assert sum(label.routed for label in figures.labels) == pytest.approx(figures.coverage * figures.rows)
    assert figures.precision >= 0.85
