"""Trees as arrays say what scikit-learn says, and what a model is asked of never surprises it (R12)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import GradientBoostingClassifier

from sla.forecast.core.features import Table, encoder_of
from sla.forecast.core.model import bend_of, risk_now
from sla.forecast.core.trees import log_odds_of, probability
from sla.forecast.training import arrays_of


@given(seed=st.integers(0, 1000), depth=st.integers(1, 5), weighted=st.booleans())
@settings(max_examples=15, deadline=None)
def test_numpy_walks_trees_to_where_scikit_learn_walks_them(seed, depth, weighted):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(300, 4)).round(1)
    missed = (rows[:, 0] + random.normal(size=300) > 0).astype(int)
    weights = random.uniform(0.1, 3, 300) if weighted else np.ones(300)
    fitted = GradientBoostingClassifier(n_estimators=12, max_depth=depth, subsample=0.7, random_state=seed)
    fitted.fit(rows, missed, sample_weight=weights)

    found = probability(arrays_of(fitted).log_odds(rows))

    assert found == pytest.approx(fitted.predict_proba(rows)[:, 1], abs=1e-12)


def table(**texts):
    size = len(next(iter(texts.values())))
    return Table(size, {name: np.array(values) for name, values in texts.items()}, {})


def taught():
    known = table(team=["a"] * 20 + ["b"] * 20 + ["rare"] * 3)
    chance = np.array([1.0] * 20 + [0.0] * 23)
    return encoder_of(known, chance, np.ones(43), columns=["team"], numbers=["hour"])


def test_a_value_is_told_by_the_share_that_missed_where_it_stood():
    rows = taught().rows(table(team=["a", "b"]))

    assert rows[0, 0] > 20 / 43 > rows[1, 0]


def test_new_and_rare_values_are_told_alike():
    rows = taught().rows(table(team=["never seen", "rare"]))

    assert rows[0, 0] == rows[1, 0]


def test_a_missing_column_is_read_as_a_value_never_seen():
    rows = taught().rows(table(other=["x"]))

    assert rows[0].tolist() == taught().rows(table(team=["never seen"]))[0].tolist()


shares = st.floats(0.01, 0.99)


@given(risk=shares, at_target=shares, now=shares)
def test_the_bent_curve_begins_with_the_risk_and_is_certain_at_the_target(risk, at_target, now):
    bend = bend_of(np.array([risk]), np.array([at_target]))

    told = [float(risk_now(np.array([risk]), bend, np.array([share]))[0]) for share in (1.0, now, at_target)]

    assert told[0] == pytest.approx(risk)
    assert told[2] == pytest.approx(1.0)
    assert told[1] >= told[0] - 1e-12


@given(risk=st.floats(0, 1), at_target=st.floats(0, 1), now=st.floats(0, 1))
def test_no_risk_and_no_curve_is_so_extreme_that_a_probability_is_none(risk, at_target, now):
    bend = bend_of(np.array([risk]), np.array([at_target]))

    told = float(risk_now(np.array([risk]), bend, np.array([now]))[0])

    assert 0 <= told <= 1


@given(shares)
def test_log_odds_are_turned_back_into_what_they_were_made_from(share):
    assert float(probability(log_odds_of(np.array([share])))[0]) == pytest.approx(share)
