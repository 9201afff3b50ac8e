"""Why promises were broken and how long they were paused, each figure by hand (R99, R101)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.tickets.assignment import assign, take
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.progress import resolve_ticket, start_work, wait_for
from sla.core.causes import CAUSES, late_by_cause
from sla.holding import hold_clock, release_clock
from sla.reporting.asked import last_weeks
from sla.reporting.causes import breach_causes
from sla.reporting.pauses import pause_shares
from tests.support.makers import make_group

HOUR = 3600


@pytest.fixture
def manager(make_person):
    return make_person("manager")


@pytest.fixture
def causes(clock, manager):
    """`causes(kind)`: why the promises of one clock were broken."""

    def ask(kind="resolution", *, as_of=None, viewer=None):
        asked = last_weeks(4, until=clock.at, as_of=as_of or clock.at, zone="UTC").of(kind=kind)
        return breach_causes(viewer or manager, asked, now=clock.at)

    return ask


@pytest.fixture
def one(make_person):
    return make_person("agent")


@pytest.fixture
def other(make_person):
    return make_person("agent")


@pytest.fixture
def team(one, other):
    return make_group(members=[one, other])


@pytest.fixture
def urgent(make_ticket, team, administrator, make_person):
    """`urgent(requester)` is the id of an urgent request (4 h around the clock) that lies with the team."""

    def file(requester=None):
        ticket_id = make_ticket(requester, priority=1).id
        assign(administrator, ticket_id, group_id=team.id)
        return ticket_id

    return file


def parts(found):
    return {cause: seconds for cause, seconds in found.parts.items() if seconds}


def test_late_time_is_divided_as_the_counted_time_was_spent(clock, urgent, one, causes):
    ticket_id = urgent()
    clock.move(hours=4)
    take(one, ticket_id)
    clock.move(hours=4)
    resolve_ticket(one, ticket_id, answer="Done.")

    found = causes()

    assert (found.late_seconds, parts(found)) == (4 * HOUR, {"no_owner": 2 * HOUR, "work": 2 * HOUR})
    assert found.share("work") == 0.5


def test_a_supplier_and_who_got_it_and_did_nothing_have_their_part(clock, urgent, one, other, causes):
    ticket_id = urgent()
    take(one, ticket_id)
    clock.move(hours=2)
    wait_for(one, ticket_id, status="waiting_supplier")
    clock.move(hours=2)
    start_work(one, ticket_id)
    assign(one, ticket_id, assignee_id=other.id)
    clock.move(hours=3)
    add_note(other, ticket_id, text="Now I look.")
    clock.move(hours=1)
    resolve_ticket(other, ticket_id, answer="Done.")

    assert parts(causes()) == {"supplier": HOUR, "handover": HOUR * 3 // 2, "work": HOUR * 3 // 2}


def test_time_in_another_team_than_the_last_is_that_of_the_wrong_one(clock, urgent, one, causes):
    ticket_id, right = urgent(), make_group()
    take(one, ticket_id)
    clock.move(hours=6)
    assign(one, ticket_id, group_id=right.id)
    clock.move(hours=2)
    resolve_ticket(one, ticket_id, answer="Done.")

    assert parts(causes()) == {"wrong_group": 3 * HOUR, "no_owner": HOUR}


def test_time_until_somebody_looks_again_after_a_long_pause_is_told(clock, urgent, one, make_person, causes):
    customer = make_person()
    ticket_id = urgent(customer)
    take(one, ticket_id)
    wait_for(one, ticket_id, status="waiting_customer", text="Which room?")
    clock.move(hours=9)
    reply(customer, ticket_id, text="Room 5.")
    clock.move(hours=6)
    add_note(one, ticket_id, text="Back to it.")
    clock.move(hours=2)
    resolve_ticket(one, ticket_id, answer="Done.")

    assert parts(causes()) == {"long_pause": 3 * HOUR, "work": HOUR}


def test_a_long_pause_that_the_desk_ended_itself_costs_nothing(clock, urgent, one, make_person, causes):
    lead, ticket_id = make_person("lead"), urgent()
    take(one, ticket_id)
    hold_clock(lead, ticket_id, kind="resolution", reason="Agreed.")
    clock.move(hours=9)
    release_clock(lead, ticket_id, kind="resolution", reason="Go on.")
    clock.move(hours=6)
    resolve_ticket(one, ticket_id, answer="Done.")

    assert parts(causes()) == {"work": 2 * HOUR}


def test_every_part_leads_to_its_cycles(clock, urgent, one, causes):
    ticket_id = urgent()
    clock.move(hours=8)
    resolve_ticket(one, ticket_id, answer="Done.")

    found = causes()

    assert [cycle.ticket_id for cycle in found.behind("no_owner")] == [ticket_id]
    assert found.behind("supplier") == ()
    assert sum(cycle.late_seconds for cycle in found.cycles) == found.late_seconds


def test_nothing_late_has_no_shares(causes, make_person):
    found = causes(viewer=make_person())

    assert (found.late_seconds, found.share("work"), found.cycles) == (0, None, ())


def test_a_promise_that_is_still_broken_is_told_up_to_the_moment_asked_for(clock, urgent, causes):
    urgent()
    clock.move(hours=5)
    then = clock.at
    clock.move(hours=3)

    assert (causes(as_of=then).late_seconds, causes().late_seconds) == (HOUR, 4 * HOUR)


@given(st.lists(st.integers(0, 10**7), min_size=6, max_size=6), st.integers(0, 10**7))
def test_the_parts_of_late_time_always_add_up_to_it(times, late):
    found = late_by_cause(dict(zip(CAUSES, times, strict=True)), late)

    assert sum(found.values()) == (late if any(times) else 0)
    assert all(part >= 0 for part in found.values())


def test_pauses_are_told_by_reason_and_by_who_began_them(clock, make_ticket, make_person, manager):
    agent, lead, ticket_id = make_person("agent"), make_person("lead"), make_ticket(priority=1).id
    wait_for(agent, ticket_id, status="waiting_customer", text="Which room?")
    clock.move(hours=3)
    start_work(agent, ticket_id)
    hold_clock(lead, ticket_id, kind="resolution", reason="Agreed.")
    clock.move(hours=1)
    release_clock(lead, ticket_id, kind="resolution", reason="Go on.")
    clock.move(hours=1)
    resolve_ticket(agent, ticket_id, answer="Done.")
    asked = last_weeks(4, until=clock.at, as_of=clock.at, zone="UTC").of(kind="resolution")

    found = pause_shares(manager, asked, now=clock.at)

    assert found.reasons == {"waiting_customer": 3 * HOUR, "by_hand": HOUR}
    assert found.people == {agent.id: 3 * HOUR, lead.id: HOUR}
    assert (found.life_seconds, found.share(found.paused_seconds)) == (5 * HOUR, 0.8)
    assert [cycle.ticket_id for cycle in found.cycles] == [ticket_id]


def test_pauses_as_of_a_moment_stay_what_they_were(clock, make_ticket, make_person, manager):
    agent, ticket_id = make_person("agent"), make_ticket(priority=1).id
    wait_for(agent, ticket_id, status="waiting_customer", text="Which room?")
    clock.move(hours=3)
    resolve_ticket(agent, ticket_id, answer="Done.")
    clock.move(seconds=5)
    asked = last_weeks(4, until=clock.at, as_of=clock.at, zone="UTC").of(kind="resolution")
    before = pause_shares(manager, asked, now=clock.at)
    clock.move(hours=1)
    reply(agent, ticket_id, text="One more thing.")
    clock.move(seconds=5)

    assert pause_shares(manager, asked, now=clock.at) == before
    assert before.asked.to_at == before.asked.as_of + timedelta(seconds=1)
