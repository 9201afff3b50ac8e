"""What happens within one second is judged by its order, as if time had passed (R12; rules F3, F6)."""

import pytest
from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.tickets.assignment import override_priority
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.progress import resolve_ticket, wait_for
from sla.models import Clock
from tests.verify.tampering import found


@pytest.fixture
def lead(make_person):
    return make_person("lead")


def clock_of(ticket_id, kind):
    return session().scalars(select(Clock).where(Clock.subject_id == ticket_id, Clock.kind == kind)).one()


def test_a_clock_that_is_stopped_in_the_second_of_its_pause_was_not_due(clock, lead, make_ticket):
    ticket_id = make_ticket().id
    clock.move(hours=1)
    wait_for(lead, ticket_id, status="waiting_customer", text="Which one?")
    resolve_ticket(lead, ticket_id, answer="The old one.")

    assert clock_of(ticket_id, "resolution").due_at is None
    assert found() == []


def test_a_clock_answered_in_the_second_of_its_new_target_is_due_by_the_new_hours(clock, lead, make_ticket):
    clock.set("2026-11-16T19:00Z")
    ticket_id = make_ticket(priority=1).id
    clock.move(minutes=10)
    override_priority(lead, ticket_id, priority=3, why="One person only.")
    reply(lead, ticket_id, text="It is the fuse.")

    # Ten of the four hours were used; the desk opens again on Tuesday at nine.
    assert clock_of(ticket_id, "first_response").due_at.isoformat() == "2026-11-17T12:50:00+00:00"
    assert found() == []
