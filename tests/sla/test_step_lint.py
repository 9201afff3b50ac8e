"""Steps that nobody can have meant are pointed out (R31)."""

import pytest

from sla.core.escalation import read_steps
from sla.core.step_lint import step_doubts

TARGETS = [("first_response", 3600), ("resolution", 14_400)]


def doubts(*steps, is_forecast=False):
    found = step_doubts(read_steps(list(steps), "steps", {}), TARGETS, is_forecast=is_forecast)
    return [(each.code, each.place) for each in found]


def test_steps_that_make_sense_raise_no_doubt():
    assert (
        doubts({"at": {"percent": 75}, "to": ["assignee"]}, {"at": {"percent": 100}, "to": ["manager"]}) == []
    )


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"at": {"percent": 75}}, "does_nothing"),
        ({"at": {"before_minutes": 600}, "to": ["assignee"]}, "never_comes"),
        ({"at": {"chance_percent": 60}, "to": ["assignee"]}, "no_forecast"),
        ({"at": {"percent": 75}, "to": ["requester"]}, "warns_the_customer"),
    ],
)
def test_a_step_is_doubted_by_name(step, code):
    assert doubts(step) == [(code, 1)]


def test_the_same_step_twice_is_doubted():
    step = {"at": {"percent": 75}, "to": ["assignee"]}

    assert doubts(step, step) == [("twice", 2)]
    assert doubts({**step, "clocks": ["update"]}, {**step, "clocks": ["resolution"]})[:1] != [("twice", 2)]


def test_an_escalation_after_a_breach_of_which_nobody_hears_is_doubted():
    assert doubts({"at": {"percent": 120}, "to": ["manager"]}) == [("breach_told_to_nobody", 0)]


def test_with_a_forecast_a_likelihood_is_a_moment_like_others():
    assert doubts({"at": {"chance_percent": 60}, "to": ["assignee"]}, is_forecast=True) == []


def test_steps_that_no_rule_goes_by_raise_that_doubt_alone():
    steps = read_steps([{"at": {"percent": 120}, "to": ["manager"]}], "steps", {})

    assert [each.code for each in step_doubts(steps, [], is_forecast=False)] == ["for_no_rule"]
    assert list(step_doubts((), [], is_forecast=False)) == []
