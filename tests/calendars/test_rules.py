"""The rules of business calendars, each on a named place and date (R11, R12; C1-C4, C6, C7)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from servicedesk.calendars.hours import NeverOpen, OpeningHours, OutOfRange, boundary, due_at, typed
from tests.calendars.places import EVERY_NIGHT, almaty, at, berlin, calendar, jerusalem, office, utc, wall

HOUR = 3600
AROUND_THE_CLOCK = OpeningHours.around_the_clock()


def test_a_request_opened_on_friday_evening_is_due_on_monday_morning():
    hours = OpeningHours.weekly("mon-fri 09:00-18:00", zone="Asia/Almaty")

    due = due_at(almaty("2026-11-20 17:30"), timedelta(hours=1), hours)

    assert due == almaty("2026-11-23 09:30")


def test_almaty_moves_an_hour_back_for_good_on_1_march_2024():
    hours = OpeningHours.around_the_clock("Asia/Almaty")

    # At midnight the clock went back to 23:00 of 29 February, which so had 25 hours.
    assert hours.elapsed(almaty("2024-02-29 00:00"), almaty("2024-03-01 00:00")) == 25 * HOUR
    assert hours.elapsed(almaty("2024-03-01 00:00"), almaty("2024-03-02 00:00")) == 24 * HOUR
    assert almaty("2024-03-02 09:00") == utc("2024-03-02 04:00")


def test_jerusalem_works_25_hours_on_the_sunday_its_summer_time_ends():
    hours = calendar("Asia/Jerusalem", week={"sun": [["00:00", "24:00"]]})

    assert hours.elapsed(jerusalem("2026-10-25 00:00"), jerusalem("2026-10-26 00:00")) == 25 * HOUR


def test_a_berlin_night_shift_has_7_hours_in_spring_and_9_in_autumn():
    hours = calendar("Europe/Berlin", week=EVERY_NIGHT)

    assert hours.elapsed(berlin("2026-03-28 20:00"), berlin("2026-03-29 12:00")) == 7 * HOUR
    assert hours.elapsed(berlin("2026-10-24 20:00"), berlin("2026-10-25 12:00")) == 9 * HOUR


def test_hours_that_begin_in_a_skipped_hour_begin_when_the_clock_jumps():
    hours = calendar("America/Los_Angeles", open=[{"date": "2026-03-08", "from": "02:30", "to": "03:15"}])

    assert hours.spans(utc("2026-03-08"), utc("2026-03-09")) == [
        (utc("2026-03-08 10:00"), utc("2026-03-08 10:15"))
    ]


def test_hours_within_a_skipped_hour_are_empty():
    hours = calendar("America/Los_Angeles", open=[{"date": "2026-03-08", "from": "02:10", "to": "02:50"}])

    assert hours.spans(utc("2026-03-08"), utc("2026-03-09")) == []
    assert not hours.is_business_day(date(2026, 3, 8))


def test_hours_that_end_in_a_repeated_hour_end_at_its_first_passing():
    hours = calendar("America/Los_Angeles", open=[{"date": "2026-11-01", "from": "00:30", "to": "01:30"}])

    assert hours.elapsed(utc("2026-11-01"), utc("2026-11-02")) == HOUR
    assert not hours.is_open(utc("2026-11-01 09:15"))


def test_lord_howe_moves_its_clock_by_half_an_hour():
    hours = calendar("Australia/Lord_Howe", week=EVERY_NIGHT)
    spring, autumn = (at("Australia/Lord_Howe", day) for day in ("2026-10-03 20:00", "2026-04-04 20:00"))

    assert hours.elapsed(spring, spring + timedelta(hours=14)) == 7.5 * HOUR
    assert hours.elapsed(autumn, autumn + timedelta(hours=14)) == 8.5 * HOUR


def test_the_day_that_apia_skipped_has_no_hours():
    hours = calendar("Pacific/Apia", week={day: [["09:00", "17:00"]] for day in ("thu", "fri", "sat")})
    change = utc("2011-12-30 10:00")

    assert boundary("Pacific/Apia", wall("2011-12-30 09:00")) == change
    assert not hours.is_business_day(date(2011, 12, 30))
    assert hours.elapsed(change - timedelta(days=1), change + timedelta(days=1)) == 16 * HOUR


def test_a_holiday_on_the_day_that_apia_skipped_closes_nothing():
    always = OpeningHours.around_the_clock("Pacific/Apia").to_exchange()
    hours = OpeningHours.from_exchange({**always, "holidays": ["2011-12-30"]})

    assert hours.elapsed(utc("2011-12-29 00:00"), utc("2012-01-01 00:00")) == 72 * HOUR


def test_a_time_typed_into_a_skipped_hour_moves_on_and_into_a_repeated_one_means_the_first():
    assert typed("Europe/Berlin", wall("2026-03-29 02:05")) == utc("2026-03-29 01:05")
    assert boundary("Europe/Berlin", wall("2026-03-29 02:05")) == utc("2026-03-29 01:00")
    assert typed("Europe/Berlin", wall("2026-10-25 02:05")) == utc("2026-10-25 00:05")
    assert boundary("Europe/Berlin", wall("2026-10-25 02:05").replace(fold=1)) == utc("2026-10-25 00:05")


def test_a_wall_time_with_a_zone_of_its_own_is_refused():
    with pytest.raises(ValueError, match="no zone"):
        boundary("Europe/Berlin", utc("2026-03-29"))


def test_a_holiday_closes_the_tail_of_the_shift_before_it():
    hours = calendar("Europe/Berlin", week=EVERY_NIGHT, holidays=["2026-12-25"])

    assert hours.elapsed(berlin("2026-12-24 18:00"), berlin("2026-12-26 00:00")) == 2 * HOUR
    assert hours.next_open(berlin("2026-12-25 03:00")) == berlin("2026-12-26 00:00")
    assert not hours.is_business_day(date(2026, 12, 25))


def test_the_first_day_of_the_year_ends_the_shift_that_began_in_the_old_one():
    hours = calendar("Europe/Berlin", week=EVERY_NIGHT, holidays_yearly=["01-01"])

    assert hours.elapsed(berlin("2026-12-31 18:00"), berlin("2027-01-01 23:59")) == 2 * HOUR


def test_29_february_comes_round_only_in_leap_years():
    hours = office(holidays_yearly=["02-29"])

    assert not hours.is_business_day(date(2028, 2, 29))
    assert hours.is_business_day(date(2027, 3, 1))


def test_a_range_of_holidays_includes_both_ends():
    hours = office("Asia/Almaty", holiday_ranges=[["2026-05-07", "2026-05-11"]])

    open_on = [day for day in range(4, 15) if hours.is_business_day(date(2026, 5, day))]

    assert open_on == [4, 5, 6, 12, 13, 14]


def test_an_opening_replaces_the_hours_that_begin_on_its_date_and_keeps_the_tail_of_the_night():
    opening = {"date": "2026-06-10", "from": "12:00", "to": "13:00"}
    hours = calendar(week=EVERY_NIGHT, open=[opening])

    assert hours.spans(utc("2026-06-10"), utc("2026-06-11 12:00")) == [
        (utc("2026-06-10 00:00"), utc("2026-06-10 06:00")),
        (utc("2026-06-10 12:00"), utc("2026-06-10 13:00")),
    ]


def test_two_openings_on_one_date_both_count():
    openings = [{"date": "2026-06-13", "from": f"{hour}:00", "to": f"{hour + 1}:00"} for hour in (10, 14)]

    assert office(open=openings).elapsed(utc("2026-06-13"), utc("2026-06-14")) == 2 * HOUR


def test_a_closure_beats_an_opening_and_a_holiday_beats_both():
    opening = {"date": "2026-06-10", "from": "09:00", "to": "17:00"}
    closure = {"date": "2026-06-10", "from": "12:00", "to": "24:00"}
    day = (utc("2026-06-10"), utc("2026-06-11"))

    assert office(open=[opening], closed=[closure]).elapsed(*day) == 3 * HOUR
    assert office(open=[opening], closed=[closure], holidays=["2026-06-10"]).elapsed(*day) == 0


def test_a_closure_over_midnight_reaches_into_the_next_day():
    closure = {"date": "2026-06-09", "from": "22:00", "to": "11:00"}

    assert office(closed=[closure]).next_open(utc("2026-06-10 03:00")) == utc("2026-06-10 11:00")


def test_overlapping_hours_count_once_and_touching_ones_are_one_span():
    hours = calendar(week={"wed": [["09:00", "12:00"], ["11:00", "14:00"], ["14:00", "16:00"]]})

    assert hours.spans(utc("2026-06-10"), utc("2026-06-11")) == [
        (utc("2026-06-10 09:00"), utc("2026-06-10 16:00"))
    ]


def test_equal_times_mean_a_whole_day_and_midnight_may_be_written_either_way():
    from_noon = calendar(week={"wed": [["12:00", "12:00"]]})
    midnight = calendar(week={"wed": [["20:00", "00:00"]]})

    assert from_noon.elapsed(utc("2026-06-10"), utc("2026-06-12")) == 24 * HOUR
    assert midnight.to_exchange()["week"] == {"wed": [["20:00", "24:00"]]}


def test_hours_of_two_calendars_meet_on_instants_not_on_wall_clocks():
    ours, theirs = office("Asia/Almaty").to_exchange(), office("Europe/Berlin").to_exchange()
    both = OpeningHours.from_exchange({"all_of": [ours, theirs]})

    assert both.spans(utc("2026-06-10"), utc("2026-06-11")) == [
        (utc("2026-06-10 07:00"), utc("2026-06-10 12:00"))
    ]
    assert both.zone == "Asia/Almaty"


def test_a_desk_is_open_at_opening_time_and_closed_at_closing_time():
    hours = office()

    assert hours.is_open(utc("2026-06-10 09:00"))
    assert not hours.is_open(utc("2026-06-10 17:00"))
    assert hours.is_open(utc("2026-06-10 16:59:59"))


def test_work_that_ends_with_the_day_is_late_only_when_the_desk_opens_again():
    due, breach = office().add(utc("2026-06-08 15:00"), 2 * HOUR)

    assert (due, breach) == (utc("2026-06-08 17:00"), utc("2026-06-09 09:00"))


def test_no_work_is_due_at_once_and_late_when_the_desk_opens():
    assert office().add(utc("2026-06-13 12:00"), 0) == (utc("2026-06-13 12:00"), utc("2026-06-15 09:00"))
    assert office().add(utc("2026-06-10 12:00"), 0) == (utc("2026-06-10 12:00"), utc("2026-06-10 12:00"))


def test_before_a_time_there_is_an_earliest_and_a_latest_moment_with_so_much_work_left():
    assert office().sub(utc("2026-06-09 10:00"), HOUR) == (utc("2026-06-08 17:00"), utc("2026-06-09 09:00"))
    assert office().sub(utc("2026-06-09 10:00"), 2 * HOUR) == (utc("2026-06-08 16:00"),) * 2


def test_negative_work_is_an_error():
    with pytest.raises(ValueError, match="negative"):
        office().add(utc("2026-06-08"), -1)
    with pytest.raises(ValueError, match="negative"):
        office().sub(utc("2026-06-08"), -1)


def test_time_runs_backwards_for_nobody():
    assert office().elapsed(utc("2026-06-10 12:00"), utc("2026-06-10 11:00")) == 0
    assert office().spans(utc("2026-06-10 12:00"), utc("2026-06-10 11:00")) == []


def test_fractions_of_a_second_are_left_out_on_both_sides():
    start, end = utc("2026-06-10 10:00:00.900"), utc("2026-06-10 10:00:01.100")

    assert office().elapsed(start, end) == 1
    assert office().add(start, 60).due_at == utc("2026-06-10 10:01:00")
    assert office().next_open(start) == start


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(TypeError):
        office().is_open(wall("2026-06-10 12:00"))


def test_a_calendar_without_hours_never_opens():
    empty = calendar()

    assert empty.elapsed(utc("2026-01-01"), utc("2036-01-01")) == 0
    with pytest.raises(NeverOpen):
        empty.add(utc("2026-01-01"), 1)
    with pytest.raises(NeverOpen):
        empty.next_open(utc("2026-01-01"))
    with pytest.raises(NeverOpen):
        empty.business_days(utc("2026-01-01"), 1, "keep_time")
    with pytest.raises(NeverOpen):
        empty.sub(utc("2026-01-01"), 1)


def test_a_target_is_never_reached_if_it_takes_more_than_ten_years():
    yearly = calendar(
        holidays=[],
        open=[{"date": f"{year}-06-10", "from": "09:00", "to": "10:00"} for year in range(2026, 2046)],
    )

    assert yearly.add(utc("2026-01-01"), 10 * HOUR).due_at == utc("2035-06-10 10:00")
    with pytest.raises(NeverOpen):
        yearly.add(utc("2026-01-01"), 10 * HOUR + 1)


def test_the_last_opening_used_up_is_late_at_the_horizon_whatever_was_asked_before():
    once = {
        "tz": "UTC",
        "open": [
            {"date": "2026-06-10", "from": "09:00", "to": "10:00"},
            {"date": "2040-06-10", "from": "09:00", "to": "10:00"},
        ],
    }
    fresh, asked = OpeningHours.from_exchange(once), OpeningHours.from_exchange(once)
    asked.elapsed(utc("2020-01-01"), utc("2050-01-01"))

    assert fresh.add(utc("2026-01-01"), HOUR) == asked.add(utc("2026-01-01"), HOUR)
    assert fresh.add(utc("2026-01-01"), HOUR).breach_at > utc("2035-12-30")


def test_other_centuries_are_out_of_range():
    with pytest.raises(OutOfRange):
        AROUND_THE_CLOCK.is_open(datetime(1815, 6, 18, tzinfo=UTC))
    with pytest.raises(OutOfRange):
        AROUND_THE_CLOCK.elapsed(utc("2026-01-01"), datetime(9999, 1, 1, tzinfo=UTC))
