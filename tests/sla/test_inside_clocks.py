"""Clocks of teams and suppliers as they are stored and shown: never to customers, never first (R10, R11)."""

import pytest

from portal.customer.promise import promises_of
from servicedesk.kernel.verification import verify
from servicedesk.tickets.assignment import assign, take
from servicedesk.tickets.progress import start_work, wait_for
from sla.agreements import publish_agreement
from sla.queries import clocks_of_tickets, ticket_clocks
from sla.reports import Filter, attainment
from sla.sweep import sweep
from tests.sla.stored import announced, as_folded, as_stored, clocks, firings, standing

TARGETS = {"resolution": 86_400, "assignment": 1800, "vendor": 3600}


@pytest.fixture
def lead(make_person):
    return make_person("lead")


@pytest.fixture
def inside(clock, make_person):
    """An agreement with a faster second team."""

    def publish(team_id):
        rule = {"calendar": "always", "targets": TARGETS}
        fast = {**rule, "targets": {**TARGETS, "assignment": 600}}
        rules = [
            {"name": "fast", "when": {"field": "group_id", "is": team_id}, **fast},
            {"name": "all", "when": None, **rule},
        ]
        publish_agreement(
            make_person("manager"), "inside", name="Inside", document={"rules": rules}, position=-1
        )

    return publish


def test_each_team_has_its_own_time_to_take_a_request(clock, inside, make_group, make_ticket, lead):
    network = make_group(lead=lead)
    inside(network.id)
    ticket = make_ticket()
    clock.move(minutes=20)
    assign(lead, ticket.id, group_id=network.id)
    clock.move(minutes=5)
    take(lead, ticket.id)

    found = [
        (row.cycle, row.type, row.state, row.target_seconds, row.elapsed_seconds)
        for row in sorted(ticket_clocks(lead, ticket.id, now=clock.at), key=lambda row: row.cycle)
        if row.kind == "assignment"
    ]
    assert found == [(1, "ola", "met", 1800, 1200), (2, "ola", "met", 600, 300)]
    assert as_stored(ticket.id) == as_folded(ticket.id)
    assert verify().differences == []


def test_a_suppliers_time_runs_while_it_has_the_request(clock, inside, make_ticket, lead):
    inside(0)
    ticket = make_ticket()
    wait_for(lead, ticket.id, status="waiting_supplier")
    clock.move(hours=2)
    sweep()
    start_work(lead, ticket.id)

    found = clocks(ticket.id)["vendor"]
    assert (found.type, found.state, found.consumed_seconds) == ("uc", "missed", 7200)
    assert ("vendor", 100, "fired", 3600) in firings(ticket.id)
    assert ("target_missed", "vendor", 100) in announced(ticket.id)
    assert verify().differences == []


def test_what_is_agreed_inside_is_never_the_clock_that_leads(clock, inside, make_ticket):
    inside(0)
    ticket = make_ticket()
    clock.move(hours=1)
    sweep()

    assert clocks(ticket.id)["assignment"].state == "overdue"
    assert (standing(ticket.id).kind, standing(ticket.id).band) == ("resolution", 1)


def test_a_customer_never_sees_what_is_agreed_inside(clock, inside, make_person, make_ticket, lead):
    inside(0)
    anna = make_person()
    ticket = make_ticket(anna)
    wait_for(lead, ticket.id, status="waiting_supplier")

    hers, ours = ({row.kind for row in ticket_clocks(who, ticket.id, now=clock.at)} for who in (anna, lead))
    several = clocks_of_tickets(anna, [ticket.id], now=clock.at)[ticket.id]
    on_page = promises_of(lead, [ticket.id], now=clock.at)[ticket.id]
    assert hers == {row.kind for row in several} == {row.kind for row in on_page} == {"resolution"}
    assert ours == {"resolution", "assignment", "vendor"}


def test_the_report_counts_each_kind_by_itself(clock, inside, make_ticket, lead):
    inside(0)
    take(lead, make_ticket().id)

    found = [attainment(lead, Filter(kind=kind)) for kind in ("resolution", "assignment", "vendor")]
    assert [(each.numerator, each.denominator) for each in found] == [(0, 0), (1, 1), (0, 0)]
