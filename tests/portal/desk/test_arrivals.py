"""What arrives under a list that somebody reads: one line, and no answer while nothing happens (R22)."""

import pytest

from servicedesk.tickets.conversation import reply
from sla.sweep import sweep

URL = "/desk/queue/all/changes"


@pytest.fixture
def poll(desk, page):
    """`poll(etag)` asks for changes of the list as it stands when the test begins."""
    url = page(desk.get("/desk/queue/all")).select_one("live-poll")["src"]
    return lambda etag="": desk.get(url, headers={"If-None-Match": etag, "HX-Request": "true"})


def words(answer):
    return " ".join(answer.get_data(as_text=True).replace("<", " <").split())


def test_nothing_new_is_an_empty_line(clock, poll):
    answer = poll()

    assert answer.status_code == 200
    assert words(answer) == ""


def test_asking_again_while_nothing_happened_costs_two_statements_and_no_body(clock, poll, count_statements):
    etag = poll().headers["ETag"]

    with count_statements() as seen:
        answer = poll(etag)

    assert (answer.status_code, answer.get_data()) == (304, b"")
    assert seen.count == 2, seen


def test_a_new_request_is_announced_with_the_key_that_shows_it(clock, poll, make_ticket):
    etag = poll().headers["ETag"]
    clock.move(seconds=5)
    make_ticket()

    answer = poll(etag)

    assert answer.status_code == 200
    assert "1 new" in words(answer)
    assert 'data-does="refresh"' in words(answer)


def test_a_request_that_changed_is_told_from_a_new_one(clock, make_ticket, make_person, poll_after):
    nino = make_person()
    ticket = make_ticket(nino)
    poll = poll_after()
    clock.move(seconds=5)
    reply(nino, ticket.id, text="It happened again.")

    assert "1 changed" in words(poll())
    assert "new" not in words(poll()).replace("data-does", "")


@pytest.fixture
def poll_after(desk, page):
    """Take the list as it stands when this is called."""

    def make():
        url = page(desk.get("/desk/queue/all")).select_one("live-poll")["src"]
        return lambda: desk.get(url, headers={"HX-Request": "true"})

    return make


def test_time_alone_moves_requests_towards_their_promises(clock, make_ticket, poll_after):
    make_ticket(priority=2)
    poll = poll_after()

    clock.move(minutes=50)

    assert "1 now at risk" in words(poll())


def test_time_alone_takes_requests_past_their_promises(clock, make_ticket, poll_after):
    make_ticket(priority=2)
    clock.move(minutes=50)
    poll = poll_after()

    clock.move(minutes=15)

    assert "1 now overdue" in words(poll())
    assert "at risk" not in words(poll())


def test_what_the_sweep_moves_to_another_band_is_told_to_who_knew_the_list(clock, make_ticket, desk, page):
    """The sweep touches no ticket: only time and promises tell that the order is another one."""
    make_ticket(priority=2)
    url = page(desk.get("/desk/queue/all")).select_one("live-poll")["src"]
    etag = desk.get(url).headers["ETag"]
    clock.move(minutes=65)
    sweep()

    answer = desk.get(url, headers={"If-None-Match": etag})

    assert (answer.status_code, "1 now overdue" in words(answer)) == (200, True)


def test_arrivals_outside_the_filter_are_not_announced(desk, page, clock, make_ticket):
    url = page(desk.get("/desk/queue/all?priority=P1")).select_one("live-poll")["src"]
    clock.move(seconds=5)
    make_ticket(priority=4)

    assert words(desk.get(url)) == ""


@pytest.mark.parametrize("since", ["", "yesterday", "2026-11-16", "2026-11-16T09:00:00"])
def test_a_moment_that_cannot_be_read_announces_nothing(clock, desk, make_ticket, since):
    make_ticket()

    assert words(desk.get(URL, query_string={"since": since})) == ""
