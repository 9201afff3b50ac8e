"""Figures of promises: by hand, as of a moment, of what the reader may see (R31, R98, R101, R106)."""

from datetime import timedelta

import pytest

from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, wait_for
from sla.holding import override_clock
from sla.reporting.asked import last_weeks
from sla.reporting.behind import cycles_behind
from sla.reporting.figures import OpenFigures, promise_figures
from sla.sweep import sweep
from tests.sla.walk import Walk


@pytest.fixture
def manager(make_person):
    return make_person("manager")


@pytest.fixture
def figures(clock, manager):
    """`figures(kind, as_of=…, **chosen)`: the figures of one clock over the last weeks."""

    def ask(kind="first_response", *, viewer=None, as_of=None, **chosen):
        asked = last_weeks(13, until=clock.at, as_of=(as_of or clock.at), zone="UTC")
        found = promise_figures(viewer or manager, asked.of(kind=kind, **chosen), now=clock.at)
        return found.kinds[0]

    return ask


@pytest.fixture
def answer(clock, make_ticket, make_person):
    """`answer(minutes)` files an urgent request and answers it after so many minutes; returns its id."""
    agent = make_person("agent")

    def file_and_answer(minutes, **asked):
        ticket_id = make_ticket(priority=1, **asked).id
        clock.move(minutes=minutes)
        reply(agent, ticket_id, text="Here we are.")
        return ticket_id

    return file_and_answer


def test_quantiles_are_those_of_a_hand_count(answer, figures):
    for minutes in (2, 4, 6, 8, 10, 12, 14, 25, 35):
        answer(minutes)

    found = figures()

    assert (found.met, found.judged, found.late) == (7, 9, 2)
    working = found.working
    assert (working.median, working.p75, working.p90) == (10 * 60, 14 * 60, 35 * 60)
    assert working.mean == round(sum((2, 4, 6, 8, 10, 12, 14, 25, 35)) * 60 / 9)
    assert (found.late_by.count, found.late_by.sum, found.late_by.median, found.late_by.p90) == (
        2,
        1800,
        600,
        1200,
    )


def test_customers_feel_the_wall_clock(clock, make_ticket, make_person, figures):
    clock.set("2026-11-20T17:00Z")
    ticket_id = make_ticket(priority=3).id
    clock.set("2026-11-23T10:00Z")
    reply(make_person("agent"), ticket_id, text="Here.")

    found = figures()

    assert (found.working.median, found.wall.median) == (7200, 65 * 3600)


def test_a_breach_that_an_easier_target_lowered_is_counted_apart(clock, make_ticket, make_person, figures):
    agent, ticket_id = make_person("agent"), make_ticket(priority=1).id
    clock.move(minutes=20)
    sweep()
    edit_fields(agent, ticket_id, {"impact": 3, "urgency": 3})
    clock.move(minutes=1)
    reply(agent, ticket_id, text="Here.")

    found = figures()

    assert (found.met, found.late, found.lowered, found.retargets) == (1, 0, 1, 1)


def test_what_people_set_by_hand_is_counted(clock, make_ticket, make_person, figures):
    lead, ticket_id = make_person("lead"), make_ticket(priority=3).id
    override_clock(lead, ticket_id, kind="resolution", until=clock.at + timedelta(hours=2), reason="Agreed.")
    resolve_ticket(lead, ticket_id, answer="Done.")

    found = figures("resolution")

    assert (found.judged, found.overridden, found.retargets) == (1, 1, 1)


def test_tickets_are_kept_where_none_of_their_promises_was_broken(clock, answer, manager):
    answer(5)
    answer(20)

    asked = last_weeks(13, until=clock.at, as_of=clock.at, zone="UTC")
    found = promise_figures(manager, asked, now=clock.at)

    assert (found.tickets_kept, found.tickets) == (1, 2)


def test_nothing_in_the_period_is_nothing_and_not_a_share(figures):
    found = figures()

    assert (found.judged, found.working.count, found.working.median, found.working.mean) == (0, 0, None, None)


