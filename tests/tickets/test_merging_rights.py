"""Merging widens nobody's rights: as a truth table of who asks for the two tickets (R12)."""

import pytest

from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, NotAllowed, NotFound, Refused
from servicedesk.tickets.assignment import assign
from servicedesk.tickets.joined import joined
from servicedesk.tickets.merging import merge_tickets, undo_merge
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queries import conversation, ticket_detail


@pytest.fixture
def customer(app, make_person):
    return make_person(organisation="Baker & Sons")


@pytest.fixture
def agent(app, make_person):
    return make_person("agent")


@pytest.fixture
def source(clock, customer, make_ticket):
    return make_ticket(customer, subject="No paper").id


@pytest.fixture
def target(clock, customer, make_ticket):
    return make_ticket(customer, subject="The printer is jammed").id


def row(ticket_id):
    return session().get_one(Ticket, ticket_id)


def test_merging_shows_nobody_what_they_may_not_see_by_itself(agent, make_person, make_group, source, target):
    team = make_group()
    insider = make_person("group_agent", group=team)
    assign(agent, target, group_id=team.id, assignee_id=None)
    assign(agent, source, group_id=make_group().id, assignee_id=None)
    merge_tickets(agent, source, into_id=target)

    shown = ticket_detail(insider, target)
    assert joined(insider, shown, conversation(insider, shown)) == []
    with pytest.raises(NotFound):
        ticket_detail(insider, source)


# Who asks for the other ticket: may it be merged, and does it take a word of confirmation?
STRANGERS = [
    ("customer", "Baker & Sons", False),
    ("customer", "Miller Ltd", False),
    (("customer", "organisation_viewer"), "Baker & Sons", False),
    ("agent", None, False),
]


@pytest.mark.parametrize(("role", "organisation", "is_possible"), STRANGERS)
def test_people_who_may_not_see_each_others_requests_are_not_joined(
    agent, source, make_person, make_ticket, role, organisation, is_possible
):
    other = make_ticket(make_person(role, organisation=organisation)).id

    for one, into in ((source, other), (other, source)):
        with pytest.raises(Refused) as refused:
            merge_tickets(agent, one, into_id=into, confirmed=True)
        assert refused.value.code == "merge.foreign"


def test_people_who_see_each_others_requests_anyway_are_joined_once_it_is_confirmed(
    agent, make_person, make_ticket
):
    one, other = (make_ticket(make_person("agent")).id for _ in range(2))

    with pytest.raises(Invalid) as refused:
        merge_tickets(agent, one, into_id=other)
    assert refused.value.code == "merge.unconfirmed"
    merge_tickets(agent, one, into_id=other, confirmed=True)
    assert row(one).status == "merged"


def test_customers_and_readers_merge_nothing(customer, make_person, agent, source, target):
    for who in (customer, make_person("manager")):
        with pytest.raises(NotAllowed):
            merge_tickets(who, source, into_id=target)
    merge_tickets(agent, source, into_id=target)
    with pytest.raises(NotAllowed):
        undo_merge(customer, source)
