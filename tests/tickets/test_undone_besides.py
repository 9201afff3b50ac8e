"""What a taken-back save did besides: calls, followers and offers are as before it (R12, R22, R40)."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from servicedesk.identity.queries import actor_of
from servicedesk.kernel.db import session
from servicedesk.kernel.verification import verify
from servicedesk.tickets.assignment import take
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.handing_over import Card, accept_handover, offer_handover
from servicedesk.tickets.merging import merge_tickets, undo_merge
from servicedesk.tickets.models import Mention, Ticket, Watcher
from servicedesk.tickets.progress import resolve_ticket
from servicedesk.tickets.taking_back import last_reply, take_back_reply
from servicedesk.tickets.watching import unfollow
from tests.tickets.undoing import state_of

CARD = Card(done="Cable.", left="Switch.", watch_out="Lift.", next_step="Ring.")


@pytest.fixture
def aya(app, make_person):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], undo_seconds=15)
    return make_person("agent", name="Aya")


@pytest.fixture
def ben(make_person, make_group):
    return make_person("agent", name="Ben", group=make_group(name="Field"))


@pytest.fixture
def ticket_id(clock, make_person, make_ticket, aya):
    ticket_id = make_ticket(make_person()).id
    take(aya, ticket_id)
    return ticket_id


def people_of(ticket_id):
    called = session().scalars(select(Mention.person_id).where(Mention.ticket_id == ticket_id))
    following = session().scalars(select(Watcher.person_id).where(Watcher.ticket_id == ticket_id))
    return sorted(called), sorted(following)


def test_a_reply_that_is_taken_back_calls_nobody(aya, ben, ticket_id):
    reply(aya, ticket_id, text="@Ben will bring it.")
    assert people_of(ticket_id) == ([ben.id], [ben.id])

    take_back_reply(aya, ticket_id, seq=last_reply(aya, ticket_id))

    assert people_of(ticket_id) == ([], [])
    assert session().get(Ticket, ticket_id).answer_count == 0
    assert verify().differences == []


def test_whoever_chose_since_keeps_their_choice(aya, ben, ticket_id):
    reply(aya, ticket_id, text="@Ben will bring it.")
    unfollow(ben, ticket_id)

    take_back_reply(aya, ticket_id, seq=last_reply(aya, ticket_id))

    assert people_of(ticket_id) == ([], [])
    assert verify().differences == []


def test_an_offer_that_a_resolving_reply_ended_stands_again(aya, ben, ticket_id):
    [group] = ben.group_ids
    offer_handover(aya, ticket_id, group_id=group, person_id=ben.id, card=CARD)
    before = state_of(ticket_id)
    resolve_ticket(aya, ticket_id, answer="Solved.")

    take_back_reply(aya, ticket_id, seq=last_reply(aya, ticket_id))

    assert state_of(ticket_id) == before
    accept_handover(ben, ticket_id)
    assert verify().differences == []


def test_an_offer_that_a_merge_ended_stands_again(aya, ben, ticket_id, make_ticket):
    requester = session().get(Ticket, ticket_id).requester_id
    other = make_ticket(actor_of(requester)).id
    [group] = ben.group_ids
    offer_handover(aya, ticket_id, group_id=group, person_id=ben.id, card=CARD)
    merge_tickets(aya, ticket_id, into_id=other)

    undo_merge(aya, ticket_id)

    accept_handover(ben, ticket_id)
    assert verify().differences == []
