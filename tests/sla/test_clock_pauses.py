"""Pauses, holds, done and reopening (R11, R12; rules F3, F4, F7, P7)."""

import pytest

from sla.core.events import Gone, Held, Overridden, Released
from tests.sla.worklog import agent, assigned, at, customer, cycle, cycles, event, opened, status

FORTNIGHT = at("mon+2 12:00")


def test_a_clock_paused_overnight_does_not_breach():
    log = [opened(priority="P1"), status("12:00", "pending"), status("tue 09:00", "open")]

    paused, running = cycle(*log, now="tue 03:00"), cycle(*log, now="tue 09:30")

    assert (paused.state, paused.due_at, paused.left_seconds) == ("paused", None, 3600)
    assert (running.state, running.due_at, running.elapsed_seconds) == ("running", at("tue 10:00"), 12_600)


def test_an_exceeded_clock_stays_overdue_while_paused_and_does_not_grow():
    log = [opened(priority="P1"), status("14:00", "pending")]

    found = cycle(*log, now="tue 16:00")

    assert (found.state, found.elapsed_seconds, found.due_at) == ("overdue", 18_000, at("13:00"))
    assert found.breached_at == at("13:00")


def test_a_clock_stopped_while_paused_is_judged_by_what_it_used():
    found = cycle(
        opened(priority="P1"), status("12:00", "pending"), status("tue 16:00", "resolved"), now="wed 12:00"
    )

    assert (found.state, found.elapsed_seconds, found.due_at) == ("met", 10_800, None)


def test_waiting_pauses_resolution_but_not_the_first_response():
    found = cycles(opened(), status("09:10", "pending"), now="09:50")

    assert found["first_response", 1].state == "running"
    assert found["resolution", 1].state == "paused"


def test_every_stretch_is_in_the_ledger_with_its_reason_and_its_open_time():
    log = [status("10:00", "pending"), status("12:00", "asleep"), status("13:00", "open")]

    spans = cycle(opened(), *log, now="14:00").spans

    assert [(span.kind, span.reason, span.open_seconds) for span in spans] == [
        ("running", "", 3600),
        ("paused", "pending", 7200),
        ("paused", "asleep", 3600),
        ("running", "", 3600),
    ]


def test_reopening_lets_the_same_clock_go_on_without_the_time_it_was_done():
    log = [opened(), status("10:00", "resolved"), status("tue 09:00", "open")]

    found = cycle(*log, now="tue 10:00")

    assert (found.state, found.elapsed_seconds, found.due_at) == ("running", 7200, at("wed 16:00"))
    assert [span.kind for span in found.spans] == ["running", "done", "running"]


def test_reopening_may_begin_a_new_cycle_instead():
    log = [opened(reopen="new_cycle"), status("10:00", "resolved"), status("tue 09:00", "open")]

    found = cycles(*log, now="tue 10:00")

    assert (found["resolution", 1].state, found["resolution", 1].elapsed_seconds) == ("met", 3600)
    assert (found["resolution", 2].started_at, found["resolution", 2].elapsed_seconds) == (
        at("tue 09:00"),
        3600,
    )


@pytest.mark.parametrize(("reopened", "cycle_number"), [("mon+2 12:00", 1), ("mon+2 12:00:01", 2)])
def test_a_very_old_request_begins_anew_when_it_is_reopened(reopened, cycle_number):
    log = [opened(), status("12:00", "resolved"), status("wed 12:00", "closed"), status(reopened, "open")]

    found = cycles(*log, now="mon+2 13:00")

    assert max(number for kind, number in found if kind == "resolution") == cycle_number


def test_a_missed_clock_that_is_reopened_is_overdue_again_and_keeps_its_breach():
    log = [opened(priority="P1"), status("15:00", "resolved"), status("16:00", "open")]

    found = cycle(*log, now="16:30")

    assert (found.state, found.breached_at) == ("overdue", at("13:00"))


def test_a_customers_word_on_a_done_request_opens_nothing():
    log = [opened(), agent("09:10"), status("09:20", "resolved"), customer("09:30")]

    assert ("next_response", 1) not in cycles(*log, now="10:00")


@pytest.mark.parametrize("reopened", ["09:30", "11:00"])
def test_reopening_with_the_customers_word_last_opens_the_next_wait(reopened):
    log = [opened(), agent("09:10"), status("09:20", "resolved"), customer("09:30"), status(reopened, "open")]

    found = cycles(*log, now="12:00")

    assert found["next_response", 1].started_at == at(reopened)
    assert found["update", 2].started_at == at(reopened)


def test_reopening_with_the_agents_word_last_opens_no_wait():
    log = [opened(), agent("09:10"), status("09:20", "resolved"), status("11:00", "open")]

    assert ("next_response", 1) not in cycles(*log, now="12:00")


def test_a_hold_by_hand_stops_one_clock_until_it_is_released():
    hold = event(Held, "10:00", kind="resolution", reason="part on order", by="dana")
    release = event(Released, "12:00", kind="resolution")

    found = cycles(opened(), hold, release, now="13:00")

    assert found["resolution", 1].elapsed_seconds == 7200
    assert found["first_response", 1].elapsed_seconds == 14_400
    assert found["resolution", 1].spans[1].reason == "part on order"


def test_a_pause_inside_a_hold_counts_once():
    hold = event(Held, "10:00", kind=None, reason="storm", by="dana")
    log = [hold, status("11:00", "pending"), event(Released, "12:00", kind=None), status("13:00", "open")]

    found = cycle(opened(), *log, now="14:00")

    assert [(span.kind, span.open_seconds) for span in found.spans] == [
        ("running", 3600),
        ("held", 7200),
        ("paused", 3600),
        ("running", 3600),
    ]


def test_a_target_set_by_hand_stays_with_its_cycle():
    until = event(Overridden, "10:00", kind="resolution", until=at("15:00"), by="dana", reason="agreed")

    found = cycle(opened(), until, now="11:00")

    assert (found.due_at, found.target_seconds, found.is_overridden) == (at("15:00"), 21_600, True)


def test_a_merged_request_cancels_what_was_running_and_keeps_what_was_met():
    found = cycles(
        opened(), agent("09:10"), event(Gone, "09:30", reason="merged"), customer("10:00"), now="12:00"
    )

    assert {kind: each.state for (kind, _), each in found.items()} == {
        "first_response": "met",
        "update": "cancelled",
        "resolution": "cancelled",
    }


def test_the_worked_example_of_the_manual_holds():
    log = [opened(), agent("09:40", save="a"), status("09:40", "pending", save="a")]
    log += [customer("11:40", save="b"), status("11:40", "open", save="b")]
    log += [assigned("12:40", "P1"), status("14:40", "resolved")]

    waiting, back, raised, done = (cycle(*log, now=now) for now in ("10:00", "11:40", "12:40", "15:00"))

    assert (waiting.state, waiting.left_seconds) == ("paused", 55_200)
    assert (back.due_at, raised.due_at) == (at("wed 11:00"), at("15:00"))
    assert (done.state, done.elapsed_seconds) == ("met", 13_200)
    assert [(span.kind, span.open_seconds) for span in done.spans[:3]] == [
        ("running", 2400),
        ("paused", 7200),
        ("running", 10_800),
    ]
