"""Two tickets that are one: each keeps its log and rights, and undoing leaves no trace but the log (R12)."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.kernel.errors import DeskError, Invalid, Refused
from servicedesk.kernel.verification import verify
from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.conversation import add_note, goes_on_in, reply
from servicedesk.tickets.joined import joined
from servicedesk.tickets.merging import merge_tickets, undo_merge
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, wait_for, withdraw_ticket
from servicedesk.tickets.queries import conversation, ticket_detail
from sla.models import Clock
from sla.reports import Filter, attainment
from tests.tickets.undoing import people_of, rights, standing_of, state_of
from tests.verify.deeds import run_jobs, staff
from tests.verify.history import History
from tests.verify.regrouping import pair


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


def states_of(ticket_id):
    query = select(Clock.kind, Clock.state).where(Clock.subject_id == ticket_id)
    return dict(session().execute(query).all())


def test_the_source_ends_uncounted_and_leads_to_the_target(agent, administrator, source, target):
    merge_tickets(agent, source, into_id=target)

    assert (row(source).status, row(source).status_category) == ("merged", "closed")
    assert (row(source).merged_into_id, row(target).merged_count) == (target, 1)
    assert row(source).resolved_at is None
    assert set(states_of(source).values()) == {"cancelled"}
    assert attainment(administrator, Filter()).denominator == 0
    assert verify().differences == []


def test_the_target_keeps_its_own_promises(clock, agent, source, target):
    clock.move(hours=1)
    before = state_of(target)["clocks"]

    merge_tickets(agent, source, into_id=target)

    assert state_of(target)["clocks"] == before


def test_what_was_met_before_the_merge_stays_met(agent, source, target):
    resolve_ticket(agent, source, answer="New paper is in.")
    merge_tickets(agent, source, into_id=target)

    assert set(states_of(source).values()) == {"met"}


@pytest.mark.parametrize("end", ["open", "waits", "resolved"])
def test_undoing_restores_both(clock, customer, agent, source, target, end):
    people = [customer, agent]
    clock.move(minutes=30)
    if end == "waits":
        wait_for(agent, source, status="scheduled", until=clock.at + timedelta(days=2))
    elif end == "resolved":
        resolve_ticket(agent, source, answer="New paper is in.")
    before = [(state_of(each), rights(each, people)) for each in (source, target)]

    merge_tickets(agent, source, into_id=target)
    undo_merge(agent, source)

    assert [(state_of(each), rights(each, people)) for each in (source, target)] == before
    assert verify().differences == []


@pytest.mark.parametrize("seed", range(3))
def test_whatever_went_before_undoing_restores_both(app, clock, seed):
    history = History(seed, clock)
    people = people_of(history)
    for _ in range(100):
        history.step()
        who, ids = staff(history), pair(history)
        with suppress(DeskError):
            before = standing_of(ids, people)
            merge_tickets(who, ids[0], into_id=ids[1], confirmed=True)
            history.done["merged"] += 1
            undo_merge(who, ids[0])
            assert standing_of(ids, people) == before
    assert history.done["merged"] > 2
    assert verify().differences == []


def test_time_that_passed_while_merged_counts_after_undoing(clock, agent, source, target):
    merge_tickets(agent, source, into_id=target)
    clock.move(hours=23, minutes=59)
    undo_merge(agent, source)

    assert states_of(source)["first_response"] == "overdue"


def test_what_happened_to_the_target_meanwhile_is_not_lost(clock, agent, source, target):
    merge_tickets(agent, source, into_id=target)
    reply(agent, target, text="Both are the fuser.")
    add_note(agent, target, text="Ordered one.")
    edit_fields(agent, target, {"impact": 1})
    undo_merge(agent, source)

    assert (row(target).impact, row(target).status, row(source).status) == (1, "in_progress", "new")
    assert len(conversation(agent, ticket_detail(agent, target)).messages) == 3
    assert verify().differences == []


def test_the_target_shows_both_conversations_each_with_its_origin(agent, customer, source, target):
    add_note(agent, source, text="Third time.")
    merge_tickets(agent, source, into_id=target)

    for viewer, texts in ((agent, 2), (customer, 1)):
        shown = ticket_detail(viewer, target)
        [found] = joined(viewer, shown, conversation(viewer, shown))
        assert (found.ticket.id, len(found.spoken.messages)) == (source, texts)


def test_a_customers_message_to_the_source_goes_to_the_target(agent, customer, source, target):
    wait_for(agent, target, status="waiting_customer", text="Which tray?")
    merge_tickets(agent, source, into_id=target)
    told = reply(customer, source, text="The lower one.")

    assert (told.ticket_id, told.opened_new, told.passed_on) == (target, False, True)
    assert conversation(agent, ticket_detail(agent, target)).messages[-1].text == "The lower one."
    assert (row(target).status, row(source).status) == ("in_progress", "merged")
    with pytest.raises(Refused) as refused:
        undo_merge(agent, source)
    assert refused.value.code == "merge.answered"
    assert verify().differences == []


def test_a_message_that_comes_when_the_target_is_long_done_opens_a_new_one(
    clock, agent, customer, source, target
):
    merge_tickets(agent, source, into_id=target)
    resolve_ticket(agent, target, answer="A new fuser.")
    clock.move(days=20)

    assert reply(customer, source, text="Again!").opened_new


def test_a_chain_leads_to_its_end(agent, customer, source, target, make_ticket):
    last = make_ticket(customer).id
    merge_tickets(agent, source, into_id=target)
    merge_tickets(agent, target, into_id=last)

    assert goes_on_in(source) == last
    assert reply(customer, source, text="Well?").ticket_id == last
    shown = ticket_detail(customer, last)
    assert [each.ticket.id for each in joined(customer, shown, conversation(customer, shown))] == [
        target,
        source,
    ]


def test_an_inner_link_of_a_chain_can_be_undone(agent, customer, source, target, make_ticket):
    last = make_ticket(customer).id
    merge_tickets(agent, source, into_id=target)
    merge_tickets(agent, target, into_id=last)
    undo_merge(agent, source)

    assert (row(source).status, row(target).status, goes_on_in(source)) == ("new", "merged", source)
    assert verify().differences == []


def test_no_circle_can_be_made(agent, source, target):
    merge_tickets(agent, source, into_id=target)

    for one, other in ((target, source), (source, target)):
        with pytest.raises(Refused):
            merge_tickets(agent, one, into_id=other)
    with pytest.raises(Invalid):
        merge_tickets(agent, target, into_id=target)


def test_what_is_closed_is_not_merged(agent, customer, source, target):
    withdraw_ticket(customer, source)

    for one, other in ((source, target), (target, source)):
        with pytest.raises(Refused, match="closed"):
            merge_tickets(agent, one, into_id=other)


def test_a_merged_ticket_takes_no_reply_and_no_reopening(agent, customer, source, target):
    resolve_ticket(agent, source, answer="New paper is in.")
    merge_tickets(agent, source, into_id=target)

    with pytest.raises(Refused):
        reply(agent, source, text="Hello?")
    for who in (agent, customer):
        with pytest.raises(Refused):
            reopen_ticket(who, source)


def test_a_merge_is_undone_within_a_day_and_once(clock, agent, make_person, source, target):
    merge_tickets(agent, source, into_id=target)
    clock.move(hours=24)
    undo_merge(make_person("agent"), source)
    with pytest.raises(Refused):
        undo_merge(agent, source)

    merge_tickets(agent, source, into_id=target)
    clock.move(hours=24, seconds=1)
    with pytest.raises(Refused) as refused:
        undo_merge(agent, source)
    assert refused.value.code == "merge.too_late"


def test_what_was_to_happen_by_itself_meanwhile_happens_after_undoing(clock, agent, source, target):
    wait_for(agent, source, status="scheduled", until=clock.at + timedelta(hours=2))
    merge_tickets(agent, source, into_id=target)
    clock.move(hours=3)
    history = type("Desk", (), {"clock": clock})
    run_jobs(history)
    undo_merge(agent, source)
    run_jobs(history)

    assert row(source).status == "in_progress"
    assert verify().differences == []


def test_the_api_merges_and_undoes_it(sign_in_as, agent, customer, source, target):
    api, address = sign_in_as(agent), f"/api/v1/tickets/SD-{source}/merge"

    assert sign_in_as(customer).post(address, json={"into": f"SD-{target}"}).status_code == 403
    merged = api.post(address, json={"into": f"SD-{target}"})
    assert merged.json == {"number": f"SD-{source}", "status": "merged", "merged_into": f"SD-{target}"}
    assert api.post(address, json={"into": f"SD-{target}"}).status_code == 409
    assert api.post(f"{address}/undo").json["merged_into"] is None
