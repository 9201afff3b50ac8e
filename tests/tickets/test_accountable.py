"""For every open ticket exactly one person answers, and can, whatever was done or undone (R12, R40)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from servicedesk.identity.commands import deactivate_person, set_roles
from servicedesk.identity.directory import groups
from servicedesk.identity.models import Person
from servicedesk.identity.permissions import Permission
from servicedesk.identity.profiles import reactivate_person
from servicedesk.identity.queries import actor_of
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.verification import verify
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.assignment import take
from servicedesk.tickets.handing_over import Card, accept_handover, accountable_for, offer_handover
from servicedesk.tickets.models import Ticket
from tests.verify import deeds
from tests.verify.history import History
from tests.verify.regrouping import UNDOINGS
from tests.verify.teamwork import answer_offer, hand_over

OPEN = ("open", "waiting")


def leave(history: History) -> None:
    """Somebody of the team is in no more; or is in again, if they had left before."""
    agent = history.random.choice(history.agents).id or 0
    is_in = session().get_one(Person, agent).is_active
    (deactivate_person if is_in else reactivate_person)(history.administrator, agent)


def change_trade(history: History) -> None:
    """Somebody of the team may answer no more, or may again."""
    role = history.random.choice(["customer", "agent", "agent"])
    set_roles(history.administrator, history.agents[0].id or 0, roles=[role])


COMING_AND_GOING: dict[Callable[[History], object], int] = {leave: 8, change_trade: 8}
TAKING_ON: dict[Callable[[History], object], int] = {
    deeds.open_by_phone: 6, deeds.customer_replies: 8, deeds.take: 12, deeds.assign: 6, deeds.wait: 4,
    deeds.resolve: 4, deeds.reopen: 4, hand_over: 16, answer_offer: 10,
}  # fmt: skip


def told_by_the_log(ticket_id: int) -> tuple[int, int | None]:
    """Return team and assignee of a ticket, read off what still counts in its log alone."""
    events = list(stored_events(StreamRef("ticket", ticket_id)))
    gone = {seq for event in events if event.type == "taken_back" for seq in event.body["seqs"]}
    counts = [each for each in events if each.seq not in gone and each.type in ("ticket_opened", "assigned")]
    return counts[-1].body["group_id"], counts[-1].body["assignee_id"]


def can_answer(person_id: int, ticket: Ticket) -> bool:
    """Say whether somebody is in, and may send the ticket on and solve it."""
    wanted = (Permission.TICKET_ASSIGN, Permission.TICKET_RESOLVE)
    try:
        who = actor_of(person_id)
    except NotFound:
        return False
    return all(may(who, right, ticket, triage_ids()) for right in wanted)


def answering(ticket: Ticket) -> list[int]:
    """Return who answers for a ticket by its log: its assignee where they can, else the lead of its team."""
    group_id, assignee_id = told_by_the_log(ticket.id)
    lead_id = groups()[group_id].lead_id
    return [each for each in (assignee_id, lead_id) if each is not None and can_answer(each, ticket)][:1]


@pytest.mark.parametrize("seed", range(4))
def test_after_every_deed_exactly_one_person_answers_for_each_open_ticket(app, clock, seed):
    history = History(seed, clock, TAKING_ON | UNDOINGS | COMING_AND_GOING)
    for _ in range(90):
        history.step()
        found = session().scalars(select(Ticket).where(Ticket.status_category.in_(OPEN))).all()
        assert [[accountable_for(ticket)] for ticket in found] == [answering(ticket) for ticket in found]

    assert {"hand_over", "leave"} <= set(history.done)
    assert {"merge", "split", "undo_merge", "undo_split", "taken back"} & set(history.done)
    assert verify().differences == []


@pytest.fixture
def agent(make_person):
    return make_person("agent")


@pytest.fixture
def ticket(make_ticket, agent):
    ticket_id = make_ticket().id
    take(agent, ticket_id)
    return session().get_one(Ticket, ticket_id)


def test_the_lead_answers_for_what_somebody_left_behind(ticket, agent, administrator):
    deactivate_person(administrator, agent.id)

    assert accountable_for(ticket) == groups()[ticket.group_id].lead_id


def test_the_lead_answers_where_the_assignee_may_answer_no_more(ticket, agent, administrator):
    set_roles(administrator, agent.id, roles=["customer"])

    assert accountable_for(ticket) == groups()[ticket.group_id].lead_id


def test_who_comes_back_answers_again(ticket, agent, administrator):
    deactivate_person(administrator, agent.id)
    reactivate_person(administrator, agent.id)

    assert accountable_for(ticket) == agent.id


def test_the_lead_hands_over_what_somebody_left_behind(ticket, agent, administrator, make_person, make_group):
    deactivate_person(administrator, agent.id)
    lead = actor_of(groups()[ticket.group_id].lead_id)
    team = make_group()
    other = make_person("agent", group=team)

    offer_handover(lead, ticket.id, card=Card("Looked.", "All of it."), group_id=team.id)
    accept_handover(other, ticket.id)

    assert accountable_for(ticket) == other.id
