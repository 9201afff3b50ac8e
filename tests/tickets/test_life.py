"""A ticket's life: answer, wait, resolve, reopen, close, withdraw (R5, R13, R23, R43)."""

from datetime import timedelta

import pytest

from servicedesk.kernel.command import saving
from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.assignment import assign, edit_fields, override_priority, take
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.progress import (
    close_by_itself,
    closing_time,
    reopen_ticket,
    resolve_ticket,
    wait_for,
    withdraw_ticket,
)
from servicedesk.tickets.queries import conversation, ticket_detail


@pytest.fixture
def customer(make_person):
    return make_person()


@pytest.fixture
def agent(make_person):
    return make_person("agent")


@pytest.fixture
def ticket_id(clock, make_ticket, customer):
    return make_ticket(customer).id


def last_move(ticket_id):
    log = stored_events(StreamRef("ticket", ticket_id))
    return max(event.seq for event in log if event.type == "status_changed")


def status(viewer, ticket_id):
    return ticket_detail(viewer, ticket_id).status


def test_the_first_answer_takes_a_new_ticket_into_work(agent, ticket_id) -> None:
    reply(agent, ticket_id, text="We look into it.")

    assert status(agent, ticket_id) == "in_progress"


def test_a_customers_own_word_does_not(agent, customer, ticket_id) -> None:
    reply(customer, ticket_id, text="It also hums.")

    assert status(agent, ticket_id) == "new"


def test_taking_it_takes_it_into_work(agent, ticket_id) -> None:
    take(agent, ticket_id)

    ticket = ticket_detail(agent, ticket_id)
    assert (ticket.status, ticket.assignee_id, ticket.needs_triage) == ("in_progress", agent.id, False)


@pytest.mark.parametrize(
    ("kind", "after"), [("waiting_customer", "in_progress"), ("waiting_supplier", "waiting_supplier")]
)
def test_only_the_one_who_is_waited_for_ends_the_wait(agent, customer, ticket_id, kind, after) -> None:
    wait_for(agent, ticket_id, status=kind, text="Which colour is the light?")

    reply(customer, ticket_id, text="Red.")

    assert status(agent, ticket_id) == after


def test_a_scheduled_ticket_needs_a_date_ahead(clock, agent, ticket_id) -> None:
    with pytest.raises(Invalid):
        wait_for(agent, ticket_id, status="scheduled")
    with pytest.raises(Invalid):
        wait_for(agent, ticket_id, status="scheduled", until=clock.at - timedelta(minutes=1))

    wait_for(agent, ticket_id, status="scheduled", until=clock.at + timedelta(days=2))

    assert ticket_detail(agent, ticket_id).wake_at == clock.at + timedelta(days=2)


def test_resolving_needs_an_answer(agent, ticket_id) -> None:
    with pytest.raises(Invalid):
        resolve_ticket(agent, ticket_id)

    resolve_ticket(agent, ticket_id, answer="The drum was worn.")

    assert status(agent, ticket_id) == "resolved"


def test_a_customer_comes_back_within_fourteen_days_even_after_it_closed(
    clock, agent, customer, ticket_id
) -> None:
    resolve_ticket(agent, ticket_id, answer="Done.")
    clock.move(days=8)
    close_by_itself(agent, ticket_id, after=last_move(ticket_id))
    clock.move(days=5)

    sent = reply(customer, ticket_id, text="It is back.")

    assert (sent.opened_new, status(agent, ticket_id)) == (False, "in_progress")


def test_later_a_message_opens_a_linked_new_request(clock, agent, customer, ticket_id) -> None:
    resolve_ticket(agent, ticket_id, answer="Done.")
    clock.move(days=15)

    sent = reply(customer, ticket_id, text="It is back.")

    events = conversation(agent, ticket_detail(agent, sent.ticket_id)).events
    links = [event.body["other_id"] for event in events if event.type == "tickets_linked"]
    assert (sent.opened_new, links, status(agent, ticket_id)) == (True, [ticket_id], "resolved")


def test_it_closes_after_five_working_days_of_the_desks_calendar(clock, agent, ticket_id) -> None:
    monday = clock.set("2026-11-16T10:00Z")

    assert closing_time(monday).date() == (monday + timedelta(days=7)).date()


