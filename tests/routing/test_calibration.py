"""Temperature and threshold keep what they promise, on any scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from routing.core.calibration import figures_at, fitted_inverse_temperature, threshold_for
from routing.core.inference import softmax

NAMES = np.array(["a", "b", "c"])
SCORES = arrays(np.float64, (60, 3), elements=st.floats(-3, 3, width=32))
RIGHT = arrays(np.intp, 60, elements=st.integers(0, 2))


def loss(factor, scores, right):
    return -np.log(softmax(factor * scores)[np.arange(len(right)), right] + 1e-300).mean()


@pytest.mark.parametrize("true_factor", [0.2, 1.0, 3.5, 20.0])
def test_the_factor_that_made_the_labels_is_found_again(true_factor):
    chance = np.random.default_rng(5)
    scores = chance.normal(size=(40_000, 3)) / true_factor
    drawn = np.array([chance.choice(3, p=row) for row in softmax(true_factor * scores)])

    assert fitted_inverse_temperature(scores, drawn) == pytest.approx(true_factor, rel=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_no_factor_nearby_is_likelier(seed):
    chance = np.random.default_rng(seed)
    scores, right = chance.normal(size=(300, 4)), chance.integers(0, 4, 300)
    scores[np.arange(300), right] += 1

    found = fitted_inverse_temperature(scores, right)

    assert loss(found, scores, right) <= min(
        loss(found * 1.001, scores, right), loss(found / 1.001, scores, right)
    )


def test_scores_that_are_always_right_get_a_finite_factor():
    assert 10 < fitted_inverse_temperature(np.eye(3) * 2 - 1, np.arange(3)) <= 50


@given(SCORES, RIGHT, st.sampled_from([0.4, 0.6, 0.9]))
def test_a_threshold_keeps_its_goal_on_the_rows_it_was_fixed_on(scores, right, goal):
    shares = softmax(scores)
    threshold = threshold_for(shares, NAMES, NAMES[right], goal=goal)

    figures = figures_at(threshold, shares, NAMES, NAMES[right])

    assert figures.precision is None if threshold is None else figures.precision >= goal


def test_the_lowest_threshold_that_keeps_the_goal_is_taken():
    first = np.linspace(0.999, 0.5, 1000)
    shares = np.column_stack([first, 1 - first])
    right = np.where(np.arange(1000) < 600, "a", "b")

    threshold = threshold_for(shares, np.array(["a", "b"]), right, goal=0.9)

    # 600 right of 652 are 92.0 %; the lower end of the interval is 90.1 % there.
    assert (first >= threshold).sum() == 652


def test_rows_with_equal_probability_fall_on_one_side():
    shares = np.array([[0.9, 0.1]] * 200 + [[0.8, 0.2]] * 200)
    right = np.array(["a"] * 200 + ["a", "b"] * 100)

    assert threshold_for(shares, np.array(["a", "b"]), right, goal=0.9) == 0.9


def test_where_every_row_was_right_new_ones_need_only_be_as_sure_as_the_goal():
    shares = np.array([[0.999, 0.001]] * 500)

    assert threshold_for(shares, np.array(["a", "b"]), np.array(["a"] * 500), goal=0.9) == 0.9


def test_what_is_more_likely_wrong_than_right_is_never_routed():
    shares = np.array([[0.4, 0.3, 0.3]] * 500)

    assert threshold_for(shares, NAMES, np.array(["a"] * 500), goal=0.9) is None
