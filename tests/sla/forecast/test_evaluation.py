"""Forecasts measured on files (R12): what may be known, what is told, and what a bad file is answered."""

import csv
import gzip
import json

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from sla.cli import sla_group
from sla.forecast.core.figures import auroc, brier, reliability
from sla.forecast.core.labels import Seen, chance_of_missing, rising
from sla.forecast.evaluation import forecast
from sla.forecast.incident_file import read_incidents
from tests.sla.forecast.made import as_csv, made_rows

KNOWN, ASKED = made_rows(560), made_rows(160, first=560)


@pytest.fixture
def files(tmp_path):
    """`files(known, asked, without=…)` writes both tables and returns their paths."""

    def write(known=KNOWN, asked=ASKED, without=()):
        paths = tmp_path / "known.csv", tmp_path / "asked.csv"
        paths[0].write_text(as_csv(known), "utf-8")
        paths[1].write_text(as_csv(asked, without=without), "utf-8")
        return paths

    return write


def evaluate(known, asked, *options):
    call = ["forecast", "evaluate", "--train", str(known), "--test", str(asked), *options]
    return CliRunner().invoke(sla_group, call)


def told(known, asked):
    return forecast(read_incidents(known, for_training=True), read_incidents(asked, for_training=False))


def test_what_can_be_foretold_is_foretold_better_than_by_the_base_rate(files):
    found = json.loads(evaluate(*files(), "--json").stdout)

    assert found["gain"] > 0.1
    assert found["auroc"] > 0.7
    assert 0.65 < found["coverage"] < 0.95
    assert sum(each["count"] for each in found["reliability"]) == found["rows"] == 160


def test_forecasts_are_written_for_each_incident_in_the_files_order(files, tmp_path):
    evaluate(*files(), "--out", str(tmp_path / "out.csv"))

    rows = list(csv.DictReader((tmp_path / "out.csv").read_text("utf-8").splitlines()))
    assert [row["number"] for row in rows] == [row["number"] for row in ASKED]
    assert all(0 <= float(row["p_breach"]) <= 1 and float(row["hours"]) >= 0 for row in rows)


def test_a_file_without_outcomes_is_forecast_the_same_and_gets_no_figures(files, tmp_path):
    labelled = told(*files())
    paths = files(without=("breached", "resolve_hours", "resolved_at"))

    done = evaluate(*paths, "--json")

    assert json.loads(done.stdout)["brier"] is None
    assert told(*paths).risk.tolist() == labelled.risk.tolist()


def test_what_was_resolved_only_later_cannot_be_known(files):
    asked_from = ASKED[0]["opened_at"]
    later = [row for row in KNOWN if row["resolved_at"] >= asked_from]
    turned = [row | {"breached": str(1 - int(row["breached"]))} if row in later else row for row in KNOWN]

    assert later
    assert told(*files(known=turned)).risk.tolist() == told(*files()).risk.tolist()


def test_what_was_filed_after_the_first_asked_teaches_nothing(files):
    late = [row | {"breached": "1"} for row in made_rows(50, seed=9, first=560)]

    assert told(*files(known=KNOWN + late)).risk.tolist() == told(*files()).risk.tolist()


def test_who_asked_and_who_worked_on_it_changes_nothing(files):
    renamed = [row | {"caller_id": "x", "assigned_to": "y"} for row in ASKED]

    assert told(*files(asked=renamed)).risk.tolist() == told(*files()).risk.tolist()


def test_missing_columns_and_new_values_are_forecast_all_the_same(files):
    strange = [row | {"category": "never seen"} for row in ASKED]

    risk = told(*files(asked=strange, without=("priority", "first_event_at"))).risk

    assert np.isfinite(risk).all()


def test_a_packed_file_is_read_like_any_other(files, tmp_path):
    known, asked = files()
    packed = tmp_path / "asked.csv.gz"
    packed.write_bytes(gzip.compress(asked.read_bytes()))

    assert told(known, packed).risk.tolist() == told(known, asked).risk.tolist()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"opened_at": "yesterday"}, "line 4: opened_at is no moment: 'yesterday'"),
        ({"breached": "maybe"}, "line 4: breached is neither 0 nor 1"),
        ({"resolve_hours": "-3"}, "line 4: resolve_hours is no time"),
        ({"resolve_hours": "nan"}, "line 4: resolve_hours is no time"),
        ({"number": ""}, "line 4: number is empty"),
        ({"resolved_at": "2020-01-01"}, "line 4: resolved_at lies before opened_at"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_nothing_is_written(files, tmp_path, change, said):
    rows = [*ASKED[:2], ASKED[2] | change, *ASKED[3:]]

    done = evaluate(*files(asked=rows), "--out", str(tmp_path / "out.csv"))

    assert done.exit_code == 1
    assert said in done.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no column number, opened_at"),
        ("number,opened_at\n", "there are no rows"),
        ("number,opened_at\nA\n", "line 2: another number of fields than the head has"),
        ("number,opened_at\nA,2026-01-01,7\n", "line 2: another number of fields than the head has"),
    ],
)
def test_a_file_that_is_no_table_of_incidents_is_refused(files, text, said):
    known, asked = files()
    asked.write_text(text, "utf-8")

    assert said in evaluate(known, asked).stderr


def test_bytes_that_are_no_text_are_refused(files):
    known, asked = files()
    asked.write_bytes(b"number,opened_at\n\xff\xfe,2026-01-01\n")

    assert evaluate(known, asked).exit_code == 1


def test_too_little_to_learn_from_is_said(files):
    done = evaluate(*files(known=KNOWN[:150]))

    assert done.exit_code == 1
    assert "200 clocks are needed" in done.stderr


outcomes = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@given(outcomes)
def test_the_ranking_is_the_share_of_pairs_in_the_right_order(rows):
    said, missed = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])

    pairs = [(a > b) + (a == b) / 2 for a in said[missed] for b in said[~missed]]

    assert auroc(said, missed) == (pytest.approx(np.mean(pairs)) if pairs else None)


@given(outcomes)
def test_the_reliability_table_holds_every_forecast_once(rows):
    said, missed = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])

    bins = reliability(said, missed)

    assert sum(each.count for each in bins) == len(rows)
    assert all(each.low - 1e-9 <= each.said <= each.high + 1e-9 for each in bins)


def test_a_forecast_that_is_always_right_has_no_error():
    assert brier(np.array([1.0, 0.0]), np.array([True, False])) == 0.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_nearest_rising_sequence_rises_and_keeps_the_mean(values):
    found = rising(np.array(values), np.ones(len(values)))

    assert (np.diff(found) >= -1e-12).all()
    assert found.mean() == pytest.approx(np.mean(values))


def test_a_clock_that_has_run_longer_is_likelier_to_be_a_missed_one():
    times = np.array([1.0, 2.0, 3.0, 50.0, 60.0, 70.0, 0.5, 40.0])
    ended = np.array([True] * 6 + [False, False])
    missed = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0])

    chance = chance_of_missing(Seen(times, ended, missed), np.ones(8))

    assert chance[:6].tolist() == missed[:6].tolist()
    assert 0.4 < chance[6] < 0.6
    assert chance[7] == pytest.approx(1.0)
