"""Targets that change under a running clock (R9, R11, R12; rules F5 and P4)."""

from servicedesk.calendars.hours import OpeningHours
from tests.sla.worklog import NIGHT_AND_DAY, OFFICE, agent, assigned, at, cycle, cycles, opened, status


def test_raising_the_priority_breaches_at_the_moment_of_the_change():
    found = cycle(opened(), assigned("10:00", "P1"), now="10:00", kind="first_response")

    assert (found.state, found.due_at, found.breached_at) == ("overdue", at("09:15"), at("10:00"))


def test_lowering_the_priority_keeps_the_breach_on_record():
    log = [opened(priority="P1"), assigned("09:30", "P3")]

    found = cycle(*log, agent("09:40"), now="10:00", kind="first_response")

    assert (found.state, found.breached_at, found.target_epoch) == ("met", at("09:15"), 2)


def test_a_change_at_the_very_breach_moment_comes_in_time():
    found = cycle(opened(priority="P1"), assigned("09:15", "P3"), now="09:40", kind="first_response")

    assert (found.state, found.breached_at) == ("running", None)


def test_counting_from_the_change_forgets_what_was_used():
    log = [opened(), assigned("10:00", "P1", retarget="from_change")]

    found = cycle(*log, now="10:10", kind="first_response")

    assert (found.state, found.elapsed_seconds, found.due_at) == ("running", 600, at("10:15"))
    assert [(span.open_seconds, span.counts) for span in found.spans] == [(3600, False), (600, True)]


def test_time_before_a_change_of_hours_keeps_the_measure_it_had():
    log = [opened("16:00"), assigned("18:00", "P1", hours=NIGHT_AND_DAY)]

    found = cycle(*log, now="20:00")

    assert found.elapsed_seconds == 3600 + 7200
    assert (found.due_at, found.state) == (at("21:00"), "running")


def test_the_same_targets_again_are_no_new_target():
    log = [opened(), assigned("10:00", "P3", rule="P3 again")]

    found = cycle(*log, now="10:30")

    assert (found.target_epoch, found.rule, len(found.spans)) == (1, "P3 again", 1)


def test_the_same_hours_compiled_twice_are_no_new_target():
    """The desk keeps 256 calendars compiled; with more, the same one is another object now and then."""
    again = OpeningHours.from_exchange(OFFICE.to_exchange())

    found = cycle(opened(), assigned("10:00", "P3", hours=again), now="10:30")

    assert (found.target_epoch, len(found.spans)) == (1, 1)


def test_a_target_that_is_taken_away_cancels_its_clock():
    found = cycles(opened(), assigned("10:00", "none"), now="12:00")

    assert {(each.state, each.stopped_at) for each in found.values()} == {("cancelled", at("10:00"))}


def test_a_target_that_appears_later_counts_from_the_start_with_its_pauses():
    log = [opened(priority="none"), status("10:00", "pending"), status("11:00", "open")]

    found = cycle(*log, assigned("12:00", "P3"), now="12:00")

    assert (found.started_at, found.elapsed_seconds) == (at("09:00"), 7200)


def test_a_target_that_appears_later_may_count_from_the_change():
    log = [opened(priority="none"), assigned("12:00", "P3", retarget="from_change")]

    assert cycle(*log, now="13:00").elapsed_seconds == 3600


def test_a_target_taken_away_and_given_back_is_another_cycle_from_the_same_start():
    log = [opened(), assigned("10:00", "none"), assigned("11:00", "P3")]

    found = cycles(*log, now="12:00")

    assert (found["resolution", 1].state, found["resolution", 2].state) == ("cancelled", "running")
    assert found["resolution", 2].elapsed_seconds == 10_800


def test_what_has_ended_is_never_judged_again():
    log = [opened(), agent("09:50"), status("12:00", "resolved"), assigned("13:00", "P1")]

    found = cycles(*log, now="14:00")

    assert found["first_response", 1].target_seconds == 3600
    assert found["resolution", 1].target_seconds == 57_600


def test_a_change_made_while_done_takes_effect_when_the_request_is_reopened():
    log = [opened("09:00"), status("15:00", "resolved"), assigned("15:30", "P1"), status("16:00", "open")]

    found = cycle(*log, now="16:30")

    assert (found.target_seconds, found.breached_at, found.state) == (14_400, at("16:00"), "overdue")


def test_warnings_stand_at_three_quarters_and_nine_tenths_of_open_time():
    found = cycle(opened("16:30"), now="16:45", kind="first_response")

    assert found.warnings == ((75, at("tue 09:15")), (90, at("tue 09:24")))


def test_a_warning_that_a_change_brings_about_is_due_at_the_change():
    found = cycle(opened(), assigned("09:14", "P1"), now="09:14", kind="first_response")

    assert found.warnings == ((75, at("09:14")), (90, at("09:14")))


def test_a_target_beyond_every_opening_is_never_due():
    never = OpeningHours.from_exchange({"tz": "UTC", "week": {}})

    found = cycle(opened(hours=never), now="tue 09:00")

    assert (found.state, found.due_at, found.warnings) == ("running", None, ())


def test_office_hours_are_what_the_examples_are_measured_by():
    assert OFFICE.elapsed(at("09:00"), at("tue 09:00")) == 28_800
