"""Handing over with a card: who has a ticket answers for it until somebody accepts (R39, R40)."""

import pytest
from sqlalchemy import select

from servicedesk.identity.directory import groups
from servicedesk.identity.grouping import remove_from_group
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import actor_of
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.access import may, triage_ids, visible_to
from servicedesk.tickets.assignment import assign, take
from servicedesk.tickets.conversation import add_note
from servicedesk.tickets.erasing import erase_text
from servicedesk.tickets.handing_over import (
    Card,
    accept_handover,
    accountable_for,
    offer_handover,
    send_back_handover,
    take_back_handover,
)
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.progress import resolve_ticket, withdraw_ticket
from servicedesk.tickets.queries import conversation, ticket_detail

CARD = Card(done="Changed the cable.", left="The switch.", watch_out="The lift.", next_step="Ring at nine.")


@pytest.fixture
def team(make_group):
    return make_group(name="Field")


@pytest.fixture
def aya(make_person):
    return make_person("agent", name="Aya")


@pytest.fixture
def ben(make_person, team):
    return make_person("agent", name="Ben", group=team)


@pytest.fixture
def ticket_id(make_ticket, aya):
    ticket_id = make_ticket().id
    take(aya, ticket_id)
    return ticket_id


@pytest.fixture
def now(ticket_id):
    """The ticket as it stands."""

    def read():
        session().expire_all()
        return session().get_one(Ticket, ticket_id)

    return read


@pytest.fixture
def offered(aya, ben, team, ticket_id):
    """A ticket of Aya's that is offered to Ben."""
    offer_handover(aya, ticket_id, card=CARD, group_id=team.id, person_id=ben.id)
    return ticket_id


def types(ticket_id):
    return [event.type for event in stored_events(StreamRef("ticket", ticket_id))]


def test_an_offer_leaves_the_ticket_with_whom_it_was(offered, aya, ben, now):
    assert now().assignee_id == accountable_for(now()) == aya.id
    assert now().offered_to_id == ben.id


def test_whoever_accepts_has_it_and_answers_for_it(offered, ben, team, now):
    accept_handover(ben, offered)

    assert (now().group_id, now().assignee_id, accountable_for(now())) == (team.id, ben.id, ben.id)
    assert now().offer_seq is None
    assert types(offered)[-2:] == ["handed_over", "assigned"]


def test_taking_what_is_offered_accepts_it(offered, ben, now):
    take(ben, offered)

    assert now().assignee_id == ben.id
    assert "handed_over" in types(offered)


def test_what_is_offered_to_a_team_goes_to_whoever_of_it_accepts_first(
    ticket_id, aya, ben, team, make_person, now
):
    other = make_person("agent", group=team)
    offer_handover(aya, ticket_id, card=CARD, group_id=team.id)

    accept_handover(other, ticket_id)

    assert now().assignee_id == other.id
    with pytest.raises(Refused):
        accept_handover(ben, ticket_id)


def test_sending_back_says_why_and_changes_nothing_else(offered, aya, ben, now):
    send_back_handover(ben, offered, why="I am on leave from tomorrow.")

    assert (now().assignee_id, now().offer_seq) == (aya.id, None)
    spoken = conversation(aya, ticket_detail(aya, offered))
    assert spoken.texts[spoken.events[-1].seq] == {"why": "I am on leave from tomorrow."}


def test_sending_back_needs_a_reason(offered, ben, now):
    with pytest.raises(Invalid):
        send_back_handover(ben, offered, why=" ")

    assert now().offer_seq is not None


def test_the_offerer_takes_it_back(offered, aya, ben, now):
    take_back_handover(aya, offered)

    assert (now().assignee_id, now().offer_seq, now().offered_to_id) == (aya.id, None, None)
    with pytest.raises(Refused):
        accept_handover(ben, offered)


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (lambda world: assign(world["aya"], world["id"], group_id=world["team"].id), "assigned"),
        (lambda world: take(world["other"], world["id"]), "assigned"),
        (lambda world: resolve_ticket(world["aya"], world["id"], answer="Done."), "resolved"),
        (lambda world: withdraw_ticket(world["requester"], world["id"]), "closed"),
    ],
)
def test_an_offer_ends_by_itself_in_the_save_that_makes_it_pointless(
    offered, aya, team, make_person, now, requester, end, how
):
    end({"aya": aya, "id": offered, "team": team, "other": make_person("agent"), "requester": requester})

    log = stored_events(StreamRef("ticket", offered))
    ended = next(event for event in log if event.type == "handover_ended")
    assert (ended.body["how"], now().offer_seq) == (how, None)
    moved = [event for event in log if event.type in ("assigned", "status_changed")][-1]
    assert moved.command_id == ended.command_id


@pytest.fixture
def requester(now):
    return actor_of(now().requester_id)


