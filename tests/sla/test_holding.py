"""Clocks held and set by hand: by whom they may be, and what it does (R12, R117; rule P7)."""

from datetime import timedelta

import pytest

from servicedesk.kernel.errors import Invalid, NotAllowed, Refused
from servicedesk.kernel.events import stored_events, stored_texts
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.progress import resolve_ticket
from sla.holding import hold_clock, override_clock, release_clock
from sla.queries import ticket_clocks
from tests.sla.stored import clocks


@pytest.fixture
def lead(clock, make_person):
    return make_person("lead")


def test_a_held_clock_does_not_run_until_it_is_released(clock, lead, make_ticket):
    ticket = make_ticket(priority=2)
    hold_clock(lead, ticket.id, kind="resolution", reason="The supplier is on strike.")
    clock.move(hours=2)
    held = clocks(ticket.id)["resolution"].state
    release_clock(lead, ticket.id, kind="resolution", reason="They are back.")
    clock.move(hours=1)

    found = {row.kind: row for row in ticket_clocks(lead, ticket.id, now=clock.at)}
    assert (held, found["resolution"].elapsed_seconds, found["first_response"].elapsed_seconds) == (
        "paused",
        3600,
        10_800,
    )
    assert [span.kind for span in found["resolution"].spans] == ["held", "running"]


def test_a_due_moment_set_by_hand_outlives_a_change_of_priority(clock, lead, make_ticket):
    ticket = make_ticket(priority=2)
    until = clock.at + timedelta(hours=4)
    override_clock(lead, ticket.id, kind="resolution", until=until, reason="Agreed with the customer.")
    edit_fields(lead, ticket.id, {"impact": 1, "urgency": 1})

    found = clocks(ticket.id)["resolution"]
    assert (found.due_at, found.is_overridden, found.target_epoch) == (until, True, 2)


def test_the_reason_can_be_erased_and_is_not_in_the_chain(clock, lead, make_ticket):
    ticket = make_ticket()
    hold_clock(lead, ticket.id, kind=None, reason="Mr. Smith is ill.")

    stream = StreamRef("ticket", ticket.id)
    (held,) = stored_events(stream, types={"clock_held"})
    assert held.body == {"kind": None}
    assert stored_texts(stream)[held.seq] == {"reason": "Mr. Smith is ill."}


@pytest.mark.parametrize("role", ["customer", "agent", "manager"])
def test_only_a_lead_may_touch_clocks(clock, make_person, make_ticket, role):
    person = make_person(role)

    with pytest.raises(NotAllowed):
        hold_clock(person, make_ticket(person if role == "customer" else None).id, kind=None, reason="x")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"kind": "lunch"}, "kind"), ({"reason": " "}, "reason"), ({"until": timedelta(0)}, "until")],
)
def test_what_makes_no_sense_is_refused_by_its_field(clock, lead, make_ticket, changes, field):
    asked = {"kind": "resolution", "until": timedelta(hours=1), "reason": "x"} | changes

    with pytest.raises(Invalid) as refused:
        override_clock(lead, make_ticket().id, **{**asked, "until": clock.at + asked["until"]})

    assert refused.value.field == field


def test_the_clocks_of_a_done_request_are_left_alone(clock, lead, make_ticket):
    ticket = make_ticket()
    resolve_ticket(lead, ticket.id, answer="Done.")

    with pytest.raises(Refused):
        hold_clock(lead, ticket.id, kind=None, reason="x")
