"""Did we keep our promises? Figures, their definitions, and exactly the tickets behind them (R98, R101)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from servicedesk.identity.permissions import Permission, Scope
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.core.periods import midnight
from servicedesk.tickets.opening import Request, open_ticket
from servicedesk.tickets.progress import resolve_ticket, withdraw_ticket
from sla.reports import (
    Filter,
    attainment,
    attainment_by_group_and_priority,
    attainment_by_week,
    cycles_behind,
)
from sla.sweep import sweep
from sla.today import risk_today, tickets_at_risk

FIRST = Filter("first_response")


@pytest.fixture
def agent(clock, make_person):
    return make_person("agent")


@pytest.fixture
def manager(make_person):
    return make_person("manager")


@pytest.fixture
def answer(clock, make_ticket, agent):
    """`answer(minutes, priority=1)` files a request and answers it after so many minutes; returns its id."""

    def file_and_answer(minutes, *, priority=1):
        ticket = make_ticket(priority=priority)
        clock.move(minutes=minutes)
        reply(agent, ticket.id, text="Here we are.")
        return ticket.id

    return file_and_answer


def figures(figure):
    return figure.numerator, figure.denominator


def test_the_share_is_met_of_met_and_late(manager, answer):
    answer(10)
    answer(14)
    answer(16)

    found = attainment(manager, FIRST)
    assert (figures(found), found.definition) == ((2, 3), "sla.attainment")
    assert found.share == pytest.approx(2 / 3)


def test_nothing_judged_is_no_share(manager, make_ticket):
    make_ticket()

    assert attainment(manager, FIRST).share is None


def test_a_clock_that_is_late_counts_before_it_ends_and_only_once(clock, manager, make_ticket, agent):
    ticket = make_ticket(priority=1)
    clock.move(minutes=16)
    sweep()
    while_late = figures(attainment(manager, FIRST))
    reply(agent, ticket.id, text="Sorry.")

    assert (while_late, figures(attainment(manager, FIRST))) == ((0, 1), (0, 1))


def test_a_late_clock_stays_in_the_week_in_which_it_became_late(clock, manager, make_ticket, agent):
    ticket = make_ticket(priority=1)
    clock.move(days=8)
    sweep()
    reply(agent, ticket.id, text="Sorry.")

    weeks = attainment_by_week(manager, "first_response", weeks=3, now=clock.at, zone="UTC")
    assert [(week.week, figures(week.figure)) for week in weeks] == [(46, (0, 0)), (47, (0, 1)), (48, (0, 0))]


def test_weeks_begin_on_monday_in_the_zone_of_the_report(clock, manager, answer):
    clock.set("2026-11-15T19:30Z")  # Sunday here, Monday 00:30 in Almaty
    answer(10)

    here = attainment_by_week(manager, "first_response", weeks=2, now=clock.at, zone="UTC")
    there = attainment_by_week(manager, "first_response", weeks=2, now=clock.at, zone="Asia/Almaty")
    assert [(week.week, figures(week.figure)) for week in here] == [(45, (0, 0)), (46, (1, 1))]
    assert [(week.week, figures(week.figure)) for week in there] == [(46, (0, 0)), (47, (1, 1))]


def test_withdrawn_requests_are_in_no_figure(clock, manager, make_person):
    customer = make_person()
    ticket_id = open_ticket(customer, Request(subject="a", text="b"))
    withdraw_ticket(customer, ticket_id)

    assert figures(attainment(manager, Filter())) == (0, 0)


def test_the_filter_of_a_figure_lists_exactly_its_tickets(clock, manager, answer):
    on_time, late = answer(10), answer(20)

    found = attainment(manager, FIRST)
    behind = cycles_behind(manager, found.filter, now=clock.at)
    missed = cycles_behind(manager, found.missed, now=clock.at)

    assert sorted(row.ticket_id for row in behind) == sorted([on_time, late])
    assert [(row.ticket_id, row.late_seconds) for row in missed] == [(late, 300)]


def test_every_cell_and_every_week_lists_as_many_as_it_counts(clock, manager, answer):
    for minutes, priority in ((10, 1), (20, 1), (70, 2), (30, 3)):
        answer(minutes, priority=priority)

    cells = attainment_by_group_and_priority(manager, FIRST)
    weeks = attainment_by_week(manager, "first_response", weeks=4, now=clock.at, zone="UTC")
    shown = [each.figure for each in (*cells, *weeks)]

    assert [figures(cell.figure) for cell in cells] == [(1, 2), (0, 1), (1, 1)]
    assert [len(cycles_behind(manager, each.filter, now=clock.at)) for each in shown] == [
        each.denominator for each in shown
    ]


def test_the_list_goes_on_where_the_last_page_ended(clock, manager, answer):
    ids = [answer(minutes) for minutes in (1, 2, 3)]

    first = cycles_behind(manager, FIRST, now=clock.at, limit=2)
    rest = cycles_behind(
        manager, FIRST, now=clock.at, after=(first[-1].judged_at, first[-1].clock_id), limit=2
    )

    assert [row.ticket_id for row in (*first, *rest)] == list(reversed(ids))


def test_nobody_counts_what_they_may_not_see(clock, make_person, make_group, answer):
    answer(10)
    of_a_group = make_person("group_agent", group=make_group())
    may_report = {Permission.REPORT_SEE: frozenset({Scope.GROUP})}
    of_triage = attainment(replace(of_a_group, grants=may_report), FIRST)

    assert [figures(attainment(who, FIRST)) for who in (make_person(), of_a_group)] == [(0, 0), (0, 0)]
    assert figures(of_triage) == (1, 1)


def test_a_day_begins_at_midnight_of_its_zone():
    assert midnight(date(2026, 3, 29), "Europe/Berlin") == datetime(2026, 3, 28, 23, tzinfo=UTC)


def test_todays_risk_counts_each_open_ticket_once(clock, manager, make_ticket, agent):
    late, risky, due, calm = (make_ticket(priority=each).id for each in (1, 2, 3, 4))
    done = make_ticket(priority=1).id
    resolve_ticket(agent, done, answer="Done.")
    clock.set(clock.at + timedelta(minutes=50))

    (found,) = risk_today(manager, now=clock.at, zone="UTC")

    assert (found.late, found.at_risk, found.due_today, found.calm, found.open) == (1, 1, 2, 0, 4)
    listed = {
        risk: [row.ticket_id for row in tickets_at_risk(manager, risk, now=clock.at, zone="UTC")]
        for risk in ("late", "at_risk", "due_today")
    }
    assert listed == {"late": [late], "at_risk": [risky], "due_today": [due, calm]}
