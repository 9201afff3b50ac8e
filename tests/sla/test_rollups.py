"""Roll-ups are what a recount of the clocks gives, whatever happened in between (R12, R101)."""

from datetime import timedelta

import pytest

from servicedesk.kernel.db import session
from servicedesk.kernel.verification import begin_snapshot, verify
from servicedesk.tickets.assignment import assign
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.core.periods import day_of
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, withdraw_ticket
from sla.core.events import KINDS
from sla.models import CountedDay, DayCount
from sla.months import kept_by_month
from sla.rollups import fresh_days, roll_up
from sla.sweep import sweep
from tests.support import makers
from tests.verify.history import History

ZONE = "UTC"


def months(viewer, at, kind="resolution", count=24, **more):
    return kept_by_month(viewer, kind, months=count, until=day_of(at, ZONE), zone=ZONE, **more)


def settle(clock):
    """Let the days so far settle, begin their rows, and count them."""
    clock.move(days=2)
    roll_up()
    clock.move(minutes=2)
    assert roll_up() > 0


def fresh(clock):
    return fresh_days(day_of(clock.at, ZONE) - timedelta(days=60), day_of(clock.at, ZONE), ZONE)


@pytest.fixture
def agent(clock, make_person):
    return make_person("agent")


@pytest.fixture
def manager(make_person):
    return make_person("manager")


@pytest.fixture
def solved(clock, agent, make_person, make_ticket):
    """A request that was answered and solved in time, in a day that is rolled up."""
    ticket = make_ticket(make_person())
    reply(agent, ticket.id, text="On it.")
    resolve_ticket(agent, ticket.id, answer="Done.")
    settle(clock)
    return ticket.id


def test_a_settled_day_is_counted_once_and_then_left_alone(clock, solved):
    assert (len(fresh(clock)), roll_up()) == (1, 0)
    assert session().query(DayCount).count() == 2


def test_a_report_reads_the_counts(clock, manager, solved):
    before = months(manager, clock.at)[-1].whole
    session().query(DayCount).update({"met": 41, "judged": 42})
    session().commit()

    told = [months(manager, clock.at, anew=anew)[-1].whole for anew in (False, True)]
    assert [(each.met, each.judged) for each in (before, *told)] == [(1, 1), (41, 42), (1, 1)]


def test_coming_back_makes_its_day_stale(clock, manager, agent, solved):
    reopen_ticket(agent, solved)

    assert fresh(clock) == []
    assert months(manager, clock.at) == months(manager, clock.at, anew=True)


def test_another_team_makes_its_day_stale(clock, manager, agent, solved):
    reopen_ticket(agent, solved)
    settle(clock)
    team, before = makers.make_group(), len(fresh(clock))
    assign(agent, solved, group_id=team.id)

    answered = months(manager, clock.at, "first_response")
    assert len(fresh(clock)) == before - 1
    assert [set(month.groups) for month in answered if month.groups] == [{team.id}]


def test_a_reply_leaves_old_days_alone(clock, agent, make_ticket):
    ticket = make_ticket()
    reply(agent, ticket.id, text="On it.")
    settle(clock)
    reply(agent, ticket.id, text="Still on it.")

    assert len(fresh(clock)) == 1


def test_withdrawing_what_was_late_takes_it_out(clock, manager, make_person, make_ticket):
    customer = make_person()
    ticket = make_ticket(customer)
    clock.move(days=10)
    sweep()
    settle(clock)
    withdraw_ticket(customer, ticket.id)

    assert months(manager, clock.at) == months(manager, clock.at, anew=True)


def test_a_desk_that_moves_to_another_zone_begins_anew(clock, solved):
    session().query(CountedDay).update({"zone": "Asia/Almaty"})
    session().commit()
    roll_up()

    assert (session().query(DayCount).count(), fresh(clock)) == (0, [])


def test_who_sees_a_part_is_told_that_part_only(clock, make_person, make_group, solved):
    outside = make_person("group_agent", group=make_group())

    assert {month.whole.judged for month in months(outside, clock.at)} == {0}


@pytest.mark.parametrize("seed", range(6))
def test_roll_ups_are_a_recount_after_anything(app, clock, seed):
    history = History(300 + seed, clock)
    for step in range(90):
        history.step()
        if step % 5 == 0:
            roll_up()
            session().rollback()
    # What was judged by then is in roll-ups, whatever the history was like; what follows makes some stale.
    settle(clock)
    counted = session().query(DayCount).count()
    for _step in range(10):
        history.step()

    both = [[months(history.lead, clock.at, kind, anew=anew) for kind in KINDS] for anew in (False, True)]
    begin_snapshot()
    assert both[0] == both[1]
    assert verify().differences == []
    assert counted > 2
