"""Whatever is offered, accepted, sent back or taken back, one person answers for a ticket (R39, R40)."""

from collections.abc import Callable
from random import Random

import pytest
from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import DeskError
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.assignment import assign, take
from servicedesk.tickets.handing_over import (
    Card,
    accept_handover,
    accountable_for,
    offer_handover,
    send_back_handover,
    take_back_handover,
)
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, wait_for
from sla.models import Clock

CARD = Card(done="Looked.", left="All of it.")
OPEN = ("open", "waiting")


class Desk:
    """Agents of two teams, of whom some see their own team alone, and one ticket."""

    def __init__(self, seed, make_person, make_group, make_ticket):
        self.random = Random(seed)
        teams = [make_group(), make_group()]
        self.people: list[Actor] = [
            make_person(role, group=team) for role in ("agent", "group_agent", "lead") for team in teams
        ]
        self.places = [(team.id, person) for team in teams for person in (None, *dict(team.members))]
        self.id = make_ticket().id

    @property
    def ticket(self) -> Ticket:
        session().rollback()
        session().expire_all()
        return session().get_one(Ticket, self.id)

    def do(self) -> None:
        """Try something; what the desk refuses must change nothing."""
        pick = self.random.choice
        who, (group_id, person_id) = pick(self.people), pick(self.places)
        holders = [each for each in self.people if each.id == accountable_for(self.ticket)]
        deeds: list[Callable[[], object]] = [
            lambda: assign(who, self.id, group_id=group_id, assignee_id=person_id),
            lambda: take(who, self.id),
            *[lambda: offer_handover(pick(holders or [who]), self.id, card=CARD, **self.to(person_id))] * 4,
            *[lambda: accept_handover(who, self.id)] * 2,
            lambda: send_back_handover(who, self.id, why="Not mine."),
            lambda: take_back_handover(pick(holders or [who]), self.id),
            lambda: wait_for(who, self.id, status="waiting_supplier"),
            lambda: resolve_ticket(who, self.id, answer="Done."),
            lambda: reopen_ticket(who, self.id),
        ]
        pick(deeds)()

    def to(self, person_id):
        chosen = self.random.choice(self.places)
        return {"group_id": chosen[0], "person_id": chosen[1]}


@pytest.fixture
def desk(make_person, make_group, make_ticket):
    return lambda seed: Desk(seed, make_person, make_group, make_ticket)


def told_by_the_log(ticket_id):
    """Return who answers for the ticket and what is on offer, read off the log alone."""
    group = assignee = offer = None
    for event in stored_events(StreamRef("ticket", ticket_id)):
        if event.type in ("ticket_opened", "assigned"):
            group, assignee = event.body["group_id"], event.body["assignee_id"]
        if event.type == "handover_offered":
            assert offer is None, "two offers at once"
            offer = event.seq
        elif event.type in ("handed_over", "handover_ended"):
            assert event.body["offer_seq"] == offer, "an answer to another offer"
            offer = None
    return assignee or groups()[group].lead_id, offer


@pytest.mark.parametrize("seed", range(6))
def test_at_every_moment_exactly_one_person_answers_for_a_ticket(desk, seed, clock):
    world = desk(seed)
    for _step in range(60):
        before = accountable_for(world.ticket), world.ticket.offer_seq
        try:
            world.do()
        except DeskError:
            assert (accountable_for(world.ticket), world.ticket.offer_seq) == before
        found = world.ticket
        assert (accountable_for(found), found.offer_seq) == told_by_the_log(world.id)
        assert found.offer_seq is None or found.status_category in OPEN
        assert (found.offered_group_id is None) == (found.offer_seq is None)


def state(ticket_id):
    """Return the columns and clocks of a ticket, but for what counts that something happened."""
    counters = {"row_version", "changed_at", "last_event_seq", "folded_seq"}
    rows = [session().get_one(Ticket, ticket_id)]
    rows += session().scalars(select(Clock).where(Clock.subject_id == ticket_id).order_by(Clock.id))
    return [
        {column.key: getattr(row, column.key) for column in row.__table__.c if column.key not in counters}
        for row in rows
    ]


def rights(world):
    return {
        (who.id, permission): may(who, permission, world.ticket, triage_ids())
        for who in world.people
        for permission in Permission
    }


@pytest.mark.parametrize("seed", range(20, 26))
def test_an_offer_that_is_taken_back_leaves_all_as_it_was(desk, seed, clock):
    world = desk(seed)
    holder = world.random.choice(world.people[:2])
    assign(world.people[0], world.id, group_id=next(iter(holder.group_ids)), assignee_id=holder.id)
    before = state(world.ticket.id), rights(world)

    offer_handover(holder, world.id, card=CARD, group_id=next(iter(world.people[-1].group_ids)))
    take_back_handover(holder, world.id)

    assert (state(world.ticket.id), rights(world)) == before
