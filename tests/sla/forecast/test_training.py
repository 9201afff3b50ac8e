"""The desk learns from its own clocks (R12): what is read, what is learned, and how it is tried."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.progress import resolve_ticket
from sla.forecast.core.desk_model import from_arrays, to_arrays
from sla.forecast.core.features import Table
from sla.forecast.history import COLUMNS, Cycles, newest_cycles
from sla.forecast.training import TooLittleHistory
from sla.forecast.trial import fitted, trial
from sla.models import Clock

HOUR, DAY = 3600.0, 86_400.0
NOW = datetime(2026, 11, 16, 10, tzinfo=UTC).timestamp()


def drawn_times(count, *, learnable):
    """Return when clocks began, their open seconds until now at most, whether they run, and their teams."""
    random = np.random.default_rng(5)
    began = np.sort(NOW - random.uniform(0, 340 * DAY, count))
    slow = random.random(count) < 0.5
    times = random.exponential(np.where(slow & learnable, 40, 10) * HOUR)
    running = began + times > NOW
    return began, np.where(running, NOW - began, times), running, np.where(slow, "2", "1")


@pytest.fixture
def made_cycles(make_ticket, clock):
    """`made_cycles(n)`: clocks of 24 open hours, half of them of a team that takes four times as long."""
    make_ticket(priority=1)
    calendar = session().scalar(select(Clock.calendar_version).limit(1))  # around the clock

    def make(count, *, learnable=True):
        began, times, running, teams = drawn_times(count, learnable=learnable)
        starts = [datetime.fromtimestamp(at, UTC) for at in began]
        texts = {name: np.full(count, "1") for name in COLUMNS} | {"team": teams}
        return Cycles(
            rows=[SimpleNamespace(calendar_version=calendar, started_at=at) for at in starts],
            table=Table(count, texts, {}),
            keys=np.column_stack([np.full(count, 3), np.full(count, 3), teams.astype(np.int64)]),
            began_at=began,
            ended_at=np.where(running, np.inf, began + times),
            times=times,
            targets=np.full(count, 24 * HOUR),
            missed=times > 24 * HOUR,
        )

    return make


def test_a_trial_on_what_can_be_foretold_beats_both_simple_rules(made_cycles):
    found = trial(made_cycles(1800), at=NOW)

    assert found.is_better
    assert found.brier < min(found.of_base_rate, found.of_share_used)
    assert sum(each["count"] for each in found.bins) == found.asked > found.clocks > 400


def test_a_trial_asks_only_about_what_began_after_all_that_taught_it(made_cycles):
    found = trial(made_cycles(1800), at=NOW)

    assert found.trained_from < found.from_at < found.to_at < NOW


def test_too_few_clocks_teach_nothing(made_cycles):
    with pytest.raises(TooLittleHistory):
        trial(made_cycles(150), at=NOW)


def test_a_desk_without_history_has_nothing_to_learn(clock, app):
    with pytest.raises(TooLittleHistory):
        trial(newest_cycles(clock.at, zone="UTC"), at=clock.at.timestamp())


@pytest.mark.parametrize("missed", [False, True])
def test_a_history_in_which_all_ended_alike_teaches_nothing(made_cycles, missed):
    cycles = made_cycles(900)
    times = np.full(900, (30 if missed else 3) * HOUR)
    alike = replace(cycles, times=times, ended_at=cycles.began_at + times, missed=np.full(900, missed))

    with pytest.raises(TooLittleHistory):
        trial(alike, at=NOW)


def test_a_trial_in_which_all_were_kept_has_a_table_and_no_ranking(made_cycles):
    cycles = made_cycles(1800)
    latest = cycles.began_at > NOW - 245 * DAY
    times = np.where(latest, HOUR, cycles.times)
    ended_at = np.where(latest, cycles.began_at + HOUR, cycles.ended_at)

    found = trial(replace(cycles, times=times, ended_at=ended_at, missed=times > 24 * HOUR), at=NOW)

    assert found.auroc is None
    assert 0 <= found.brier < found.of_base_rate
    assert {each["came"] for each in found.bins} == {0.0}


def test_a_young_desk_learns_from_the_half_before_its_trial(made_cycles):
    cycles = made_cycles(560)

    found = trial(cycles, at=NOW)

    half = (cycles.began_at[0] + cycles.began_at[-1]) / 2
    assert found.from_at == pytest.approx(half, abs=1)
    assert 200 <= found.learned_from < 380


def test_a_slow_team_is_told_a_higher_risk_and_all_risks_rise_to_the_target(made_cycles):
    cycles = made_cycles(900)
    model = fitted(cycles, at=NOW)
    of_team = [int(np.flatnonzero(cycles.table.texts["team"] == team)[0]) for team in ("1", "2")]

    quick, slow = model.percents(
        cycles.table.part(np.array(of_team)), cycles.keys[of_team], cycles.targets[of_team]
    )

    assert quick[0] < slow[0]
    assert (np.diff([quick, slow], axis=1) >= 0).all()
    assert quick[-1] == slow[-1] == 100


def test_a_model_read_back_from_its_arrays_tells_the_same(made_cycles):
    cycles = made_cycles(900)
    model = fitted(cycles, at=NOW)

    again = from_arrays(*to_arrays(model))

    asked = (cycles.table, cycles.keys, cycles.targets)
    assert (again.percents(*asked) == model.percents(*asked)).all()
    assert again.alike((3, 3, 2)) == model.alike((3, 3, 2))


def test_facts_are_those_of_the_first_quarter_of_an_hour(clock, make_ticket, make_person):
    agent, ticket = make_person("agent"), make_ticket(priority=3)
    began = clock.at
    clock.move(minutes=40)
    edit_fields(agent, ticket.id, {"impact": 1, "urgency": 1})

    found = newest_cycles(clock.at, zone="UTC")

    assert set(found.table.texts["priority"]) == {"3"}
    assert set(found.began_at) == {began.timestamp()}


def test_a_clock_that_runs_is_seen_with_its_open_time_so_far(clock, make_ticket, make_person):
    done, open_ = make_ticket(priority=3), make_ticket(priority=3)
    clock.move(hours=1)
    resolve_ticket(make_person("agent"), done.id, answer="Done.")
    clock.move(hours=1)

    found = newest_cycles(clock.at, zone="UTC")

    spent = {(row.subject_id, row.kind): time for row, time in zip(found.rows, found.times, strict=True)}
    assert spent[done.id, "resolution"] == HOUR
    assert spent[open_.id, "resolution"] == 2 * HOUR


def test_at_an_earlier_moment_only_what_had_ended_is_known(clock, make_ticket, make_person):
    ticket = make_ticket(priority=3)
    clock.move(hours=1)
    resolve_ticket(make_person("agent"), ticket.id, answer="Done.")

    found = newest_cycles(clock.at, zone="UTC")
    before = found.seen_at((clock.at - timedelta(minutes=30)).timestamp())

    assert not before.ended.any()
    assert before.times.tolist() == [HOUR / 2] * len(found.rows)
