"""What starts and ends a clock: answers, done, and the save as a whole (R11, R12; rules F3 to F6)."""

from dataclasses import replace

import pytest

from sla.core.events import Created, Message
from tests.sla.worklog import agent, assigned, at, customer, cycle, cycles, event, opened, status


def test_a_second_within_the_target_counts_as_met_and_the_next_one_as_missed():
    met = cycle(opened(), agent("10:00:00"), now="12:00", kind="first_response")
    missed = cycle(opened(), agent("10:00:01"), now="12:00", kind="first_response")

    assert (met.state, met.elapsed_seconds, met.breached_at) == ("met", 3600, None)
    assert (missed.state, missed.elapsed_seconds, missed.breached_at) == ("missed", 3601, at("10:00"))


def test_fractions_of_a_second_do_not_make_an_answer_late():
    late_by_half_a_second = replace(agent("10:00"), at=at("10:00").replace(microsecond=500_000))

    assert cycle(opened(), late_by_half_a_second, now="12:00", kind="first_response").state == "met"


def test_a_promise_used_up_at_closing_time_is_kept_until_the_desk_opens_again():
    at_night = cycle(opened("16:00"), agent("23:00"), now="tue 12:00", kind="first_response")
    next_morning = cycle(opened("16:00"), agent("tue 09:00:01"), now="tue 12:00", kind="first_response")

    assert (at_night.state, at_night.due_at, at_night.breach_at) == ("met", at("17:00"), at("tue 09:00"))
    assert (next_morning.state, next_morning.breached_at) == ("missed", at("tue 09:00"))


def test_a_clock_is_overdue_only_after_its_breach_moment():
    on_it = cycle(opened(), now="10:00", kind="first_response")
    after = cycle(opened(), now="10:00:01", kind="first_response")

    assert (on_it.state, on_it.left_seconds, on_it.breached_at) == ("running", 0, None)
    assert (after.state, after.left_seconds, after.breached_at) == ("overdue", -1, at("10:00"))


@pytest.mark.parametrize("note", [agent("09:10", public=False), event(Message, "09:10", by="system")])
def test_notes_and_automatic_messages_stop_nothing_and_start_nothing(note):
    assert cycles(opened(), note, now="09:30").keys() == {("first_response", 1), ("resolution", 1)}
    assert cycle(opened(), note, now="09:30", kind="first_response").state == "running"


@pytest.mark.parametrize("save", ["one", None])
def test_an_answer_and_waiting_in_one_save_stop_first_response_in_either_order(save):
    answer, waiting = agent("09:30", save=save), status("09:30", "asleep", save=save)

    forth = cycles(opened(), replace(answer, order=1), replace(waiting, order=2), now="11:00")
    back = cycles(opened(), replace(answer, order=2), replace(waiting, order=1), now="11:00")

    assert forth == back
    assert (forth["first_response", 1].state, forth["update", 1].state) == ("met", "paused")


def test_an_answer_that_resolves_starts_no_clock_that_would_end_at_once():
    found = cycles(opened(), agent("09:30", save="s"), status("09:30", "resolved", save="s"), now="11:00")

    assert {key: each.state for key, each in found.items()} == {
        ("first_response", 1): "met",
        ("resolution", 1): "met",
    }


def test_a_request_solved_while_it_is_logged_has_met_both_promises():
    solved = [agent("09:00"), status("09:00", "resolved")]

    found = cycles(opened(by="agent"), solved, now="11:00")

    assert [(each.state, each.elapsed_seconds) for each in found.values()] == [("met", 0), ("met", 0)]
    assert [each.due_at for each in found.values()] == [at("10:00"), at("tue 17:00")]


def test_done_stops_every_wait_and_holds_the_resolution():
    found = cycles(opened(), agent("09:10"), customer("09:30"), status("09:40", "resolved"), now="tue 12:00")

    assert [(each.kind, each.state, each.elapsed_seconds) for each in found.values()] == [
        ("first_response", "met", 600),
        ("next_response", "met", 600),
        ("update", "met", 1800),
        ("resolution", "met", 2400),
    ]
    assert [span.kind for span in found["resolution", 1].spans] == ["running", "done"]


def test_going_from_resolved_to_closed_changes_nothing():
    resolved = [opened(), status("09:40", "resolved")]
    once = cycle(*resolved, now="tue 12:00")
    twice = cycle(*resolved, status("tue 09:00", "closed"), now="tue 12:00")

    assert once == twice


def test_a_withdrawn_request_is_cancelled_and_not_judged():
    found = cycles(opened(), status("16:00", "withdrawn"), now="tue 12:00")

    assert {each.state for each in found.values()} == {"cancelled"}


def test_the_next_wait_begins_with_the_customers_word_once_an_answer_was_given():
    before = cycles(opened(), customer("09:10"), now="09:30")
    found = cycles(opened(), agent("09:10"), customer("09:20"), customer("09:50"), now="10:00")

    assert ("next_response", 1) not in before
    assert found["next_response", 1].started_at == at("09:20")
    assert ("next_response", 2) not in found


def test_each_answer_ends_the_wait_and_the_next_word_begins_another():
    talk = [agent("09:10"), customer("09:20"), agent("09:30"), customer("09:50")]

    found = cycles(opened(), *talk, now="10:00")

    assert (found["next_response", 1].state, found["next_response", 2].state) == ("met", "running")
    assert [found["update", number].started_at for number in (1, 2)] == [at("09:10"), at("09:30")]


@pytest.mark.parametrize(
    ("first", "second", "is_waiting"), [(customer, agent, False), (agent, customer, True)]
)
def test_in_one_save_the_last_word_decides_who_waits(first, second, is_waiting):
    both = [replace(first("10:00"), order=1), replace(second("10:00"), order=2)]

    found = cycles(opened(), agent("09:10"), *both, now="10:30")

    assert (("next_response", 1) in found) is is_waiting


def test_a_clock_without_a_target_is_not_there():
    found = cycles(opened(priority="bare"), agent("09:10"), customer("09:20"), now="10:00")

    assert found.keys() == {("first_response", 1), ("resolution", 1)}


def test_a_call_noted_down_after_it_was_made_counts_at_the_opening():
    found = cycles(opened("09:30"), agent("09:10"), now="10:00")

    assert (found["first_response", 1].state, found["first_response", 1].elapsed_seconds) == ("met", 0)


def test_nothing_is_measured_where_times_are_unknown():
    log = [event(Created, "09:00", status="open", at_known=False), assigned("09:00", "P3")]

    assert cycles(log, now="10:00") == {}


def test_what_has_not_happened_yet_is_not_counted():
    assert cycle(opened(), status("10:00", "resolved"), now="09:30") == cycle(opened(), now="09:30")
