"""A second question becomes a ticket of its own, and can come back while nobody has touched it (R12, R46)."""

from contextlib import suppress
from io import BytesIO

import pytest
from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.kernel.errors import DeskError, Invalid, NotAllowed, Refused
from servicedesk.kernel.verification import verify
from servicedesk.tickets.assignment import take
from servicedesk.tickets.conversation import add_note, goes_on_in, reply
from servicedesk.tickets.models import Message, Ticket
from servicedesk.tickets.progress import withdraw_ticket
from servicedesk.tickets.queries import conversation, ticket_detail
from servicedesk.tickets.splitting import split_ticket, undo_split
from servicedesk.tickets.uploads import take_in
from sla.models import Clock
from sla.reports import Filter, attainment
from tests.tickets.undoing import people_of, rights, standing_of, state_of
from tests.verify.deeds import staff
from tests.verify.history import History
from tests.verify.regrouping import split


@pytest.fixture
def customer(app, make_person):
    return make_person()


@pytest.fixture
def agent(app, make_person):
    return make_person("agent")


@pytest.fixture
def ticket_id(clock, customer, agent, make_ticket):
    """A ticket whose customer came back with something else, with a file."""
    found = make_ticket(customer).id
    reply(agent, found, text="Try the other tray.")
    clock.move(minutes=10)
    upload = take_in(customer, BytesIO(b"lines"), name="log.txt").id
    reply(customer, found, text="And my screen flickers.", uploads=[upload])
    clock.move(minutes=10)
    return found


@pytest.fixture
def second(ticket_id):
    """The number of the customer's second message."""
    said = (Message.ticket_id == ticket_id) & (Message.by == "customer")
    return session().scalars(select(Message.seq).where(said).order_by(Message.seq)).all()[1]


@pytest.fixture
def new_id(agent, ticket_id, second):
    return split_ticket(agent, ticket_id, seqs=[second], subject="Flickering screen")


def row(ticket_id):
    return session().get_one(Ticket, ticket_id)


def test_the_chosen_words_begin_a_ticket_of_the_same_person_with_their_files(agent, customer, new_id):
    spoken = conversation(customer, ticket_detail(customer, new_id))

    assert [(said.text, said.author_id) for said in spoken.messages] == [
        ("And my screen flickers.", customer.id)
    ]
    assert [file.name for files in spoken.files.values() for file in files] == ["log.txt"]
    assert (row(new_id).subject, row(new_id).requester_id) == ("Flickering screen", customer.id)
    assert verify().differences == []


def test_both_say_of_each_other(customer, ticket_id, new_id):
    for one, other, relation in ((ticket_id, new_id, "split_into"), (new_id, ticket_id, "split_from")):
        events = conversation(customer, ticket_detail(customer, one)).events
        [said] = [event.body for event in events if event.type == "ticket_split"]
        assert (said["other_id"], said["relation"]) == (other, relation)


def test_its_promises_count_from_the_split(clock, new_id):
    query = select(Clock.kind, Clock.started_at).where(Clock.subject_id == new_id)

    assert dict(session().execute(query).all()) == {"first_response": clock.at, "resolution": clock.at}


def test_the_ticket_that_is_split_keeps_everything(agent, ticket_id, second):
    before = state_of(ticket_id)
    split_ticket(agent, ticket_id, seqs=[second], subject="Flickering screen")

    assert state_of(ticket_id) == before


def test_undoing_leaves_the_old_one_as_before_and_the_new_one_uncounted(
    agent, customer, administrator, ticket_id, second
):
    before = state_of(ticket_id), rights(ticket_id, [agent, customer])
    figures = attainment(administrator, Filter())
    new_id = split_ticket(agent, ticket_id, seqs=[second], subject="Flickering screen")
    assert undo_split(agent, new_id) == ticket_id

    after = state_of(ticket_id), rights(ticket_id, [agent, customer])
    assert after == before
    assert attainment(administrator, Filter()) == figures
    assert (row(new_id).status, goes_on_in(new_id)) == ("merged", ticket_id)
    states = session().scalars(select(Clock.state).where(Clock.subject_id == new_id)).all()
    assert set(states) == {"cancelled"}
    assert verify().differences == []


@pytest.mark.parametrize("seed", range(3))
def test_whatever_went_before_undoing_restores_the_old_one(app, clock, seed):
    history = History(seed, clock)
    people = people_of(history)
    for _ in range(80):
        history.step()
        ids = session().scalars(select(Ticket.id).order_by(Ticket.id.desc()).limit(4)).all()
        before = standing_of(ids, people)
        with suppress(DeskError):
            split(history)
            undo_split(staff(history), history.at_hand)
        assert standing_of(ids, people) == before
    assert verify().differences == []


def customer_writes(agent, customer, new_id):
    reply(customer, new_id, text="Still.")


def somebody_takes_it(agent, customer, new_id):
    take(agent, new_id)


def somebody_notes(agent, customer, new_id):
    add_note(agent, new_id, text="The old model.")


@pytest.mark.parametrize("touch", [customer_writes, somebody_takes_it, somebody_notes])
def test_a_ticket_that_somebody_touched_stays(agent, customer, new_id, touch):
    touch(agent, customer, new_id)

    with pytest.raises(Refused) as refused:
        undo_split(agent, new_id)
    assert refused.value.code == "split.touched"


def test_a_split_is_undone_once(agent, new_id, ticket_id):
    undo_split(agent, new_id)

    for wrong in (new_id, ticket_id):
        with pytest.raises(Refused):
            undo_split(agent, wrong)


def test_a_message_to_the_one_that_came_back_goes_to_the_old_one(agent, customer, new_id, ticket_id):
    undo_split(agent, new_id)

    assert reply(customer, new_id, text="Hello?").ticket_id == ticket_id
    assert verify().differences == []


@pytest.mark.parametrize("seqs", [[], [2], [3], [99]])
def test_only_later_words_of_the_customer_are_split_off(agent, ticket_id, seqs):
    with pytest.raises(Invalid) as refused:
        split_ticket(agent, ticket_id, seqs=seqs, subject="Flickering screen")
    assert refused.value.code == "split.messages"


def test_the_same_form_twice_begins_one_ticket(agent, ticket_id, second):
    ids = {
        split_ticket(agent, ticket_id, seqs=[second], subject="Flickering", key="key-1") for _time in range(2)
    }

    assert len(ids) == 1


def test_a_closed_ticket_is_not_split(agent, customer, ticket_id, second):
    withdraw_ticket(customer, ticket_id)

    with pytest.raises(Refused, match="closed"):
        split_ticket(agent, ticket_id, seqs=[second], subject="Flickering screen")


def test_customers_and_readers_split_nothing(agent, customer, make_person, ticket_id, second, new_id):
    for who in (customer, make_person("manager")):
        with pytest.raises(NotAllowed):
            split_ticket(who, ticket_id, seqs=[second], subject="Flickering screen")
        with pytest.raises(NotAllowed):
            undo_split(who, new_id)


def test_the_api_splits_and_undoes_it(sign_in_as, agent, ticket_id, second):
    api, asked = sign_in_as(agent), {"messages": [second], "subject": "Flickering screen"}
    made = api.post(f"/api/v1/tickets/SD-{ticket_id}/split", json=asked)

    assert (made.status_code, made.json["status"]) == (201, "new")
    undone = api.post(f"/api/v1/tickets/{made.json['number']}/split/undo")
    assert undone.json["merged_into"] == f"SD-{ticket_id}"