def test_who_left_the_team_since_is_not_meant_any_more(offered, ben, team, administrator):
    remove_from_group(administrator, team.id, person_id=ben.id)

    with pytest.raises(Refused):
        accept_handover(actor_of(ben.id), offered)


def test_only_whoever_answers_for_it_hands_it_over(make_ticket, aya, ben, team):
    free = make_ticket().id
    lead = actor_of(groups()[session().get_one(Ticket, free).group_id].lead_id)

    with pytest.raises(Refused):
        offer_handover(aya, free, card=CARD, group_id=team.id)
    offer_handover(lead, free, card=CARD, group_id=team.id, person_id=ben.id)

    assert session().get_one(Ticket, free).offered_by_id == lead.id


@pytest.mark.parametrize("who", ["stranger", "requester", "manager", "aya"])
def test_nobody_but_the_addressee_accepts_or_sends_back(offered, make_person, requester, aya, who):
    others = {"requester": requester, "aya": aya}
    person = others.get(who) or make_person("manager" if who == "manager" else "agent")

    with pytest.raises((Refused, NotAllowed)):
        accept_handover(person, offered)
    with pytest.raises((Refused, NotAllowed)):
        send_back_handover(person, offered, why="No.")


def test_nobody_but_the_offerer_takes_it_back(offered, ben, make_person):
    for person in (ben, make_person("agent")):
        with pytest.raises(Refused):
            take_back_handover(person, offered)


@pytest.mark.parametrize(
    "wrong", [{"group_id": 999}, {"person_id": 999}, {"card": Card("", "x")}, {"card": Card("x", " ")}]
)
def test_a_card_says_what_is_done_and_left_and_goes_to_somebody(ticket_id, aya, team, wrong):
    with pytest.raises(Invalid):
        offer_handover(aya, ticket_id, **{"card": CARD, "group_id": team.id} | wrong)


def test_one_offer_at_a_time(offered, aya, team):
    with pytest.raises(Refused):
        offer_handover(aya, offered, card=CARD, group_id=team.id)


def test_what_is_done_is_not_handed_over(ticket_id, aya, team):
    resolve_ticket(aya, ticket_id, answer="Done.")

    with pytest.raises(Refused):
        offer_handover(aya, ticket_id, card=CARD, group_id=team.id)


def test_a_stale_acceptance_is_a_conflict(offered, ben, aya, now):
    seen = now().row_version
    add_note(aya, offered, text="Wait, one more thing.")

    with pytest.raises(Conflict):
        accept_handover(ben, offered, expected_version=seen)


def test_the_card_can_be_erased(offered, administrator, aya, now):
    erase_text(administrator, offered, seqs=[now().offer_seq])

    spoken = conversation(aya, ticket_detail(aya, offered))
    assert now().offer_seq not in spoken.texts


@pytest.fixture
def far(make_person, make_group):
    """Somebody who sees the tickets of their own team alone."""
    return make_person("group_agent", group=make_group(name="Far away"))


def may_do(actor, ticket, permission):
    in_sql = select(Ticket.id).where(Ticket.id == ticket.id, visible_to(actor, permission))
    reading = may(actor, permission, ticket, triage_ids())
    assert reading == (session().scalar(in_sql) is not None)
    return reading


@pytest.mark.parametrize("to_one", [True, False])
def test_who_is_offered_a_ticket_of_another_team_may_read_it_and_no_more(
    make_ticket, make_person, make_group, far, to_one, now
):
    home = make_group(name="Home")
    owner = make_person("group_agent", group=home)
    ticket_id = make_ticket().id
    assign(make_person("agent"), ticket_id, group_id=home.id, assignee_id=owner.id)
    assert not may_do(far, session().get_one(Ticket, ticket_id), Permission.TICKET_SEE)

    card = {"card": CARD, "group_id": next(iter(far.group_ids)), "person_id": far.id if to_one else None}
    offer_handover(owner, ticket_id, **card)

    found = session().get_one(Ticket, ticket_id)
    allowed = {permission for permission in Permission if may_do(far, found, permission)}
    assert allowed == {Permission.TICKET_SEE, Permission.TICKET_SEE_NOTES, Permission.QUEUE_SEE}


def test_what_came_to_nothing_is_out_of_sight_again(make_ticket, make_person, make_group, far):
    home = make_group(name="Home")
    owner = make_person("group_agent", group=home)
    ticket_id = make_ticket().id
    assign(make_person("agent"), ticket_id, group_id=home.id, assignee_id=owner.id)
    offer_handover(owner, ticket_id, card=CARD, group_id=next(iter(far.group_ids)))
    assert ticket_detail(far, ticket_id).id == ticket_id

    send_back_handover(far, ticket_id, why="Not ours.")

    with pytest.raises(NotFound):
        ticket_detail(far, ticket_id)
