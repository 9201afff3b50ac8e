"""The curve of survival (R12): what ended, what still runs, and what stands in for what is too few."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.forecast.core.strata import strata_of
from sla.forecast.core.survival import kaplan_meier, miss_probability

clocks = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


def share_after(rows, at):
    """Return the estimate as a textbook tells it: a product over the times at which something ended."""
    share = 1.0
    for time in sorted({time for time, ended in rows if ended and time <= at}):
        at_risk = sum(1 for other, _ended in rows if other >= time)
        gone = sum(1 for other, ended in rows if ended and other == time)
        share *= 1 - gone / at_risk
    return share


def curve_of(rows):
    return kaplan_meier([time for time, _ended in rows], [ended for _time, ended in rows])


@given(clocks)
def test_the_curve_is_the_textbooks(rows):
    times = np.arange(-1, 14)

    assert curve_of(rows).after(times) == pytest.approx([share_after(rows, at) for at in times])


@given(clocks)
def test_the_curve_never_rises(rows):
    shares = curve_of(rows).after(np.arange(-1, 14))

    assert (np.diff(shares) <= 0).all()
    assert shares[0] == 1.0


@given(clocks, st.integers(1, 12))
def test_a_clock_that_runs_longer_is_never_less_likely_to_miss(rows, target):
    told = miss_probability(curve_of(rows), np.arange(0, 14), np.full(14, target))

    assert (np.diff(told) >= -1e-12).all()
    assert (told[target + 1 :] == 1.0).all()


@given(clocks)
def test_weights_of_two_are_clocks_counted_twice(rows):
    times, ended = [time for time, _ended in rows], [ended for _time, ended in rows]

    weighted = kaplan_meier(times, ended, [2.0] * len(rows))

    assert weighted.after(range(14)) == pytest.approx(curve_of(rows * 2).after(range(14)))


@given(clocks, st.floats(0.01, 0.99))
def test_the_first_time_at_most_a_share_is_where_the_curve_has_fallen_to_it(rows, share):
    curve = curve_of(rows)

    at = float(curve.first_at_most(share))

    assert at == np.inf or curve.after(at) <= share
    assert curve.after(min(at, 99.0) - 0.5) > share


def test_without_clocks_everything_still_runs():
    assert kaplan_meier([], []).after([0, 5]).tolist() == [1.0, 1.0]


def keys(*rows):
    return np.array(rows, dtype=np.int64)


def strata(many, few):
    """Return strata of `many` clocks of team 1 that end after 10, and `few` of team 2 that end after 20."""
    of_teams = keys(*[(1, 3, 1)] * many, *[(1, 3, 2)] * few)
    return strata_of(of_teams, np.array([10.0] * many + [20.0] * few), np.ones(many + few, dtype=bool))


def test_a_team_with_fifty_cycles_has_a_curve_of_its_own():
    assert strata(60, 50).key_for((1, 3, 2)) == (1, 3, 2)


def test_a_team_with_fewer_is_judged_by_its_priority():
    found = strata(60, 49)

    assert found.key_for((1, 3, 2)) == (1, 3)
    assert found.sizes[(1, 3)] == 109


def test_what_was_never_seen_is_judged_by_the_nearest_that_was():
    found = strata(60, 0)

    assert [found.key_for(key) for key in ((1, 3, 9), (1, 4, 1), (2, 3, 1))] == [(1, 3), (1,), ()]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 9), st.booleans()), min_size=1)
)
def test_all_clocks_at_once_are_told_what_each_is_told_alone(rows):
    table = np.array([row[:2] for row in rows], dtype=np.int64)
    times, ended = np.array([float(row[2]) for row in rows]), np.array([row[3] for row in rows])
    found = strata_of(table, times, ended, fewest=3)
    elapsed, targets = times / 2, np.full(len(rows), 6.0)

    told = found.miss_probabilities(found.places_of(table), elapsed, targets)

    alone = [
        float(miss_probability(found.curves[found.key_for(tuple(key))], used, 6.0))
        for key, used in zip(table.tolist(), elapsed, strict=True)
    ]
    assert told == pytest.approx(alone)
