"""Who says that they know is not told again; the clock goes on (E3)."""

import pytest

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.errors import NotFound, Refused
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.progress import resolve_ticket
from sla.acknowledging import acknowledge_clock
from sla.agreements import publish_agreement
from sla.core.moments import Moment
from sla.sweep import sweep
from tests.sla.stored import clocks, firings
from tests.verify.tampering import found

DESK = system_actor(Cause("test"))
AGAIN = {"at": {"percent": 100}, "repeat": {"every_minutes": 30, "times": 3}}


@pytest.fixture
def late(clock, make_ticket):
    """A ticket whose first response is a minute late and would be told of again."""
    rule = {"name": "all", "when": None, "calendar": "always", "targets": {"first_response": 3600}}
    steps = [AGAIN, {"at": {"after_minutes": 100}}]
    publish_agreement(DESK, "own", name="Own", document={"rules": [rule], "steps": steps}, position=0)
    ticket_id = make_ticket().id
    clock.move(minutes=61)
    sweep()
    return ticket_id


def steps_of(ticket_id):
    return [step for _kind, step, _outcome, _lag in firings(ticket_id)]


def test_without_it_the_step_comes_again(late, clock):
    clock.move(minutes=30)
    sweep()

    assert steps_of(late) == [100, Moment("after", 30).code]


def test_what_was_acknowledged_comes_no_more_and_other_steps_do(late, clock, make_person):
    acknowledge_clock(make_person("agent"), late)
    clock.move(minutes=100)
    sweep()

    assert steps_of(late) == [100, Moment("after", 100).code]
    assert found() == []


def test_the_clock_goes_on(late, clock, make_person):
    before = clocks(late)["first_response"]
    acknowledge_clock(make_person("agent"), late, kind="first_response")

    after = clocks(late)["first_response"]
    assert (after.state, after.due_at, after.consumed_seconds) == ("overdue", before.due_at, 0)


def test_customers_may_not(late, make_person):
    with pytest.raises(NotFound):
        acknowledge_clock(make_person(), late)


def test_a_request_that_is_done_needs_no_acknowledgement(late, make_person):
    agent = make_person("agent")
    resolve_ticket(agent, late, answer="Done.")

    with pytest.raises(Refused):
        acknowledge_clock(agent, late)


def test_the_ticket_page_offers_it_until_it_is_said(late, sign_in_as, make_person):
    page = sign_in_as(make_person("agent"))
    before = page.get(f"/desk/tickets/{late}").text
    page.post(f"/desk/tickets/{late}/acknowledge")
    after = page.get(f"/desk/tickets/{late}").text

    assert 'data-does="acknowledge"' in before
    assert 'data-does="acknowledge"' not in after
    assert "nobody is told again" in after


def test_what_was_due_to_be_told_again_is_told_now(late, sign_in_as, make_person, clock):
    clock.move(minutes=45)  # and the sweep has not come yet

    shown = sign_in_as(make_person("agent", zone="UTC")).get(f"/desk/tickets/SD-{late}").text

    assert f"People are told again today {clock.at:%H:%M}." in shown
