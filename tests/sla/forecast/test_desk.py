"""Forecasts of the desk's open clocks (R9, R10, R12, R58): bands follow them, and nothing else changes."""

import os
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from servicedesk.kernel.db import session
from servicedesk.kernel.verification import verify
from servicedesk.tickets.assignment import override_priority
from servicedesk.tickets.progress import resolve_ticket, wait_for
from sla.core.standing import Band
from sla.forecast.models import Forecast, ForecastVersion
from sla.forecast.moments import probability_at_least
from sla.forecast.telling import tell
from sla.forecast.versions import forget_old_models, store, write_model
from sla.models import Clock
from sla.sweep import sweep
from tests.sla.forecast.desk import put_in_force, small_model
from tests.sla.stored import clocks, fresh, standing


def forecasts(ticket_id):
    query = select(Forecast).join(Clock, Clock.id == Forecast.clock_id).where(Clock.subject_id == ticket_id)
    return list(fresh(query))


@pytest.fixture
def ticket(clock, make_ticket):
    """A P3 of Monday 10:00: 4 h to answer it, 24 h to solve it."""
    return make_ticket(priority=3).id


@pytest.fixture
def agent(make_person):
    return make_person("agent")


def test_an_open_clock_is_told_when_it_is_likelier_to_miss_than_not(ticket):
    put_in_force(risk=0.4)

    tell()

    first = clocks(ticket)["first_response"]
    [told] = [each for each in forecasts(ticket) if each.clock_id == first.id]
    assert 0 < told.burn_seconds < first.target_seconds
    assert told.risk_at == first.started_at + timedelta(seconds=told.burn_seconds)


def test_a_ticket_is_in_band_now_from_the_moment_it_is_forecast_to_miss(clock, ticket):
    put_in_force(risk=0.45)
    tell()
    moment = min(each.risk_at for each in forecasts(ticket))

    clock.set(moment - timedelta(seconds=1))
    tell()
    before = standing(ticket).band
    clock.set(moment)
    tell()

    assert (before, standing(ticket).band) == (Band.IN_TIME, Band.NOW)
    assert moment < clocks(ticket)["first_response"].warn_75_at


def test_a_clock_that_will_be_kept_stays_in_time_beyond_three_quarters(clock, ticket):
    put_in_force(risk=0.01)
    tell()

    clock.set(clocks(ticket)["first_response"].warn_75_at)
    sweep()

    assert standing(ticket).band == Band.IN_TIME


def test_without_a_forecast_three_quarters_of_the_target_decide(clock, ticket):
    clock.set(clocks(ticket)["first_response"].warn_75_at)
    sweep()

    assert standing(ticket).band == Band.NOW


def test_a_forecast_that_beats_nothing_is_not_told(ticket):
    put_in_force(is_better=False)

    tell()

    assert forecasts(ticket) == []


def test_a_forecast_that_beats_nothing_any_more_is_taken_away(clock, ticket):
    put_in_force(risk=0.01)
    tell()
    clock.set(clocks(ticket)["first_response"].warn_75_at)
    sweep()

    put_in_force(is_better=False)
    tell()

    assert forecasts(ticket) == []
    assert standing(ticket).band == Band.NOW


def test_a_pause_moves_the_moment_and_keeps_the_forecast(clock, ticket, agent):
    put_in_force(risk=0.4)
    tell()
    before = {each.clock_id: each.risk_at for each in forecasts(ticket)}
    solving = clocks(ticket)["resolution"].id

    wait_for(agent, ticket, status="waiting_customer", text="Which printer?")
    resting = {each.clock_id: each.risk_at for each in forecasts(ticket)}

    assert before[solving] is not None
    assert resting[solving] is None


def test_a_clock_told_before_it_was_sorted_is_told_once_more(clock, ticket):
    put_in_force()
    tell()
    early = {each.is_settled for each in forecasts(ticket)}

    clock.move(minutes=15)
    tell()

    assert early == {False}
    assert {each.is_settled for each in forecasts(ticket)} == {True}


def test_telling_again_at_once_does_nothing(ticket):
    put_in_force()

    assert (tell(), tell()) == (1, 0)


def test_what_is_done_has_no_forecast(ticket, agent):
    put_in_force()
    tell()

    resolve_ticket(agent, ticket, answer="Done.")
    tell()

    assert forecasts(ticket) == []


def test_moments_of_any_probability_can_be_asked_for(ticket):
    put_in_force(risk=0.4)
    tell()
    first = clocks(ticket)["first_response"]

    likely, sure = (probability_at_least([first.id], percent)[first.id] for percent in (50, 90))

    assert likely in {each.risk_at for each in forecasts(ticket)}
    assert first.started_at < likely < sure <= first.due_at
    assert probability_at_least([first.id], 10)[first.id] == first.started_at


def test_a_clock_without_a_forecast_has_no_moment(ticket):
    assert probability_at_least([clocks(ticket)["resolution"].id], 50) == {}


def test_verify_makes_the_same_moments_and_places(clock, ticket, agent):
    put_in_force(risk=0.45)
    tell()
    clock.move(hours=1, minutes=50)
    tell()
    wait_for(agent, ticket, status="waiting_customer", text="Which printer?")

    assert verify().differences == []


def test_verify_finds_a_moment_that_was_changed(ticket):
    put_in_force(risk=0.4)
    tell()
    session().execute(update(Forecast).values(risk_at=Forecast.placed_at))
    session().commit()

    found = {(each.table, each.column) for each in verify().differences}

    assert ("sla_forecast", "risk_at") in found


@pytest.mark.parametrize("changed", [{"burn_seconds": 1}, {"percents": "not a forecast"}])
def test_verify_finds_a_forecast_that_contradicts_itself(ticket, changed):
    put_in_force(risk=0.4)
    tell()
    session().execute(update(Forecast).values(**changed))
    session().commit()

    found = {(each.table, each.column) for each in verify().differences}

    assert ("sla_forecast", "burn_seconds") in found


def test_verify_bears_a_forecast_of_a_target_that_was_changed_since(ticket, agent, make_person):
    put_in_force(risk=0.4)
    tell()

    override_priority(make_person("lead"), ticket, priority=1, why="The whole floor waits.")

    assert verify().differences == []


def test_arrays_of_old_forecasts_are_removed_and_those_still_asked_or_just_written_stay(app):
    for risk in (0.1, 0.2, 0.3):
        put_in_force(risk=risk)
    written = session().scalars(select(ForecastVersion.digest).order_by(ForecastVersion.number)).all()
    just_written = write_model(small_model(risk=0.4))
    long_ago = time.time() - 7200
    for digest in written:
        os.utime(store() / digest, (long_ago, long_ago))

    assert forget_old_models() == 1
    assert {path.name for path in store().iterdir()} == {*written[1:], just_written}
    assert forget_old_models() == 0
