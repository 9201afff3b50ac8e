"""The state machine of a ticket (R13, R23)."""

import pytest

from servicedesk.tickets.core.statuses import (
    BY_KEY,
    DEFAULT_STATUSES,
    Category,
    IllegalMove,
    Move,
    next_status,
)

OPEN_OR_WAITING = ("new", "in_progress", "waiting_customer", "waiting_supplier", "scheduled")
DONE = ("resolved", "closed", "withdrawn")


def outcome(status: str, move: Move) -> str | None:
    try:
        return next_status(status, move)
    except IllegalMove:
        return None


@pytest.mark.parametrize("status", OPEN_OR_WAITING)
@pytest.mark.parametrize(
    ("move", "after"),
    [
        (Move.START, "in_progress"),
        (Move.WAIT, "waiting_customer"),
        (Move.RESOLVE, "resolved"),
        (Move.WITHDRAW, "withdrawn"),
    ],
)
def test_open_and_waiting_tickets_move_freely(status: str, move: Move, after: str) -> None:
    assert outcome(status, move) == after


@pytest.mark.parametrize("status", DONE)
@pytest.mark.parametrize("move", [Move.START, Move.WAIT, Move.RESOLVE, Move.WITHDRAW, Move.WAKE])
def test_a_ticket_that_is_done_only_closes_or_reopens(status: str, move: Move) -> None:
    assert outcome(status, move) is None


def test_only_a_resolved_ticket_closes() -> None:
    closing = {status: outcome(status, Move.CLOSE) for status in BY_KEY}

    assert {status for status, after in closing.items() if after} == {"resolved"}


def test_resolved_and_closed_reopen_but_withdrawn_is_final() -> None:
    reopening = {status: outcome(status, Move.REOPEN) for status in BY_KEY}

    assert {status for status, after in reopening.items() if after} == {"resolved", "closed"}


def test_only_waiting_tickets_wake() -> None:
    waking = {status: outcome(status, Move.WAKE) for status in BY_KEY}

    assert {status for status, after in waking.items() if after} == {
        "waiting_customer",
        "waiting_supplier",
        "scheduled",
    }


def test_a_ticket_waits_only_for_what_there_is_to_wait_for() -> None:
    with pytest.raises(IllegalMove):
        next_status("in_progress", Move.WAIT, wait_for="resolved")


def test_waiting_for_a_supplier_pauses_no_clock() -> None:
    assert set(BY_KEY["waiting_supplier"].clocks.values()) == {"runs"}


def test_the_first_response_is_never_paused() -> None:
    effects = {status.clocks["first_response"] for status in DEFAULT_STATUSES}

    assert effects == {"runs", "stops", "cancelled"}


def test_withdrawn_and_merged_cancel_the_resolution_and_closed_finishes_it() -> None:
    ends = {
        status.key: status.clocks["resolution"]
        for status in DEFAULT_STATUSES
        if status.category is Category.CLOSED
    }

    assert ends == {"closed": "final", "withdrawn": "cancelled", "merged": "cancelled"}
