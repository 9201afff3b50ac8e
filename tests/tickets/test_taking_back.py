"""A reply that is taken back was never sent: not for clocks, figures, rights, nor for its customer (R12)."""

from contextlib import suppress
from dataclasses import replace
from io import BytesIO

import pytest

from servicedesk.kernel.db import session
from servicedesk.kernel.errors import DeskError, NotAllowed, NotFound, Refused
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.verification import verify
from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.files import content_of
from servicedesk.tickets.listing import own_requests
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.progress import resolve_ticket, wait_for
from servicedesk.tickets.queries import conversation, ticket_detail
from servicedesk.tickets.taking_back import last_reply, take_back_reply, unsent_reply
from servicedesk.tickets.uploads import take_in
from sla.reports import Filter, attainment
from tests.tickets.undoing import rights, state_of
from tests.verify.deeds import run_jobs, staff
from tests.verify.history import History


@pytest.fixture
def desk(app):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], undo_seconds=15)
    return app


@pytest.fixture
def customer(desk, make_person):
    return make_person()


@pytest.fixture
def agent(desk, make_person):
    return make_person("agent")


@pytest.fixture
def ticket_id(clock, customer, make_ticket):
    return make_ticket(customer).id


def take_back(agent, ticket_id):
    seq = last_reply(agent, ticket_id)
    take_back_reply(agent, ticket_id, seq=seq)
    return seq


def answered(agent, ticket_id, **more):
    reply(agent, ticket_id, text="Try the other tray.", **more)


def waits(agent, ticket_id, **more):
    wait_for(agent, ticket_id, status="waiting_customer", text="Which one is it?", **more)


def resolved(agent, ticket_id, **more):
    resolve_ticket(agent, ticket_id, answer="The cable was loose.", **more)


@pytest.mark.parametrize("send", [answered, waits, resolved])
def test_everything_is_as_before(clock, customer, agent, ticket_id, send):
    clock.move(minutes=20)
    before = state_of(ticket_id), rights(ticket_id, [customer, agent])

    send(agent, ticket_id)
    assert state_of(ticket_id) != before[0]
    take_back(agent, ticket_id)

    assert (state_of(ticket_id), rights(ticket_id, [customer, agent])) == before
    assert verify().differences == []


@pytest.mark.parametrize("seed", range(3))
def test_whatever_went_before_everything_is_as_before(desk, clock, seed):
    history = History(seed, clock)
    for _ in range(40):
        history.step()
        who, ticket_id = staff(history), history.ticket()
        before, send = state_of(ticket_id), history.random.choice([answered, waits, resolved])
        with suppress(DeskError):
            send(who, ticket_id)
            take_back(who, ticket_id)
        assert state_of(ticket_id) == before
    assert verify().differences == []


def test_the_log_keeps_what_happened(agent, ticket_id):
    waits(agent, ticket_id)
    seq = take_back(agent, ticket_id)

    log = stored_events(StreamRef("ticket", ticket_id))
    assert [event.type for event in log[-3:]] == ["message_added", "status_changed", "taken_back"]
    assert log[-1].body == {"seqs": [seq, seq + 1], "what": "reply"}
    assert log[-1].actor.id == agent.id


def test_its_writer_has_text_files_and_choice_again(agent, ticket_id):
    upload = take_in(agent, BytesIO(b"lines"), name="log.txt").id
    waits(agent, ticket_id, uploads=[upload])
    seq = take_back(agent, ticket_id)

    unsent = unsent_reply(agent, ticket_id, seq)
    assert (unsent.text, unsent.then, len(unsent.uploads)) == ("Which one is it?", "wait", 1)
    waits(agent, ticket_id, uploads=unsent.uploads)
    files = conversation(agent, ticket_detail(agent, ticket_id)).files
    assert [file.name for file in files[last_reply(agent, ticket_id)]] == ["log.txt"]
    assert unsent_reply(agent, ticket_id, seq) is None


def test_nobody_else_gets_the_text(agent, customer, ticket_id, make_person):
    answered(agent, ticket_id)
    seq = take_back(agent, ticket_id)

    assert unsent_reply(make_person("lead"), ticket_id, seq) is None
    assert unsent_reply(customer, ticket_id, seq) is None


@pytest.mark.parametrize(("seconds", "is_seen"), [(0, False), (14, False), (19, False), (20, True)])
def test_the_customer_sees_a_reply_once_it_stands(clock, customer, agent, ticket_id, seconds, is_seen):
    upload = take_in(agent, BytesIO(b"lines"), name="log.txt").id
    before = ticket_detail(customer, ticket_id)
    resolved(agent, ticket_id, uploads=[upload])
    clock.move(seconds=seconds)

    row = ticket_detail(customer, ticket_id)
    spoken = conversation(customer, row)
    assert (row.status == "resolved", row.answered_at is not None) == (is_seen, is_seen)
    assert own_requests(customer)[0].status == row.status
    assert (row.last_by, row.last_message_at) == (before.last_by, before.last_message_at) or is_seen
    assert len(spoken.messages) == 1 + is_seen
    assert ("resolve" in [event.body.get("move") for event in spoken.events]) is is_seen


def test_a_file_waits_with_its_reply(clock, customer, agent, ticket_id):
    upload = take_in(agent, BytesIO(b"lines"), name="log.txt").id
    answered(agent, ticket_id, uploads=[upload])
    seq = last_reply(agent, ticket_id) + 1

    with pytest.raises(NotFound):
        content_of(customer, ticket_id, seq)
    assert content_of(agent, ticket_id, seq).name == "log.txt"
    clock.move(seconds=20)
    assert content_of(customer, ticket_id, seq).name == "log.txt"


