"""Steps at a likelihood: once, when the stored forecast says so, and never without (E1, X4)."""

from datetime import timedelta

import pytest

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.refs import Cause
from sla.agreements import publish_agreement
from sla.chances import chances_to_miss, is_forecast
from sla.core.moments import Moment
from sla.core.standing import Band
from sla.forecast.moments import probability_at_least
from sla.forecast.telling import tell
from sla.likelihoods import foresee
from sla.sweep import sweep
from tests.sla.forecast.desk import put_in_force
from tests.sla.stored import clocks, firings, standing
from tests.verify.tampering import found

LIKELY = Moment("chance", 60).code
DESK = system_actor(Cause("test"))


@pytest.fixture
def forecast(app):
    """`forecast(0.7)`: from now on every clock is so likely to be missed."""
    stored = chances_to_miss.value
    yield lambda chance: chances_to_miss.fill(lambda ids, _now: dict.fromkeys(ids, chance))
    chances_to_miss.fill(stored)


@pytest.fixture
def ticket_id(clock, make_ticket):
    rule = {"name": "all", "when": None, "calendar": "always", "targets": {"first_response": 3600}}
    steps = [{"at": {"chance_percent": 60}, "note": "Look."}, {"at": {"percent": 75}}]
    publish_agreement(DESK, "own", name="Own", document={"rules": [rule], "steps": steps}, position=0)
    return make_ticket().id


def test_without_a_forecast_no_such_step_comes(ticket_id):
    assert foresee() == 0
    assert firings(ticket_id) == []


def test_a_clock_as_likely_to_be_missed_as_the_step_says_fires_once(ticket_id, forecast):
    forecast(0.59)
    before = foresee()
    forecast(0.61)

    assert (before, foresee(), foresee()) == (0, 1, 0)
    assert firings(ticket_id) == [("first_response", LIKELY, "fired", 0)]


def test_it_holds_no_other_step_up(ticket_id, forecast, clock):
    forecast(0.9)
    foresee()
    clock.move(minutes=46)
    sweep()

    assert [step for _kind, step, _outcome, _lag in firings(ticket_id)] == [75, LIKELY]
    assert clocks(ticket_id)["first_response"].next_step == 100


def test_it_bears_the_audit(ticket_id, forecast, clock):
    forecast(0.9)
    clock.move(minutes=10)
    foresee()
    clock.move(minutes=36)
    sweep()

    assert found() == []


@pytest.fixture
def moment(ticket_id):
    """When the stored forecast of the first answer passes the 60 % of the step."""
    put_in_force(risk=0.4, hours=[each / 60 for each in range(1, 90)])
    tell()
    [at] = probability_at_least([clocks(ticket_id)["first_response"].id], 60).values()
    return at


def test_the_stored_forecast_fires_the_step_when_it_reaches_it_and_not_before(ticket_id, moment, clock):
    clock.set(moment - timedelta(minutes=3))
    before = foresee()
    clock.set(moment + timedelta(seconds=20))

    assert (before, foresee(), foresee()) == (0, 1, 0)
    assert firings(ticket_id) == [("first_response", LIKELY, "fired", 0)]
    assert is_forecast()


def test_the_same_forecast_told_anew_fires_no_second_time(ticket_id, moment, clock):
    clock.set(moment + timedelta(seconds=20))
    first = foresee()
    put_in_force(risk=0.1)
    tell()
    put_in_force(risk=0.9)
    tell()

    assert (first, foresee()) == (1, 0)


def test_a_clock_that_is_late_already_is_foreseen_by_nobody(ticket_id, moment, clock):
    clock.set(clocks(ticket_id)["first_response"].due_at + timedelta(seconds=1))

    assert foresee() == 0


def test_a_forecast_that_is_hidden_fires_nothing(ticket_id, moment, clock):
    put_in_force(is_better=False)
    tell()
    clock.set(moment + timedelta(seconds=20))

    assert foresee() == 0
    assert not is_forecast()


def test_the_place_follows_a_step_that_comes_before_the_forecast_was_looked_at_again(
    ticket_id, moment, clock
):
    clock.set(moment + timedelta(seconds=20))
    foresee()

    assert standing(ticket_id).band == Band.NOW
    assert found() == []
