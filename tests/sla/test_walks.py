"""Days of random work: stored clocks are what the log says, the queue stands in its order (R10, R12)."""

import pytest
from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.tickets.fields import with_joins
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queue import open_tickets
from sla.ranking import RANKED_BY_PLACES, ranked_by_clocks
from sla.sweep import sweep
from tests.sla.stored import announced, as_folded, as_stored, firings
from tests.sla.walk import Walk


@pytest.fixture(params=[1, 2, 3])
def walk(request, clock, make_person, make_ticket):
    return Walk(request.param, clock, make_person(), make_person("agent"), make_ticket)


def ordered(rank):
    session().rollback()
    query = with_joins(select(*rank.keys, Ticket.id), rank.fields, rank.joins)
    return [
        tuple(row) for row in session().execute(query.where(open_tickets()).order_by(*rank.keys, Ticket.id))
    ]


def test_after_any_day_the_stored_clocks_are_those_of_the_log(walk):
    for _ in range(60):
        walk.step()
    sweep()

    assert {each: as_stored(each) for each in walk.tickets} == {
        each: as_folded(each) for each in walk.tickets
    }


def test_after_a_sweep_stored_places_and_clocks_give_one_order(walk):
    for _ in range(60):
        walk.step()
    sweep()

    by_clocks = ordered(ranked_by_clocks(walk.clock.at))
    assert ordered(RANKED_BY_PLACES) == by_clocks
    assert len(by_clocks) > 1


def test_every_announcement_is_a_firing_and_none_comes_twice(walk):
    for _ in range(60):
        walk.step()
    sweep()

    for ticket in walk.tickets:
        fired = [(kind, step) for kind, step, outcome, _ in firings(ticket) if outcome == "fired"]
        assert sorted((kind, step) for _, kind, step in announced(ticket)) == sorted(fired)
