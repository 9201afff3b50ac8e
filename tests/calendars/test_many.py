"""Many questions at once are answered like one at a time, at the edges too (R11)."""

import numpy as np
import pytest

from servicedesk.calendars.core.horizon import HORIZON_SECONDS, LAST_MOMENT
from servicedesk.calendars.hours import NeverOpen, OpeningHours
from servicedesk.calendars.many import NEVER, add_to_many, elapsed_of_many
from tests.calendars.places import office, utc

NOWHERE = np.array([], dtype=np.int64)
MONDAY = int(utc("2026-01-05 09:00").timestamp())


def alone(hours: OpeningHours, start: int, seconds: int) -> tuple[int, int]:
    try:
        return hours.add_seconds(start, seconds)
    except NeverOpen:
        return NEVER, NEVER


def test_nothing_asked_is_nothing_answered():
    assert elapsed_of_many(office(), NOWHERE, NOWHERE).tolist() == []
    assert [each.tolist() for each in add_to_many(office(), NOWHERE, NOWHERE)] == [[], []]


def test_an_end_before_its_start_has_no_time_in_it():
    found = elapsed_of_many(office(), np.array([MONDAY + 7200, MONDAY]), np.array([MONDAY, MONDAY + 7200]))

    assert found.tolist() == [0, 7200]


@pytest.mark.parametrize("seconds", [0, 1, 8 * 3600, 40 * 3600, 2000 * 3600, 30_000 * 3600])
def test_a_sum_far_away_does_not_change_the_near_ones(seconds):
    starts = np.arange(MONDAY - 4 * 86_400, MONDAY + 4 * 86_400, 6_007)
    sums = np.where(np.arange(len(starts)) % 7 == 3, seconds, 3600)

    due, breach = add_to_many(office(), starts, sums)

    asked = zip(starts.tolist(), sums.tolist(), strict=True)
    assert list(zip(due.tolist(), breach.tolist(), strict=True)) == [alone(office(), *pair) for pair in asked]


def test_what_is_not_reached_within_ten_years_is_never_due():
    hours = office(holiday_ranges=[["2026-02-01", "2060-01-01"]])

    due, breach = add_to_many(hours, np.array([MONDAY, MONDAY]), np.array([3600, 400 * 3600]))

    assert due.tolist() == [MONDAY + 3600, NEVER]
    assert breach.tolist() == [MONDAY + 3600, NEVER]
    assert alone(hours, MONDAY, 400 * 3600) == (NEVER, NEVER)


def test_the_last_years_that_calendars_know_are_no_further_away():
    late = np.array([LAST_MOMENT - 86_400 * 30, LAST_MOMENT - HORIZON_SECONDS - 5])
    sums = np.array([3600, 9_999 * 3600])

    due, breach = add_to_many(office(), late, sums)

    asked = zip(late.tolist(), sums.tolist(), strict=True)
    assert list(zip(due.tolist(), breach.tolist(), strict=True)) == [alone(office(), *pair) for pair in asked]


def test_working_time_to_add_cannot_be_negative():
    with pytest.raises(ValueError, match="negative"):
        add_to_many(office(), np.array([MONDAY]), np.array([-1]))