def test_a_customer_withdraws_an_unresolved_ticket_for_good(agent, customer, ticket_id) -> None:
    withdraw_ticket(customer, ticket_id)

    assert status(agent, ticket_id) == "withdrawn"
    with pytest.raises(Refused):
        reopen_ticket(agent, ticket_id)


def test_a_customer_says_that_a_resolved_ticket_may_close(agent, customer, ticket_id) -> None:
    resolve_ticket(agent, ticket_id, answer="Done.")

    withdraw_ticket(customer, ticket_id)

    assert status(agent, ticket_id) == "closed"


def test_a_stale_form_overwrites_nothing(agent, ticket_id) -> None:
    shown = ticket_detail(agent, ticket_id).row_version
    reply(agent, ticket_id, text="Answer of the first.")

    with pytest.raises(Conflict) as refused:
        resolve_ticket(agent, ticket_id, answer="Answer of the second.", expected_version=shown)

    assert refused.value.details["current_version"] > shown
    assert len(conversation(agent, ticket_detail(agent, ticket_id)).messages) == 2


def test_a_customer_never_gets_a_note(agent, customer, ticket_id) -> None:
    add_note(agent, ticket_id, text="Looks like his own fault.")

    seen = conversation(customer, ticket_detail(customer, ticket_id))

    assert [message.public for message in seen.messages] == [True]


def test_a_customer_can_neither_note_nor_assign_nor_resolve(customer, ticket_id) -> None:
    for refused in (
        lambda: add_note(customer, ticket_id, text="x"),
        lambda: take(customer, ticket_id),
        lambda: resolve_ticket(customer, ticket_id, answer="x"),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_the_ticket_of_another_customer_does_not_exist(make_person, ticket_id) -> None:
    stranger = make_person()

    with pytest.raises(NotFound):
        ticket_detail(stranger, ticket_id)
    with pytest.raises(NotFound):
        reply(stranger, ticket_id, text="Mine now.")


def test_a_ticket_goes_only_to_somebody_of_the_group(agent, make_group, ticket_id) -> None:
    group = make_group()

    with pytest.raises(Invalid):
        assign(agent, ticket_id, group_id=group.id, assignee_id=agent.id)


def test_priority_follows_impact_and_urgency_with_its_reasons(agent, ticket_id) -> None:
    edit_fields(agent, ticket_id, {"impact": 1, "urgency": 1})

    ticket = ticket_detail(agent, ticket_id)
    assert (ticket.priority, ticket.priority_reasons) == (1, ("impact_1", "urgency_1"))


def test_an_override_stays_until_it_is_taken_back(make_person, ticket_id) -> None:
    lead = make_person("lead")
    override_priority(lead, ticket_id, priority=1, why="The minister waits.")
    edit_fields(lead, ticket_id, {"urgency": 3})
    assert ticket_detail(lead, ticket_id).priority == 1

    override_priority(lead, ticket_id, priority=None, why="She left.")

    assert ticket_detail(lead, ticket_id).priority == 4


def test_only_a_lead_overrides_and_only_with_a_reason(agent, make_person, ticket_id) -> None:
    with pytest.raises(NotAllowed):
        override_priority(agent, ticket_id, priority=1, why="I say so.")
    with pytest.raises(Invalid):
        override_priority(make_person("lead"), ticket_id, priority=1, why=" ")


def test_commands_of_one_save_do_not_undo_each_other(agent, ticket_id) -> None:
    with saving(agent):
        edit_fields(agent, ticket_id, {"impact": 1, "urgency": 1})
        take(agent, ticket_id)

    ticket = ticket_detail(agent, ticket_id)
    assert (ticket.priority, ticket.assignee_id, ticket.status) == (1, agent.id, "in_progress")


def test_a_ticket_that_was_solved_again_meanwhile_does_not_close_for_the_first_time(agent, ticket_id) -> None:
    resolve_ticket(agent, ticket_id, answer="Done.")
    first = last_move(ticket_id)
    reopen_ticket(agent, ticket_id)
    resolve_ticket(agent, ticket_id, answer="Now really.")

    close_by_itself(agent, ticket_id, after=first)

    assert status(agent, ticket_id) == "resolved"
