"""Counting in working days, forwards and back (R11; C7)."""

from datetime import date

import pytest

from servicedesk.calendars.hours import OpeningHours
from tests.calendars.places import EVERY_NIGHT, almaty, calendar, jerusalem, office, utc

FRIDAY_NOON, SATURDAY_NOON = utc("2026-06-12 12:00"), utc("2026-06-13 12:00")


@pytest.mark.parametrize(
    ("start", "days", "snap", "expected"),
    [
        (FRIDAY_NOON, 1, "keep_time", "2026-06-15 12:00"),
        (FRIDAY_NOON, 5, "keep_time", "2026-06-19 12:00"),
        (FRIDAY_NOON, -1, "keep_time", "2026-06-11 12:00"),
        (FRIDAY_NOON, 0, "keep_time", "2026-06-12 12:00"),
        (FRIDAY_NOON, 0, "end_of_day", "2026-06-12 17:00"),
        (FRIDAY_NOON, 0, "active", "2026-06-12 12:00"),
        (FRIDAY_NOON, 1, "end_of_day", "2026-06-15 17:00"),
        (FRIDAY_NOON, -5, "end_of_day", "2026-06-05 17:00"),
        (SATURDAY_NOON, 1, "keep_time", "2026-06-15 12:00"),
        (SATURDAY_NOON, -1, "keep_time", "2026-06-12 12:00"),
        (SATURDAY_NOON, 0, "keep_time", "2026-06-15 12:00"),
        (SATURDAY_NOON, 0, "end_of_day", "2026-06-15 17:00"),
        (SATURDAY_NOON, 0, "active", "2026-06-15 09:00"),
        (utc("2026-06-12 20:00"), 1, "keep_time", "2026-06-15 17:00"),
        (utc("2026-06-12 07:00"), 1, "keep_time", "2026-06-15 07:00"),
        (utc("2026-06-12 20:00"), 1, "active", "2026-06-16 09:00"),
        (utc("2026-06-12 20:00"), -1, "active", "2026-06-11 17:00"),
        (utc("2026-06-12 07:00"), -1, "active", "2026-06-10 17:00"),
        (utc("2026-06-12 09:00"), -1, "active", "2026-06-11 09:00"),
        (utc("2026-06-12 17:00"), 1, "active", "2026-06-16 09:00"),
    ],
)
def test_working_days_from_monday_to_friday_nine_to_five(start, days, snap, expected):
    assert office().business_days(start, days, snap) == utc(expected)


def test_a_holiday_is_stepped_over():
    hours = OpeningHours.weekly("mon-fri 09:00-18:00", zone="Asia/Almaty").to_exchange()
    closed = OpeningHours.from_exchange({**hours, "holidays": ["2026-12-16"]})

    assert closed.business_days(almaty("2026-12-15 10:00"), 1, "keep_time") == almaty("2026-12-17 10:00")


def test_a_date_closed_from_morning_to_evening_is_stepped_over():
    hours = office(closed=[{"date": "2026-06-15", "from": "08:00", "to": "18:00"}])

    assert not hours.is_business_day(date(2026, 6, 15))
    assert hours.business_days(FRIDAY_NOON, 1, "keep_time") == utc("2026-06-16 12:00")


def test_an_early_closing_caps_the_time_kept():
    hours = office(closed=[{"date": "2026-06-15", "from": "11:00", "to": "24:00"}])

    assert hours.business_days(FRIDAY_NOON, 1, "keep_time") == utc("2026-06-15 11:00")


def test_an_opening_makes_a_saturday_a_working_day():
    hours = office(open=[{"date": "2026-06-13", "from": "10:00", "to": "14:00"}])

    assert hours.business_days(FRIDAY_NOON, 1, "end_of_day") == utc("2026-06-13 14:00")


def test_a_night_shift_belongs_to_the_day_it_begins_on():
    hours = calendar(week={day: EVERY_NIGHT[day] for day in ("mon", "tue", "wed", "thu", "fri")})

    assert not hours.is_business_day(date(2026, 6, 13))
    assert hours.business_days(utc("2026-06-11 23:00"), 1, "end_of_day") == utc("2026-06-13 06:00")


def test_the_time_of_day_is_kept_when_the_clocks_change():
    hours = OpeningHours.weekly("sun-thu 08:00-17:00", zone="Asia/Jerusalem")

    due = hours.business_days(jerusalem("2026-10-22 10:00"), 1, "keep_time")

    assert due == jerusalem("2026-10-25 10:00") == utc("2026-10-25 08:00")


def test_the_second_passing_of_a_repeated_hour_stays_itself_when_no_day_is_stepped():
    hours = calendar("Europe/Berlin", week={"sun": [["00:00", "24:00"]]})
    second = utc("2026-10-25 01:30")

    assert hours.business_days(second, 0, "keep_time") == second


def test_a_day_that_both_calendars_share_counts_for_both():
    ours = office("Asia/Almaty", holidays=["2026-06-15"]).to_exchange()
    theirs = office("Europe/Berlin", holidays=["2026-06-16"]).to_exchange()
    both = OpeningHours.from_exchange({"all_of": [ours, theirs]})

    assert both.business_days(almaty("2026-06-12 16:00"), 1, "end_of_day") == almaty("2026-06-17 17:00")
