"""Agreements that are withdrawn, or published for open clocks too (P5, P6; R11)."""

import pytest

from servicedesk.kernel.errors import NotAllowed, Refused
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.verification import verify
from servicedesk.tickets.conversation import reply
from sla import repromising
from sla.agreements import in_force
from sla.repromising import change_for_open_clocks, deactivate_agreement
from sla.sweep import sweep
from tests.sla.stored import announced, as_folded, as_stored, clocks, standing
from tests.support.mail import run_jobs

RULE = {
    "name": "all",
    "when": None,
    "calendar": "always",
    "targets": {"first_response": 600, "resolution": 3600},
}
DOCUMENT = {"rules": [RULE]}


@pytest.fixture
def manager(clock, make_person):
    return make_person("manager")


@pytest.fixture
def agent(make_person):
    return make_person("agent")


def publish(manager, key="standard", document=DOCUMENT, **rest):
    change_for_open_clocks(manager, key, name=key.title(), document=document, before=None, **rest)


def assigned(ticket):
    said = stored_events(StreamRef("ticket", ticket.id), types={"agreement_assigned"})
    return [event.body["version_id"] for event in said]


def test_an_inactive_agreement_stops_its_clocks(clock, manager, make_ticket):
    ticket = make_ticket(priority=2)
    clock.move(hours=2)
    sweep()
    before = standing(ticket.id).band
    deactivate_agreement(manager, "standard")

    assert {row.state for row in clocks(ticket.id).values()} == {"cancelled"}
    assert (before, standing(ticket.id).kind, standing(ticket.id).band) == (2, None, 1)
    assert as_stored(ticket.id) == as_folded(ticket.id)
    assert verify().differences == []


def test_an_inactive_agreement_announces_nothing_more(clock, manager, make_ticket):
    ticket = make_ticket(priority=1)
    deactivate_agreement(manager, "standard")
    clock.move(days=3)
    sweep()

    assert announced(ticket.id) == []


def test_an_inactive_agreement_is_for_no_new_request(clock, manager, make_ticket):
    deactivate_agreement(manager, "standard")

    assert [version.key for version in in_force(clock.at)] == ["gold"]
    assert clocks(make_ticket(priority=1).id) == {}
    assert verify().differences == []


def test_another_agreement_goes_on_with_what_an_inactive_one_promised(
    clock, manager, make_person, make_organisation, make_ticket
):
    make_organisation("Altyn Logistics", tier="gold")
    ticket = make_ticket(make_person(organisation="Altyn Logistics"), priority=2)
    deactivate_agreement(manager, "gold")

    assert (clocks(ticket.id)["resolution"].rule, clocks(ticket.id)["resolution"].state) == ("P2", "running")


def test_an_agreement_is_deactivated_once(clock, manager):
    deactivate_agreement(manager, "standard")

    with pytest.raises(Refused):
        deactivate_agreement(manager, "standard")


def test_who_may_not_publish_deactivates_nothing(clock, agent):
    with pytest.raises(NotAllowed):
        deactivate_agreement(agent, "standard")


def test_a_version_for_open_clocks_too_is_one_event_for_each_request(clock, manager, make_ticket):
    ticket = make_ticket(priority=2)
    publish(manager)

    assert len(assigned(ticket)) == 2
    assert {row.target_seconds for row in clocks(ticket.id).values()} == {600, 3600}
    assert verify().differences == []


def test_what_has_ended_is_never_rewritten(clock, manager, agent, make_ticket):
    ticket = make_ticket(priority=2)
    clock.move(minutes=30)
    reply(agent, ticket.id, text="We look at it.")
    publish(manager)

    found = clocks(ticket.id)["first_response"]
    assert (found.target_seconds, found.state) == (3600, "met")


def test_requests_of_other_agreements_keep_what_they_were_promised(
    clock, manager, make_person, make_organisation, make_ticket
):
    make_organisation("Altyn Logistics", tier="gold")
    gold = make_ticket(make_person(organisation="Altyn Logistics"), priority=2)
    publish(manager)

    assert len(assigned(gold)) == 1


def test_a_version_of_the_future_comes_to_open_clocks_on_its_day(clock, manager, make_ticket):
    ticket = make_ticket(priority=2)
    publish(manager, effective_from=clock.at.replace(day=20))
    before = clocks(ticket.id)["resolution"].target_seconds
    clock.move(days=5)
    run_jobs("sla.promise_again")

    assert (before, clocks(ticket.id)["resolution"].target_seconds) == (28_800, 3600)
    assert verify().differences == []


def test_a_large_desk_is_promised_anew_in_batches(clock, manager, make_ticket, monkeypatch):
    monkeypatch.setattr(repromising, "AT_ONCE", 2)
    tickets = [make_ticket(priority=3) for _ in range(5)]
    publish(manager)
    run_jobs("sla.promise_again")

    assert [len(assigned(ticket)) for ticket in tickets] == [2] * 5
