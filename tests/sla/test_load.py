"""How much lies with whom, in the hours that such work usually takes (R99, R105)."""

from statistics import median

import pytest

from servicedesk.identity.permissions import Permission, Scope
from servicedesk.kernel.errors import NotAllowed
from servicedesk.tickets.assignment import take
from servicedesk.tickets.progress import resolve_ticket, wait_for
from sla.load import FEWEST, load, tickets_resolved_by, tickets_with

ZONE = "UTC"


@pytest.fixture
def manager(make_person):
    return make_person("manager")


@pytest.fixture
def team(make_group):
    return make_group()


@pytest.fixture
def agent(clock, make_person, team):
    return make_person("agent", group=team, name="Beth")


@pytest.fixture
def solve(clock, make_ticket, agent):
    """`solve(30)` files a request, and its agent solves it after thirty minutes of working time."""

    def file_and_solve(minutes):
        clock.set("2026-11-23T10:00Z")
        ticket = make_ticket()
        take(agent, ticket.id)
        clock.move(minutes=minutes)
        resolve_ticket(agent, ticket.id, answer="Done.")
        return ticket.id

    return file_and_solve


def row_of(found, person):
    return next(row for row in found.people if row.person_id == (person.id if person else None))


@pytest.mark.parametrize("minutes", [(10, 20, 30, 60, 90), (10, 20, 30, 60, 90, 91), (5,) * 7])
def test_what_is_usual_is_the_median_of_what_was_resolved(clock, manager, solve, minutes):
    for each in minutes:
        solve(each)

    [usual] = load(manager, now=clock.at, zone=ZONE).usual
    assert (usual.count, usual.median_seconds) == (len(minutes), median(minutes) * 60)


def test_open_work_is_counted_in_usual_hours(clock, manager, agent, solve, make_ticket):
    for minutes in (20, 30, 40, 50, 60):
        solve(minutes)
    for _ in range(3):
        take(agent, make_ticket().id)

    row = row_of(load(manager, now=clock.at, zone=ZONE), agent)
    assert (row.open, row.unknown, row.expected_seconds, row.resolved) == (3, 0, 3 * 40 * 60, 5)


def test_where_too_few_were_resolved_nothing_is_expected(clock, manager, agent, solve, make_ticket):
    for _ in range(FEWEST - 1):
        solve(20)
    take(agent, make_ticket().id)

    found = load(manager, now=clock.at, zone=ZONE)
    row = row_of(found, agent)
    assert (row.open, row.unknown, row.expected_seconds, found.usual) == (1, 1, 0, ())


def test_waiting_and_unassigned_requests_are_told(clock, manager, agent, make_ticket):
    mine = make_ticket().id
    take(agent, mine)
    wait_for(agent, mine, status="waiting_supplier")
    make_ticket()

    found = load(manager, now=clock.at, zone=ZONE)
    assert [(row.name, row.open, row.waiting) for row in found.people] == [("Beth", 1, 1), ("", 1, 0)]


def test_what_is_left_of_the_week_is_working_time(clock, manager):
    clock.set("2026-11-27T17:00Z")  # a Friday; the desk works from 9 to 18

    assert load(manager, now=clock.at, zone=ZONE).left_seconds == 3600


def test_people_stand_by_name_never_by_figure(clock, manager, make_person, team, make_ticket):
    for name, count in (("Cleo", 3), ("Abel", 1), ("beth", 2)):
        agent = make_person("agent", group=team, name=name)
        for _ in range(count):
            take(agent, make_ticket().id)

    assert [row.name for row in load(manager, now=clock.at, zone=ZONE).people] == ["Abel", "beth", "Cleo"]


@pytest.fixture
def planner(manager):
    """Somebody who sees reports, but not what each person resolved."""
    return manager.__class__(
        **{
            **{name: getattr(manager, name) for name in manager.__dataclass_fields__},
            "grants": {Permission.REPORT_SEE: frozenset({Scope.ALL})},
        }
    )


def test_what_a_person_resolved_is_not_for_everybody(clock, planner, manager, agent, solve, make_ticket):
    ticket_id = solve(20)
    take(agent, make_ticket().id)

    shown = [row_of(load(who, now=clock.at, zone=ZONE), agent).resolved for who in (manager, planner)]

    assert shown == [1, None]
    with pytest.raises(NotAllowed):
        tickets_resolved_by(planner, agent.id, now=clock.at)
    assert [row.ticket_id for row in tickets_resolved_by(manager, agent.id, now=clock.at)] == [ticket_id]


def test_the_list_behind_a_load_is_as_long_as_its_number(clock, manager, agent, make_ticket):
    mine, free = make_ticket().id, make_ticket().id
    take(agent, mine)

    assert [row.ticket_id for row in tickets_with(manager, agent.id)] == [mine]
    assert [row.ticket_id for row in tickets_with(manager, None)] == [free]


def test_only_what_the_viewer_may_see_is_counted(clock, make_person, make_group, agent, make_ticket):
    take(agent, make_ticket().id)
    outside = make_person("group_agent", group=make_group())

    assert load(outside, now=clock.at, zone=ZONE).people == ()
