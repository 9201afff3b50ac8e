"""Taking the next request: the best free one, never the same for two, overdue ones not left behind (R10)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from servicedesk.identity.directory import groups
from servicedesk.tickets.assignment import assign, take
from servicedesk.tickets.pulling import EVERY_NTH_OVERDUE, pull_next
from servicedesk.tickets.queries import ticket_detail
from sla.sweep import sweep


@pytest.fixture
def make_own(make_ticket, administrator, network):
    """Make a request that lies with Dana's team."""

    def make(**asked):
        ticket = make_ticket(**asked)
        assign(administrator, ticket.id, group_id=network.id)
        return ticket.id

    return make


def test_next_takes_the_most_pressing_request_and_opens_it_saying_why(desk, dana, page, make_own):
    make_own(priority=4)
    urgent = make_own(priority=1, subject="Nobody can sign in")

    answer = desk.post("/desk/next")

    assert answer.status_code == 303
    assert answer.location == f"/desk/tickets/SD-{urgent}"
    assert "P1 goes before everything else" in page(desk.get(answer.location)).select_one(".toast").text
    assert ticket_detail(dana, urgent).assignee_id == dana.id


def test_next_passes_over_what_somebody_has_or_what_waits(dana, administrator, make_own):
    take(administrator, make_own(priority=1))
    free = make_own(priority=4)

    assert pull_next(dana).ticket_id == free


def test_requests_of_ones_own_teams_come_before_those_that_need_triage(dana, make_ticket, make_own):
    unsorted = make_ticket(priority=1).id
    own = make_own(priority=4)

    assert [pull_next(dana).ticket_id for _ in range(2)] == [own, unsorted]


def test_another_teams_request_is_not_taken(dana, administrator, make_ticket):
    workplace = next(group for group in groups().values() if group.key == "workplace")
    assign(administrator, make_ticket().id, group_id=workplace.id)

    assert pull_next(dana) is None


def test_every_fifth_pull_comes_from_the_overdue(dana, make_own, clock):
    late = make_own(priority=4)
    clock.move(days=2)
    fresh = [make_own(priority=3) for _ in range(EVERY_NTH_OVERDUE)]
    sweep()

    pulled = [pull_next(dana).ticket_id for _ in range(EVERY_NTH_OVERDUE)]

    assert pulled == [*fresh[: EVERY_NTH_OVERDUE - 1], late]


def test_a_p1_goes_before_the_turn_of_the_overdue(dana, make_own, clock):
    make_own(priority=4)
    clock.move(days=2)
    for _ in range(EVERY_NTH_OVERDUE - 1):
        make_own(priority=3)
    sweep()
    for _ in range(EVERY_NTH_OVERDUE - 1):
        pull_next(dana)
    urgent = make_own(priority=1)

    assert pull_next(dana).ticket_id == urgent


def test_an_overdue_request_is_not_passed_over_for_longer_than_a_week(dana, make_own, clock):
    old = make_own(priority=4)
    clock.move(days=8)
    make_own(priority=3)
    sweep()

    assert pull_next(dana).ticket_id == old


def test_two_agents_who_press_at_once_get_a_request_each(app, sign_in_as, make_person, network, make_own):
    expected = {f"/desk/tickets/SD-{make_own()}" for _ in range(8)}
    agents = [sign_in_as(make_person("agent", group=network)) for _ in range(8)]
    together = Barrier(len(agents))

    def press(browser):
        with app.app_context():
            together.wait()
            return browser.post("/desk/next").location

    with ThreadPoolExecutor(len(agents)) as pool:
        opened = list(pool.map(press, agents))

    assert sorted(opened) == sorted(expected)


def test_an_empty_queue_says_so(desk, page):
    answer = desk.post("/desk/next")

    assert answer.location == "/desk/queue/all"
    assert "every open request has somebody" in page(desk.get(answer.location)).select_one(".toast").text


def test_a_manager_takes_nothing(sign_in_as):
    assert sign_in_as("manager").post("/desk/next").status_code == 403
