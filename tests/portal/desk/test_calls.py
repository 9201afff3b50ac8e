"""Noting down a call on the ticket's page: both times stand in the timeline (F9, R18)."""

import pytest


@pytest.fixture
def ticket(make_ticket, clock):
    found = make_ticket()
    clock.move(hours=2)
    return found


def test_a_call_is_noted_with_both_times(desk, page, ticket, clock):
    called_at = clock.at.replace(hour=clock.at.hour - 1)
    sent = {"happened_at": called_at.strftime("%Y-%m-%dT%H:%M"), "text": "I told them to restart it."}

    answer = desk.post(f"/desk/tickets/SD-{ticket.id}/call", data=sent)

    shown = page(desk.get(f"/desk/tickets/SD-{ticket.id}")).get_text(" ", strip=True)
    assert answer.status_code == 303
    assert "I told them to restart it." in shown
    assert "noted on" in shown
    assert "it counts from then" in shown


def test_a_call_too_long_ago_is_shown_again_with_what_is_wrong(desk, ticket, clock):
    clock.move(days=5)
    sent = {"happened_at": "2026-11-16T12:00", "text": "I told them."}

    answer = desk.post(f"/desk/tickets/SD-{ticket.id}/call", data=sent)

    assert answer.status_code == 422
    assert "A call can be noted down up to 72 hours later." in answer.get_data(as_text=True)


def test_the_api_takes_the_time_of_a_call(desk, ticket, clock):
    at = clock.at.replace(hour=clock.at.hour - 1).isoformat()

    sent = desk.post(
        f"/api/v1/tickets/SD-{ticket.id}/messages", json={"text": "I told them.", "happened_at": at}
    )

    assert sent.status_code == 201
