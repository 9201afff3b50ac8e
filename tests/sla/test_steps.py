"""Which steps of a clock are due, and what becomes of each (R12; rules X4, X5, F10)."""

from datetime import UTC, datetime, timedelta

from sla.core.steps import StepTimes, step_times, steps_due
from tests.sla.worklog import agent, assigned, at, cycle, opened, status

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TIMES = StepTimes(NOON, NOON + timedelta(minutes=10), NOON + timedelta(minutes=20, seconds=1))


def due(minutes, *, fired=0, is_stopped=False, quiet_until=None, times=TIMES):
    now = NOON + timedelta(minutes=minutes)
    found = steps_due(times, fired_step=fired, now=now, is_stopped=is_stopped, quiet_until=quiet_until)
    return [(each.step, each.outcome) for each in found]


def test_a_step_is_due_at_its_moment_and_not_before():
    assert due(-1) == []
    assert due(0) == [(75, "fired")]


def test_a_step_that_was_dealt_with_does_not_come_again():
    assert due(5, fired=75) == []
    assert due(15, fired=75) == [(90, "fired")]


def test_a_warning_whose_breach_is_also_due_is_skipped():
    assert due(30) == [(75, "skipped: late"), (90, "skipped: late"), (100, "fired")]


def test_a_breach_is_due_only_after_the_second_that_still_counts_as_met():
    assert due(20, fired=90) == []
    assert due(20.02, fired=90) == [(100, "fired")]


def test_a_breach_is_recorded_with_its_true_moment_however_late():
    found = steps_due(TIMES, fired_step=90, now=NOON + timedelta(days=2), is_stopped=True, quiet_until=None)

    assert [(each.outcome, each.due_at) for each in found] == [("fired", NOON + timedelta(minutes=20))]


def test_nobody_is_warned_of_a_clock_that_has_stopped():
    times = StepTimes(NOON, None, None)

    assert due(5, times=times, is_stopped=True) == [(75, "skipped: stopped")]


def test_steps_in_imported_history_stay_silent():
    assert due(30, quiet_until=NOON + timedelta(hours=1)) == [
        (75, "suppressed: import"),
        (90, "suppressed: import"),
        (100, "suppressed: import"),
    ]


def test_steps_ahead_of_an_import_fire_as_usual():
    assert due(30, quiet_until=NOON + timedelta(minutes=5))[-1] == (100, "fired")


def test_steps_follow_each_other():
    assert [TIMES.ahead_of(each)[0] for each in (0, 75, 90, 100)] == [75, 90, 100, None]


def test_a_paused_clock_has_no_steps_ahead():
    times = step_times(cycle(opened(priority="P1"), status("10:00", "pending"), now="11:00"))

    assert times == StepTimes(None, None, None)


def test_a_clock_met_before_its_warning_has_no_steps():
    times = step_times(cycle(opened(), agent("09:10"), now="16:00", kind="first_response"))

    assert times == StepTimes(None, None, None)


def test_a_missed_clock_keeps_its_steps_until_they_are_dealt_with():
    times = step_times(cycle(opened(), agent("12:00"), now="16:00", kind="first_response"))

    assert times == StepTimes(at("09:45"), at("09:54"), at("10:00:01"))


def test_a_raised_target_is_late_from_the_change_on():
    times = step_times(cycle(opened(), assigned("10:00", "P1"), now="10:00", kind="first_response"))

    assert times.late_at == at("10:00:01")
