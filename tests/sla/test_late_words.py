"""Calls that are noted down later count from when they were (F9; R11, R12)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, NotAllowed
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.verification import verify
from servicedesk.tickets.calls import log_call
from servicedesk.tickets.conversation import reply
from sla.models import Retraction
from sla.reports import Filter, attainment
from sla.sweep import sweep
from tests.sla.stored import as_folded, as_stored, clocks, firings


@pytest.fixture
def agent(clock, make_person):
    return make_person("agent")


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(priority=1)


def noted(agent, ticket, clock, *, minutes_ago):
    at = clock.at - timedelta(minutes=minutes_ago)
    log_call(agent, ticket.id, text="I told them to restart it.", happened_at=at)


def retracted(ticket):
    events = stored_events(StreamRef("ticket", ticket.id), types={"target_retracted"})
    return [(event.body["kind"], event.body["step"]) for event in events]


def test_a_call_answers_from_when_it_was(clock, agent, ticket):
    clock.move(minutes=40)
    noted(agent, ticket, clock, minutes_ago=30)

    found = clocks(ticket.id)["first_response"]
    assert (found.state, found.consumed_seconds) == ("met", 600)
    assert as_stored(ticket.id) == as_folded(ticket.id)


def test_a_miss_that_was_none_is_retracted_and_the_people_are_told(clock, agent, ticket):
    clock.move(minutes=20)
    sweep()
    noted(agent, ticket, clock, minutes_ago=12)

    assert ("first_response", 100) in retracted(ticket)
    assert [row for row in firings(ticket.id) if row[0] == "first_response"] == []
    kept = session().scalars(select(Retraction).where(Retraction.ticket_id == ticket.id)).all()
    assert {(row.step, row.outcome) for row in kept} == {
        (75, "skipped: late"),
        (90, "skipped: late"),
        (100, "fired"),
    }
    assert verify().differences == []


def test_the_figures_follow_what_was_noted_late(clock, agent, ticket, make_person):
    lead, answers = make_person("lead"), Filter(kind="first_response")
    clock.move(minutes=20)
    sweep()
    before = attainment(lead, answers).share
    noted(agent, ticket, clock, minutes_ago=12)

    assert (before, attainment(lead, answers).share) == (0.0, 1.0)


def test_a_miss_that_was_one_stands(clock, agent, ticket):
    clock.move(minutes=30)
    sweep()
    noted(agent, ticket, clock, minutes_ago=5)

    assert (retracted(ticket), clocks(ticket.id)["first_response"].state) == ([], "missed")
    assert verify().differences == []


def test_a_step_that_was_retracted_comes_again_at_its_true_moment(clock, agent, ticket):
    reply(agent, ticket.id, text="We look at it.")
    clock.move(hours=2, minutes=10)
    sweep()
    noted(agent, ticket, clock, minutes_ago=60)
    clock.move(hours=2)
    sweep()

    of_update = [row[1:3] for row in firings(ticket.id) if row[0] == "update"]
    assert ("update", 100) in retracted(ticket)
    assert of_update == [(75, "skipped: late"), (90, "skipped: late"), (100, "fired")]
    assert verify().differences == []


@pytest.mark.parametrize(
    ("minutes_ago", "code"),
    [(-1, "call.ahead"), (60 * 24 * 9, "call.before"), (60 * 73, "call.too_long_ago")],
)
def test_a_time_that_cannot_be_is_refused(clock, agent, ticket, minutes_ago, code):
    clock.move(days=8)

    with pytest.raises(Invalid) as refused:
        noted(agent, ticket, clock, minutes_ago=minutes_ago)

    assert (refused.value.code, refused.value.field) == (code, "happened_at")


def test_a_customer_notes_no_calls(clock, make_person, make_ticket):
    anna = make_person()

    with pytest.raises(NotAllowed):
        log_call(anna, make_ticket(anna).id, text="I was told.", happened_at=clock.at)


def test_a_call_before_the_last_word_is_not_the_last_word(clock, agent, ticket, make_person):
    clock.move(minutes=10)
    reply(agent, ticket.id, text="It is a fuse.")
    said_at = clock.at
    noted(agent, ticket, clock, minutes_ago=5)

    session().refresh(ticket)
    assert (ticket.answered_at, ticket.last_message_at, ticket.preview) == (
        said_at - timedelta(minutes=5),
        said_at,
        "It is a fuse.",
    )
    assert verify().differences == []
