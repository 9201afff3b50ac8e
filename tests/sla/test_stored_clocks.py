"""Clocks kept inside every save, and what that costs (R11, R12, R9)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.assignment import assign, edit_fields
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.opening import Request, open_ticket
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, wait_for, withdraw_ticket
from sla.models import ClockSpan
from tests.sla.stored import as_folded, as_stored, clocks, standing


@pytest.fixture
def customer(clock, make_person):
    return make_person()


@pytest.fixture
def agent(make_person):
    return make_person("agent")


def moment(text):
    return datetime.fromisoformat(f"2026-11-{text}:00+00:00")


def test_a_new_request_has_its_promises_at_once(make_ticket, customer):
    ticket = make_ticket(customer, priority=3)

    found = clocks(ticket.id)
    assert found.keys() == {"first_response", "resolution"}
    assert (found["first_response"].due_at, found["resolution"].due_at) == (
        moment("16T14:00"),
        moment("18T16:00"),
    )


def test_the_log_says_which_rule_promised_and_why(make_ticket, customer):
    ticket = make_ticket(customer, priority=2)

    said = stored_events(StreamRef("ticket", ticket.id), types={"agreement_assigned"})

    assert [(event.body["agreement"], event.body["rule"]) for event in said] == [("standard", "P2")]
    assert said[0].body["matched"] == [{"field": "priority", "operator": "is", "value": "P2", "wanted": "P2"}]
    assert (said[0].cause.kind, said[0].cause.version) == ("agreement", 1)


def test_an_organisation_of_the_gold_tier_is_promised_half_the_time(
    clock, make_person, make_organisation, make_ticket
):
    make_organisation("Altyn Logistics", tier="gold")
    ticket = make_ticket(make_person(organisation="Altyn Logistics"), priority=2)

    found = clocks(ticket.id)

    assert (found["first_response"].target_seconds, found["resolution"].target_seconds) == (1800, 14_400)
    assert found["resolution"].rule == "Gold P2"


def test_a_first_priority_is_measured_around_the_clock(clock, make_ticket, customer):
    clock.set("2026-11-21T23:00Z")

    ticket = make_ticket(customer, priority=1)

    assert clocks(ticket.id)["resolution"].due_at == moment("22T03:00")


def test_answer_wait_and_resolve_move_the_stored_clocks(clock, make_ticket, customer, agent):
    ticket = make_ticket(customer, priority=3)
    clock.move(hours=1)
    wait_for(agent, ticket.id, status="waiting_customer", text="Which room?")
    clock.move(hours=2)
    reply(customer, ticket.id, text="Room 4.")
    clock.move(hours=1)
    resolve_ticket(agent, ticket.id, answer="Done.")

    found = clocks(ticket.id)
    assert (found["first_response"].state, found["first_response"].consumed_seconds) == ("met", 3600)
    assert (found["next_response"].state, found["next_response"].consumed_seconds) == ("met", 3600)
    assert (found["resolution"].state, found["resolution"].consumed_seconds) == ("met", 7200)


def test_a_raised_priority_is_promised_anew_from_the_start(clock, make_ticket, customer, agent):
    ticket = make_ticket(customer, priority=3)
    clock.move(hours=1)

    edit_fields(agent, ticket.id, {"impact": 1, "urgency": 1})

    found = clocks(ticket.id)["first_response"]
    assert (found.target_seconds, found.target_epoch, found.state) == (900, 2, "overdue")
    assert (found.due_at, found.breached_at) == (moment("16T10:15"), moment("16T11:00"))


def test_another_team_under_the_same_rule_promises_nothing_new(make_ticket, customer, agent, make_group):
    ticket = make_ticket(customer)
    assign(agent, ticket.id, group_id=make_group().id)

    said = stored_events(StreamRef("ticket", ticket.id), types={"agreement_assigned"})

    assert len(said) == 1


def test_a_note_touches_no_clock(clock, make_ticket, customer, agent):
    ticket = make_ticket(customer)
    before = clocks(ticket.id)["resolution"].row_version
    add_note(agent, ticket.id, text="Looks like the drum.")

    assert clocks(ticket.id)["resolution"].row_version == before


def test_a_withdrawn_request_leaves_the_queue_and_the_figures(make_ticket, customer):
    ticket = make_ticket(customer)
    withdraw_ticket(customer, ticket.id)

    found = clocks(ticket.id).values()
    assert {(row.state, row.judged_at) for row in found} == {("cancelled", None)}
    assert standing(ticket.id) is None


def test_a_reopened_request_stands_in_the_queue_again(clock, make_ticket, customer, agent):
    ticket = make_ticket(customer)
    resolve_ticket(agent, ticket.id, answer="Done.")
    clock.move(hours=3)
    reopen_ticket(customer, ticket.id, text="Not quite.")

    assert (standing(ticket.id).kind, clocks(ticket.id)["next_response"].state) == (
        "next_response",
        "running",
    )
    assert clocks(ticket.id)["resolution"].state == "running"


def test_what_is_stored_is_what_the_log_says(clock, make_ticket, customer, agent):
    ticket = make_ticket(customer, priority=2)
    clock.move(minutes=20)
    reply(agent, ticket.id, text="Trying.")
    clock.move(hours=5)
    wait_for(agent, ticket.id, status="scheduled", until=clock.at + timedelta(days=1))
    clock.move(hours=2)

    assert as_stored(ticket.id) == as_folded(ticket.id)


def test_filing_costs_three_statements_for_all_promises(clock, make_person, count_statements):
    customer = make_person()
    open_ticket(customer, Request(subject="a", text="b"))

    with count_statements() as seen:
        open_ticket(customer, Request(subject="a", text="b"), key="once")

    assert sum(text.count("INSERT INTO sla_") for text in seen.texts) == 3, str(seen)
    assert (seen.count <= 11, seen.commits) == (True, 1), str(seen)


@pytest.mark.parametrize("messages", [1, 40])
def test_a_reply_costs_the_same_however_long_the_talk(
    clock, make_ticket, customer, agent, count_statements, messages
):
    ticket = make_ticket(customer)
    for _ in range(messages):
        reply(agent, ticket.id, text="And?")

    with count_statements() as seen:
        reply(customer, ticket.id, text="Yes.", key="once")

    assert seen.count <= 12, str(seen)


def test_an_imported_past_has_figures_and_no_jobs(clock, import_row):
    ticket_id = import_row(opened="2026-03-02T10:00Z", resolved="2026-03-30T10:00Z", priority=3)

    found = clocks(ticket_id)

    assert found.keys() == {"resolution"}
    assert (found["resolution"].state, found["resolution"].judged_at is not None) == ("missed", True)
    assert session().scalars(select(Job)).all() == []


def test_history_of_unknown_time_has_no_clocks(clock, import_row):
    ticket_id = import_row(opened=None, resolved=None)

    assert clocks(ticket_id) == {}
    assert session().scalars(select(ClockSpan)).all() == []
