"""What other desks were seen to get wrong, each named after what it protects (R11, R12)."""

from datetime import timedelta

import pytest

from servicedesk.calendars.commands import publish_calendar
from servicedesk.kernel.verification import verify
from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.merging import merge_tickets
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, start_work, wait_for
from servicedesk.tickets.status_list import listed_statuses, name_statuses, statuses_version
from sla.repromising import deactivate_agreement
from sla.sweep import sweep
from tests.sla.stored import announced, as_folded, as_stored, clocks, standing

URGENT = {"impact": 1, "urgency": 1}


@pytest.fixture
def agent(clock, make_person):
    return make_person("agent")


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(priority=2)


def test_a_change_of_priority_keeps_pauses(clock, agent, ticket):
    clock.move(minutes=30)
    wait_for(agent, ticket.id, status="waiting_customer")
    clock.move(hours=2)
    start_work(agent, ticket.id)
    edit_fields(agent, ticket.id, URGENT)
    clock.move(minutes=30)

    ledger = as_folded(ticket.id)["resolution", 1][1]
    lines = [(line[2], line[1] and line[1] - line[0]) for line in ledger.values()]
    assert ("paused", timedelta(hours=2)) in lines
    assert clocks(ticket.id)["resolution"].target_seconds == 14_400
    assert as_stored(ticket.id) == as_folded(ticket.id)


def test_a_request_resolved_straight_from_a_pause_is_judged_by_what_it_used(clock, agent, ticket):
    clock.move(hours=1)
    wait_for(agent, ticket.id, status="waiting_customer", text="Which room?")
    clock.move(days=3)
    resolve_ticket(agent, ticket.id, answer="Room 4 it was.")

    found = clocks(ticket.id)["resolution"]
    assert (found.state, found.consumed_seconds) == ("met", 3600)


def test_an_answer_and_a_status_in_one_save_meet_the_first_response(clock, agent, ticket):
    clock.move(minutes=30)
    wait_for(agent, ticket.id, status="waiting_customer", text="Which room?")

    found = clocks(ticket.id)
    assert (found["first_response"].state, found["first_response"].consumed_seconds) == ("met", 1800)
    assert found["resolution"].state == "paused"


def test_a_merged_request_stops_escalating(clock, agent, make_person, make_ticket):
    anna = make_person()
    source, target = make_ticket(anna, priority=1), make_ticket(anna, priority=3)
    merge_tickets(agent, source.id, into_id=target.id)
    clock.move(days=2)
    sweep()

    assert announced(source.id) == []
    assert {row.state for row in clocks(source.id).values()} == {"cancelled"}


def test_a_calendar_edit_of_tomorrow_changes_no_finished_clock(clock, agent, ticket, administrator):
    clock.move(hours=1)
    resolve_ticket(agent, ticket.id, answer="Done.")
    before = as_stored(ticket.id)
    week = {day: [["13:00", "14:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    document = {"tz": "UTC", "week": week}
    tomorrow = clock.at + timedelta(days=1)
    publish_calendar(administrator, "desk", name="Desk", document=document, effective_from=tomorrow)
    clock.move(days=3)

    assert as_stored(ticket.id) == before == as_folded(ticket.id)
    assert verify().differences == []


def test_renaming_a_status_changes_nothing(clock, agent, ticket, administrator):
    wait_for(agent, ticket.id, status="waiting_customer", text="Which room?")
    before, place = as_stored(ticket.id), standing(ticket.id).band
    statuses = listed_statuses()
    names = {each.key: {**each.names, "en": f"Renamed {each.key}"} for each in statuses}
    order = [each.key for each in reversed(statuses)]
    name_statuses(administrator, names=names, order=order, expected_version=statuses_version())
    clock.move(hours=1)

    assert as_stored(ticket.id) == before == as_folded(ticket.id)
    assert standing(ticket.id).band == place
    assert verify().differences == []


def test_around_the_clock_no_minute_is_lost(clock, agent, make_ticket):
    clock.set("2026-10-24T20:00Z")  # the night in which clocks go back in Israel and most of Europe
    ticket = make_ticket(priority=1)
    clock.move(minutes=239)
    resolve_ticket(agent, ticket.id, answer="Done.")

    found = clocks(ticket.id)["resolution"]
    assert (found.state, found.consumed_seconds) == ("met", 239 * 60)


def test_reopening_an_old_request_does_not_breach_at_once(clock, agent, ticket):
    clock.move(hours=7)
    resolve_ticket(agent, ticket.id, answer="Done.")
    clock.move(days=13)
    reopen_ticket(agent, ticket.id, text="We look again.")
    sweep()

    found = clocks(ticket.id)["resolution"]
    assert (found.state, found.breached_at) == ("running", None)
    assert ("target_missed", "resolution", 100) not in announced(ticket.id)


def test_an_inactive_agreement_stops_its_clocks(clock, ticket, make_person):
    deactivate_agreement(make_person("manager"), "standard")
    clock.move(days=2)
    sweep()

    assert {row.state for row in clocks(ticket.id).values()} == {"cancelled"}
    assert (announced(ticket.id), standing(ticket.id).kind) == ([], None)
