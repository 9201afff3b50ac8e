"""Satisfaction with its response rate, its interval and its small-n rule (R102)."""

import pytest

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.core.intervals import FEWEST
from servicedesk.tickets.core.periods import day_of
from servicedesk.tickets.progress import resolve_ticket
from servicedesk.tickets.reporting.satisfaction import SCORES, satisfaction, tickets_rated
from tests.support.surveys import ask_how_it_went, say_how_it_went
from tests.verify.history import History

DESK = system_actor(Cause("test"))


@pytest.fixture
def manager(make_person):
    return make_person("manager")


@pytest.fixture
def rate(clock, make_person, make_ticket):
    """`rate(5)` solves a request whose customer gives 5, `rate(None)` one whose customer says nothing."""
    agent = make_person("agent")

    def solve_and_rate(*scores):
        customer = make_person()
        ticket = make_ticket(customer)
        resolve_ticket(agent, ticket.id, answer="Done.")
        resolution = ask_how_it_went(DESK, ticket.id)
        for score in filter(None, scores):
            clock.move(hours=1)
            say_how_it_went(customer, ticket.id, resolution=resolution, score=score)
        return ticket.id

    return solve_and_rate


def report(clock, manager, weeks=4, **more):
    return satisfaction(manager, weeks=weeks, until=day_of(clock.at, "UTC"), now=clock.at, zone="UTC", **more)


def test_the_share_comes_with_its_interval_and_the_response_rate(clock, manager, rate):
    for score in [5] * 6 + [4] * 2 + [1] * 2 + [None] * 10:
        rate(score)

    whole = report(clock, manager).whole
    assert (whole.answers, whole.satisfied, whole.share, whole.response_rate) == (10, 8, 0.8, 0.5)
    assert whole.interval == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert whole.mean == pytest.approx(4.0)
    assert whole.mean_interval == (pytest.approx(2.99, abs=0.01), pytest.approx(5.0, abs=0.01))


def test_too_few_answers_say_nothing(clock, manager, rate):
    for _ in range(FEWEST - 1):
        rate(5)

    whole = report(clock, manager).whole
    assert (whole.answers, whole.share, whole.interval, whole.mean, whole.mean_interval) == (
        *(FEWEST - 1, None, None),
        *(None, None),
    )


def test_nobody_asked_is_no_response_rate(clock, manager):
    assert report(clock, manager).whole.response_rate is None


def test_a_later_answer_takes_the_place_of_the_earlier(clock, manager, rate):
    rate(1, 5)

    whole = report(clock, manager).whole
    assert (whole.scores[5], whole.answers, whole.asked) == (1, 1, 1)


def test_an_answer_counts_in_the_week_in_which_it_was_asked_for(clock, manager, rate):
    clock.set("2026-11-22T23:30Z")  # a Sunday
    rate(5)

    weeks = report(clock, manager, weeks=2).weeks
    assert [week.figure.answers for week in weeks] == [1, 0]


def test_the_lists_are_as_long_as_their_numbers(clock, manager, rate):
    ids = {score: rate(score) for score in (5, 1, None)}
    found = report(clock, manager)
    edges = {"from_at": found.from_at, "to_at": found.to_at}

    rows = [tickets_rated(manager, **edges, **more) for more in ({"score": 5}, {"is_answered": False}, {})]

    assert [[row.ticket_id for row in each] for each in rows] == [
        [ids[5]],
        [ids[None]],
        sorted(ids.values(), reverse=True),
    ]


def test_only_what_the_viewer_may_see_is_counted(clock, make_person, make_group, rate):
    rate(5)
    outside = make_person("group_agent", group=make_group())

    assert report(clock, outside).whole.asked == 0


@pytest.mark.parametrize("seed", range(3))
def test_weeks_and_teams_add_up(app, clock, seed):
    history = History(700 + seed, clock)
    for _ in range(60):
        history.step()
    found = report(clock, history.lead, weeks=60)

    parts = [[week.figure for week in found.weeks], list(found.groups.values())]
    sums = [[sum(part.scores[score] for part in each) for score in SCORES] for each in parts]
    assert sums == [[found.whole.scores[score] for score in SCORES]] * 2
    assert [sum(part.asked for part in each) for each in parts] == [found.whole.asked] * 2
