"""The counts beside a queue: kept while no ticket changes, exact as soon as one does (R9)."""

from datetime import timedelta

import pytest

from servicedesk.kernel.condition_parsing import parse
from servicedesk.tickets import queue_counts as counting
from servicedesk.tickets.assignment import take
from servicedesk.tickets.fields import condition_fields
from servicedesk.tickets.queue import ANY
from servicedesk.tickets.queue_counts import COUNTS_LAST, queue_counts, queue_counts_lately


def condition(document):
    return parse(document, condition_fields())


@pytest.fixture
def counted():
    return {"all": ANY, "free": condition({"field": "assignee_id", "is_empty": True})}


def test_counts_are_asked_for_once_while_nothing_changes(
    clock, counted, make_person, make_ticket, count_statements
):
    agent = make_person("agent")
    make_ticket()
    first = queue_counts_lately(agent, counted, now=clock.at)

    with count_statements() as statements:
        again = queue_counts_lately(agent, counted, now=clock.at)

    assert again == first == {"all": 1, "free": 1}
    assert statements.count == 0


def test_a_change_in_the_same_moment_is_counted_at_once(clock, counted, make_person, make_ticket):
    agent, ticket = make_person("agent"), make_ticket()
    assert queue_counts_lately(agent, counted, now=clock.at) == {"all": 1, "free": 1}

    make_ticket()
    assert queue_counts_lately(agent, counted, now=clock.at) == {"all": 2, "free": 2}
    take(agent, ticket.id)
    assert queue_counts_lately(agent, counted, now=clock.at) == {"all": 2, "free": 1}


def test_counts_of_one_viewer_are_never_another_ones(clock, counted, make_person, make_ticket):
    make_ticket()
    agent, stranger = make_person("agent"), make_person("customer")

    assert queue_counts_lately(agent, counted, now=clock.at)["all"] == 1
    assert queue_counts_lately(stranger, counted, now=clock.at)["all"] == 0


@pytest.fixture
def many(monkeypatch):
    monkeypatch.setattr(counting, "MANY", 1)


def test_among_many_tickets_a_count_is_held_for_a_second_against_what_others_change(
    many, clock, counted, make_person, make_ticket
):
    agent, at = make_person("agent"), clock.at
    make_ticket()
    queue_counts_lately(agent, counted, now=at)
    make_ticket()

    held = queue_counts_lately(agent, counted, now=at + timedelta(milliseconds=999))
    anew = queue_counts_lately(agent, counted, now=at + timedelta(seconds=1))

    assert (held["all"], anew["all"]) == (1, 2)


def test_nobody_sees_a_held_count_after_a_change_of_their_own(many, clock, counted, make_person, make_ticket):
    agent, ticket, at = make_person("agent"), make_ticket(), clock.at
    queue_counts_lately(agent, counted, now=at)
    take(agent, ticket.id)

    seen = queue_counts_lately(agent, counted, now=at + timedelta(milliseconds=100), acted_at=at)

    assert seen["free"] == 0


def test_viewers_who_see_the_same_tickets_share_what_was_counted(
    clock, counted, make_person, make_ticket, count_statements
):
    one, other = make_person("agent"), make_person("agent")
    make_ticket()
    queue_counts_lately(one, counted, now=clock.at)
    own = {"mine": condition({"field": "assignee_id", "is": other.id})}

    with count_statements() as statements:
        found = queue_counts_lately(other, counted | own, now=clock.at)

    assert found == {"all": 1, "free": 1, "mine": 0}
    assert statements.count == 1


def test_time_alone_moves_a_count_after_a_few_seconds(clock, make_person, make_ticket):
    agent = make_person("agent")
    opened_at = make_ticket().opened_at
    young = {"young": condition({"field": "opened_at", "after": {"ago_seconds": 60}})}

    assert queue_counts_lately(agent, young, now=opened_at + timedelta(seconds=30)) == {"young": 1}
    later = opened_at + timedelta(seconds=60 + COUNTS_LAST)
    assert queue_counts_lately(agent, young, now=later) == {"young": 0}
    assert queue_counts(agent, young, now=later) == {"young": 0}


def test_a_moment_counted_from_now_follows_each_question(clock, make_person, make_ticket):
    agent = make_person("agent")
    opened_at = make_ticket().opened_at
    old = {"old": condition({"field": "opened_at", "before": {"ago_seconds": 3600}})}

    before = queue_counts(agent, old, now=opened_at + timedelta(minutes=59))
    after = queue_counts(agent, old, now=opened_at + timedelta(minutes=61))

    assert (before, after) == ({"old": 0}, {"old": 1})