def test_where_undo_is_off_the_customer_sees_it_at_once(desk, customer, agent, ticket_id):
    desk.config["SETTINGS"] = replace(desk.config["SETTINGS"], undo_seconds=0)
    answered(agent, ticket_id)

    assert len(conversation(customer, ticket_detail(customer, ticket_id)).messages) == 2
    assert last_reply(agent, ticket_id) is None


def test_figures_count_as_if_it_had_not_been_sent(clock, agent, administrator, ticket_id):
    resolved(agent, ticket_id)
    assert attainment(administrator, Filter()).denominator > 0
    take_back(agent, ticket_id)

    assert attainment(administrator, Filter()).denominator == 0


def test_the_clock_of_a_reply_that_stands_stops_when_it_was_sent(clock, agent, administrator, ticket_id):
    clock.move(hours=4)  # the very second of the target
    answered(agent, ticket_id)
    clock.move(minutes=5)

    assert attainment(administrator, Filter(kind="first_response")).numerator == 1


def customer_writes(customer, agent, ticket_id):
    reply(customer, ticket_id, text="I found it.")


def somebody_replies(customer, agent, ticket_id):
    answered(agent, ticket_id)


def somebody_resolves(customer, agent, ticket_id):
    resolve_ticket(agent, ticket_id)


@pytest.mark.parametrize("react", [customer_writes, somebody_replies, somebody_resolves])
def test_a_reply_that_somebody_built_on_stays(agent, customer, ticket_id, react, make_person):
    answered(agent, ticket_id)
    seq = last_reply(agent, ticket_id)
    react(customer, make_person("lead"), ticket_id)
    before = state_of(ticket_id)

    with pytest.raises(Refused, match="since"):
        take_back_reply(agent, ticket_id, seq=seq)
    assert state_of(ticket_id) == before


def test_what_others_did_meanwhile_is_not_lost(agent, ticket_id, make_person):
    waits(agent, ticket_id)
    edit_fields(make_person("lead"), ticket_id, {"impact": 1})
    add_note(make_person("lead"), ticket_id, text="The whole firm.")
    take_back(agent, ticket_id)

    ticket = session().get_one(Ticket, ticket_id)
    assert (ticket.impact, ticket.status, ticket.answered_at) == (1, "new", None)
    assert verify().differences == []


def test_a_second_undo_is_refused(agent, ticket_id):
    answered(agent, ticket_id)
    answered(agent, ticket_id)
    seq = take_back(agent, ticket_id)

    with pytest.raises(Refused) as refused:
        take_back_reply(agent, ticket_id, seq=seq)
    assert refused.value.code == "undo.already"
    assert last_reply(agent, ticket_id) is not None


def test_nobody_else_may_undo_it(agent, customer, ticket_id, make_person):
    answered(agent, ticket_id)
    seq = last_reply(agent, ticket_id)

    for other in (make_person("lead"), customer):
        with pytest.raises(NotAllowed):
            take_back_reply(other, ticket_id, seq=seq)
    with pytest.raises(NotFound):
        take_back_reply(make_person(), ticket_id, seq=seq)


def test_a_customers_own_words_stay(customer, ticket_id):
    reply(customer, ticket_id, text="And it smells.")

    with pytest.raises(NotAllowed):
        take_back_reply(customer, ticket_id, seq=2)


def test_after_fifteen_seconds_it_is_with_the_customer(clock, agent, ticket_id):
    answered(agent, ticket_id)
    seq = last_reply(agent, ticket_id)
    clock.move(seconds=15)

    with pytest.raises(Refused) as refused:
        take_back_reply(agent, ticket_id, seq=seq)
    assert refused.value.code == "undo.too_late"


def test_a_form_that_comes_again_after_the_undo_is_not_taken_for_sent(agent, ticket_id):
    version = session().get_one(Ticket, ticket_id).row_version
    answered(agent, ticket_id, key="once", expected_version=version)
    take_back(agent, ticket_id)

    with pytest.raises(DeskError) as refused:
        answered(agent, ticket_id, key="once", expected_version=version)
    assert refused.value.code == "ticket.changed_meanwhile"


def test_a_ticket_that_was_to_wake_meanwhile_wakes(desk, clock, agent, ticket_id):
    wait_for(agent, ticket_id, status="scheduled", until=clock.at.replace(hour=12), text="At noon.")
    clock.set("2026-11-16T11:59:50Z")
    waits(agent, ticket_id)
    clock.set("2026-11-16T12:00:01Z")
    history = type("Desk", (), {"clock": clock})
    run_jobs(history)
    take_back(agent, ticket_id)
    assert session().get_one(Ticket, ticket_id).status == "scheduled"
    session().rollback()
    run_jobs(history)

    assert session().get_one(Ticket, ticket_id).status == "in_progress"
    assert session().query(Job).filter(Job.kind == "tickets.wake").count() == 2


def test_the_api_takes_a_reply_back(desk, sign_in_as, agent, ticket_id):
    waits(agent, ticket_id)
    address = f"/api/v1/tickets/SD-{ticket_id}/messages/{last_reply(agent, ticket_id)}/undo"

    assert sign_in_as("lead").post(address).status_code == 403
    answer = sign_in_as(agent).post(address)
    assert answer.json == {"text": "Which one is it?", "files": [], "then": "wait"}
    assert sign_in_as(agent).post(address).status_code == 409
