"""Clocks held, released and set on the ticket's page, once it was seen what that does (P7, R12)."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from sla.reporting.asked import last_weeks
from sla.reporting.interventions import count_interventions
from tests.sla.stored import clocks


@pytest.fixture
def lead(make_person):
    return make_person("lead", name="Lela Lead")


@pytest.fixture
def client(sign_in_as, lead):
    return sign_in_as(lead)


@pytest.fixture
def ticket(clock, make_ticket):
    found = make_ticket(priority=1)
    clock.move(minutes=5)
    return found


def url(ticket, kind="resolution"):
    return f"/desk/tickets/SD-{ticket.id}/clocks/{kind}/hand"


def looked_at(client, ticket, **typed):
    answer = client.post(url(ticket), data={"reason": "Agreed by phone.", "do": "look", **typed})
    form = BeautifulSoup(answer.text, "html.parser")
    return answer, {"do": "save", "seen": form.select_one("input[name=seen]")["value"], **typed}


def done(client, ticket, **typed):
    _answer, sent = looked_at(client, ticket, **typed)
    return client.post(url(ticket), data={"reason": "Agreed by phone.", **sent})


def local(at):
    return at.strftime("%Y-%m-%dT%H:%M")


def test_nothing_is_done_before_its_effect_was_seen(client, ticket):
    answer = client.post(url(ticket), data={"deed": "hold", "reason": "x", "do": "save"})

    assert answer.status_code == 200
    assert "It would rest and have no due moment." in answer.text
    assert clocks(ticket.id)["resolution"].state == "running"


def test_a_hold_is_done_once_it_was_seen(client, ticket):
    answer = done(client, ticket, deed="hold")

    assert answer.status_code == 303
    assert clocks(ticket.id)["resolution"].state == "paused"


def test_a_held_clock_offers_its_release(client, ticket, clock):
    done(client, ticket, deed="hold")
    clock.move(hours=1)
    offered = [each["value"] for each in page_of(client, url(ticket)).select("input[name=deed]")]
    done(client, ticket, deed="release")

    assert offered == ["release", "override"]
    assert clocks(ticket.id)["resolution"].state == "running"


def page_of(client, address):
    return BeautifulSoup(client.get(address).text, "html.parser")


def test_the_new_due_moment_is_shown_and_then_in_force(client, ticket, clock):
    until = clock.at + timedelta(hours=9)
    answer, _sent = looked_at(client, ticket, deed="override", until=local(until))
    done(client, ticket, deed="override", until=local(until))

    assert "It would be due" in answer.text
    assert clocks(ticket.id)["resolution"].due_at == until.replace(second=0)


def test_another_choice_than_the_one_seen_is_shown_again(client, ticket):
    _answer, sent = looked_at(client, ticket, deed="hold")
    again = client.post(url(ticket), data={"reason": "x", **sent, "deed": "override"})

    assert (again.status_code, clocks(ticket.id)["resolution"].state) == (422, "running")


def test_reason_and_person_stand_in_timeline_and_ledger(client, ticket, clock):
    done(client, ticket, deed="hold")

    timeline = page_of(client, f"/desk/tickets/SD-{ticket.id}").get_text(" ", strip=True)
    ledger = page_of(client, f"/desk/tickets/SD-{ticket.id}/clocks/resolution").get_text(" ", strip=True)
    assert "Agreed by phone." in timeline
    assert "Lela Lead" in ledger
    assert "Agreed by phone." in ledger


def test_each_is_counted_for_reports(client, ticket, lead, clock):
    done(client, ticket, deed="hold")
    done(client, ticket, deed="release")

    asked = last_weeks(1, until=clock.at, as_of=clock.at, zone="UTC")
    assert count_interventions(lead, asked).counts == {("hold", lead.id): 1, ("release", lead.id): 1}


def test_the_page_offers_it_by_a_link_that_the_keyboard_reaches(client, ticket):
    links = page_of(client, f"/desk/tickets/SD-{ticket.id}").select(f'a[href="{url(ticket)}"]')

    assert [link.get_text(" ", strip=True) for link in links] == ["Change by hand Resolution"]


def test_an_agent_is_offered_nothing_and_may_do_nothing(desk, ticket):
    shown = page_of(desk, f"/desk/tickets/SD-{ticket.id}")

    assert shown.select(f'a[href="{url(ticket)}"]') == []
    assert desk.get(url(ticket)).status_code == 403


def test_a_clock_that_has_ended_cannot_be_touched(client, ticket):
    assert client.get(url(ticket, "update")).status_code == 404
