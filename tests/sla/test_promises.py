"""The promise that a customer sees while typing (R11, R31)."""

from datetime import datetime

from sla.promises import promise, resolution_due
from tests.sla.stored import clocks


def moment(text):
    return datetime.fromisoformat(f"2026-11-{text}:00+00:00")


def test_the_promise_names_when_we_answer_and_when_it_is_solved(app, clock):
    found = promise(priority=3, at=clock.at)

    assert (found.answer_by, found.solve_by) == (moment("16T14:00"), moment("18T16:00"))
    assert (found.agreement, found.rule, found.is_always_open) == ("Standard", "P3", False)


def test_the_promise_is_what_the_ticket_then_has(clock, make_ticket):
    found = promise(priority=2, at=clock.at)
    ticket = make_ticket(priority=2)

    assert {clocks(ticket.id)[kind].due_at for kind in ("first_response", "resolution")} == {
        found.answer_by,
        found.solve_by,
    }


def test_at_night_it_says_when_the_desk_opens(app, clock):
    found = promise(priority=4, at=clock.set("2026-11-20T22:00Z"))

    assert (found.opens_at, found.answer_by) == (moment("23T09:00"), moment("23T17:00"))


def test_a_first_priority_is_looked_at_around_the_clock(app, clock):
    found = promise(priority=1, at=clock.set("2026-11-21T23:00Z"))

    assert (found.is_always_open, found.opens_at, found.answer_by) == (True, None, moment("21T23:15"))


def test_an_organisation_of_the_gold_tier_is_promised_more(clock, make_organisation):
    found = promise(priority=3, organisation_id=make_organisation("Altyn", tier="gold"), at=clock.at)

    assert (found.agreement, found.answer_by) == ("Gold", moment("16T12:00"))


def test_a_deadline_is_compared_with_the_promised_solution(app, clock):
    assert resolution_due(3, None, None, clock.at) == moment("18T16:00")
