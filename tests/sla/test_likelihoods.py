"""Steps at a likelihood: once, when whoever forecasts says so, and never without (E1, X4)."""

import pytest

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.refs import Cause
from sla.agreements import publish_agreement
from sla.chances import chances_to_miss
from sla.core.moments import Moment
from sla.likelihoods import foresee
from sla.sweep import sweep
from tests.sla.stored import clocks, firings
from tests.verify.tampering import found

LIKELY = Moment("chance", 60).code
DESK = system_actor(Cause("test"))


@pytest.fixture
def forecast(app):
    """`forecast(0.7)`: from now on every clock is so likely to be missed."""
    yield lambda chance: chances_to_miss.fill(lambda ids, _now: dict.fromkeys(ids, chance))
    chances_to_miss.fill(None)


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
