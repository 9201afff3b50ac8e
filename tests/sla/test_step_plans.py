"""Steps that an agreement names itself: in which order, when, and that each comes once (E1, E3, X1, X4)."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.db import session
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.conversation import add_note
from servicedesk.tickets.progress import wait_for
from sla.agreements import publish_agreement
from sla.core.escalation import BadStep, plan_for, read_steps
from sla.core.moments import MISSED, Moment, following, in_order, moment_of, seconds_used
from sla.models import Clock
from sla.sweep import sweep
from tests.sla.stored import clocks, firings
from tests.verify.tampering import found

DESK = system_actor(Cause("test"))
HOUR = 3600
codes = st.one_of(st.integers(1, 1000), st.integers(1_000_001, 1_000_600), st.integers(2_000_001, 2_000_600))


@pytest.fixture
def publish(app, clock):
    """`publish([...])` lets the first agreement name these steps; an answer within 1 h, a solution in 4."""

    def put(steps, targets=None):
        rule = {"name": "all", "when": None, "calendar": "always"}
        rule["targets"] = targets or {"first_response": HOUR, "resolution": 4 * HOUR}
        return publish_agreement(
            DESK, "own", name="Own", document={"rules": [rule], "steps": steps}, position=0
        )

    return put


def plan(steps, kind="resolution"):
    return plan_for(read_steps(steps, "steps", {}), kind)


def outcomes(ticket_id, kind="first_response"):
    return [(step, outcome) for each, step, outcome, _lag in firings(ticket_id) if each == kind]


@given(codes)
def test_a_code_stands_for_one_moment(code):
    assert moment_of(code).code == code


@given(st.lists(codes, max_size=8), st.integers(60, 10**6))
def test_steps_follow_each_other_by_the_time_that_is_used_and_being_late_is_among_them(given_codes, target):
    chain = in_order(given_codes, target)

    used = [seconds_used(code, target) for code in chain]
    assert MISSED in chain
    assert used == sorted(used)


@given(st.lists(codes, min_size=1, max_size=8), st.integers(60, 10**6))
def test_who_goes_from_step_to_step_meets_each_once(given_codes, target):
    chain = in_order(given_codes, target)

    walked, step = [], following(chain, 0, target)
    while step is not None:
        walked.append(step)
        step = following(chain, step, target)

    assert walked == chain


def test_a_step_that_repeats_comes_again_until_its_number_is_full():
    steps = plan([{"at": {"after_minutes": 60}, "repeat": {"every_minutes": 30, "times": 2}}])

    assert [moment_of(code) for code in steps.codes] == [Moment("after", m) for m in (60, 90, 120)]
    assert steps.without_repeats().codes == (Moment("after", 60).code,)


def test_what_repeats_before_the_due_moment_ends_there():
    steps = plan([{"at": {"before_minutes": 60}, "repeat": {"every_minutes": 25, "times": 9}}])

    assert {moment_of(code).amount for code in steps.codes} == {60, 35, 10}


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"at": {"percent": 0}}, "agreement.step_moment"),
        ({"at": {"percent": 75, "after_minutes": 3}}, "agreement.step_moment"),
        ({"at": {"percent": 75}, "to": ["everybody"]}, "agreement.step_word"),
        ({"at": {"percent": 75}, "repeat": {"every_minutes": 5, "times": 2}}, "agreement.step_repeat"),
        ({"at": {"percent": 75}, "when": {"field": "weather", "is": "rain"}}, "condition.unknown_field"),
        ({"at": {"percent": 75}, "weather": 1}, "agreement.unknown_key"),
        ({"at": {"percent": 75}, "note": "x" * 501}, "agreement.step_text"),
    ],
)
def test_a_step_that_cannot_be_is_refused_by_name(step, code):
    with pytest.raises(BadStep) as error:
        read_steps([step], "steps", {})

    assert error.value.code == code


def test_each_named_step_comes_in_its_time(publish, clock, make_ticket):
    publish([{"at": {"percent": 50}}, {"at": {"before_minutes": 10}}, {"at": {"after_minutes": 30}}])
    ticket_id = make_ticket().id
    for minutes in (30, 20, 11, 30):
        clock.move(minutes=minutes)
        sweep()

    assert outcomes(ticket_id) == [
        (50, "fired"),
        (MISSED, "fired"),
        (Moment("before", 10).code, "fired"),
        (Moment("after", 30).code, "fired"),
    ]


def test_no_percentage_that_the_agreement_leaves_out_comes(publish, clock, make_ticket):
    publish([])
    ticket_id = make_ticket().id
    clock.move(hours=2)
    sweep()

    assert outcomes(ticket_id) == [(MISSED, "fired")]


def test_a_step_longer_before_than_the_target_does_not_come(publish, clock, make_ticket):
    publish([{"at": {"before_minutes": 120}}])
    ticket_id = make_ticket().id
    clock.move(hours=2, seconds=30)
    sweep()

    assert outcomes(ticket_id) == [(MISSED, "fired")]
    assert outcomes(ticket_id, "resolution") == [(Moment("before", 120).code, "fired")]


def test_after_an_outage_warnings_are_skipped_and_what_follows_the_breach_is_done_in_order(
    publish, clock, make_ticket
):
    publish([{"at": {"percent": 75}}, {"at": {"percent": 120}}, {"at": {"after_minutes": 30}}])
    ticket_id = make_ticket().id
    clock.move(hours=2)
    sweep()

    assert outcomes(ticket_id) == [
        (75, "skipped: late"),
        (MISSED, "fired"),
        (120, "fired"),
        (Moment("after", 30).code, "fired"),
    ]


def test_a_change_in_the_middle_of_the_chain_keeps_what_was_dealt_with(
    publish, clock, make_ticket, make_person
):
    publish([{"at": {"percent": 25}}, {"at": {"percent": 50}}, {"at": {"percent": 80}}])
    ticket_id = make_ticket().id
    clock.move(minutes=65)
    sweep()
    wait_for(make_person("agent"), ticket_id, status="waiting_supplier")

    kept = clocks(ticket_id)["resolution"]
    assert (kept.fired_step, kept.next_step) == (25, 50)
    assert kept.next_fire_at == kept.started_at + timedelta(hours=2)


def test_a_step_waits_while_its_clock_is_paused(publish, clock, make_ticket, make_person):
    publish([{"at": {"percent": 50}}])
    ticket_id = make_ticket().id
    wait_for(make_person("agent"), ticket_id, status="waiting_customer", text="Which one?")
    clock.move(hours=5)
    sweep()

    assert outcomes(ticket_id, "resolution") == []
    assert clocks(ticket_id)["resolution"].next_fire_at is None


def test_steps_of_a_rule_take_the_place_of_the_agreements(app, clock, make_ticket):
    rule = {"name": "all", "when": None, "calendar": "always", "targets": {"first_response": HOUR}}
    document = {"rules": [rule | {"steps": [{"at": {"percent": 10}}]}], "steps": [{"at": {"percent": 20}}]}
    publish_agreement(DESK, "own", name="Own", document=document, position=0)
    ticket_id = make_ticket().id

    assert clocks(ticket_id)["first_response"].next_step == 10


def test_a_plan_is_kept_with_the_clock_and_the_usual_one_is_not(publish, clock, make_ticket):
    usual = make_ticket().id
    publish([{"at": {"percent": 50}}])
    own = make_ticket().id

    def kept(ticket_id):
        return (
            session()
            .query(Clock.plan)
            .filter(Clock.subject_id == ticket_id, Clock.kind == "resolution")
            .scalar()
        )

    assert kept(usual) is None
    assert [code for code, _at in json.loads(kept(own))] == [50, MISSED]


def test_what_the_sweep_did_by_named_steps_bears_the_audit(publish, clock, make_ticket, make_person):
    publish(
        [
            {"at": {"percent": 30}, "clocks": ["resolution"]},
            {"at": {"before_minutes": 20}},
            {"at": {"after_minutes": 15}, "repeat": {"every_minutes": 20, "times": 3}},
        ]
    )
    agent = make_person("agent")
    ticket_id = make_ticket().id
    for minutes in (45, 20, 13, 15, 30):
        clock.move(minutes=minutes)
        sweep()
        add_note(agent, ticket_id, text="Still at it.")

    assert found() == []