def test_who_sees_some_requests_is_told_of_those_only(answer, figures, make_person):
    own, other = make_person("manager"), make_person("manager", organisation="Elsewhere")
    answer(5)

    assert figures(viewer=own).judged == 1
    assert figures(viewer=make_person()).judged == 0
    assert figures(organisation_id=other.organisation_id).judged == 0


def test_a_clock_that_is_late_counts_although_no_sweep_came(clock, make_ticket, figures):
    make_ticket(priority=1)
    clock.move(minutes=20)

    assert (figures().judged, figures().late, figures().working.count) == (1, 1, 0)


def test_a_past_answer_stays_what_it_was_whatever_happened_since(clock, answer, figures, make_person):
    lead, ticket_id = make_person("lead"), answer(5)
    resolve_ticket(lead, ticket_id, answer="Done.")
    clock.move(minutes=1)
    then = clock.at
    before = figures("resolution")
    clock.move(hours=1)
    reopen_ticket(lead, ticket_id)
    edit_fields(lead, ticket_id, {"impact": 3, "urgency": 3})
    resolve_ticket(lead, ticket_id, answer="Again.")

    assert figures("resolution", as_of=then) == before
    assert figures("resolution", priority=1).judged == 0
    assert figures("resolution", as_of=then, priority=1).judged == 1


@pytest.mark.parametrize("seed", range(3))
def test_any_past_moment_can_be_asked_again_and_answers_the_same(
    seed, clock, make_ticket, make_person, manager
):
    walk = Walk(seed, clock, make_person(), make_person("agent"), make_ticket)
    asked, told = [], []
    for step in range(90):
        walk.step()
        if step % 15 == 14:
            sweep()
            clock.move(seconds=2)
            question = last_weeks(26, until=clock.at, as_of=clock.at.replace(microsecond=0), zone="UTC")
            asked.append(question)
            told.append(promise_figures(manager, question, now=clock.at))
            clock.move(seconds=2)

    again = [promise_figures(manager, question, now=clock.at) for question in asked]

    assert again == told
    assert sum(kind.judged for kind in told[-1].kinds) > 5


def test_how_running_promises_stood_stays_told_and_so_do_the_rows_behind(
    clock, make_ticket, make_person, manager, figures
):
    late, at_risk, calm = (make_ticket(priority=1).id for _ in range(3))
    clock.move(minutes=12)
    reply(make_person("agent"), calm, text="Here.")
    edit_fields(make_person("agent"), at_risk, {"impact": 3, "urgency": 3})
    make_ticket(priority=1)
    clock.move(minutes=4)
    then = last_weeks(13, until=clock.at, as_of=clock.at, zone="UTC").of(kind="first_response")

    def told():
        behind = {name: cycles_behind(manager, name, then, now=clock.at) for name in ("open", "open_late")}
        return figures(as_of=then.as_of).standing, behind

    before = told()
    sweep()
    clock.move(minutes=30)
    sweep()
    resolve_ticket(make_person("agent"), late, answer="Done.")

    assert told() == before
    assert before[0] == OpenFigures(open=3, late=1, at_risk=0)
    assert [(row.ticket_id, row.state) for row in before[1]["open_late"]] == [(late, "overdue")]


def test_what_is_past_three_quarters_is_at_risk_until_it_is_late_or_waits(
    clock, make_ticket, make_person, figures
):
    ticket_id = make_ticket(priority=1).id
    clock.move(minutes=12)
    at_risk = figures().standing
    wait_for(make_person("agent"), ticket_id, status="waiting_customer", text="Which room?")

    assert at_risk == OpenFigures(open=1, late=0, at_risk=1)
    assert figures("resolution").standing.at_risk == 0


def test_a_pause_is_no_working_time(clock, make_ticket, make_person, figures):
    agent, ticket_id = make_person("agent"), make_ticket(priority=3).id
    clock.move(hours=1)
    wait_for(agent, ticket_id, status="waiting_customer", text="Which room?")
    clock.move(hours=2)
    resolve_ticket(agent, ticket_id, answer="Done.")

    found = figures("resolution")

    assert (found.working.median, found.wall.median) == (3600, 3 * 3600)
