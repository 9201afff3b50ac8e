"""Calendar documents: what is refused, and where (R11)."""

import pytest
from hypothesis import given, settings

from servicedesk.calendars.core.exchange import WEEKDAYS
from servicedesk.calendars.hours import InvalidCalendar, OpeningHours
from tests.calendars.places import calendar
from tests.calendars.strategies import calendars

OPEN = {"date": "2026-06-10", "from": "09:00", "to": "10:00"}
UTC_ONLY = {"tz": "UTC"}


@pytest.mark.parametrize(
    ("document", "code", "field"),
    [
        ([], "wrong_type", ""),
        ({}, "missing", "tz"),
        ({"tz": None}, "wrong_type", "tz"),
        ({"tz": "Mars/Olympus"}, "unknown_zone", "tz"),
        ({"tz": "europe/berlin"}, "unknown_zone", "tz"),
        ({"tz": "../../../etc/passwd"}, "unknown_zone", "tz"),
        (UTC_ONLY | {"hollidays": []}, "unknown_key", "hollidays"),
        (UTC_ONLY | {"week": []}, "wrong_type", "week"),
        (UTC_ONLY | {"week": {"monday": []}}, "unknown_key", "week.monday"),
        (UTC_ONLY | {"week": {"mon": {}}}, "wrong_type", "week.mon"),
        (UTC_ONLY | {"week": {"mon": ["09:00", "17:00"]}}, "wrong_type", "week.mon.0"),
        (UTC_ONLY | {"week": {"mon": [["09:00"]]}}, "wrong_type", "week.mon.0"),
        (UTC_ONLY | {"week": {"mon": [["9:00", "17:00"]]}}, "bad_time", "week.mon.0.0"),
        (UTC_ONLY | {"week": {"mon": [["09:00", "24:01"]]}}, "bad_time", "week.mon.0.1"),
        (UTC_ONLY | {"week": {"mon": [["09:00", "17:60"]]}}, "bad_time", "week.mon.0.1"),
        (UTC_ONLY | {"week": {"mon": [["09:00", "17:00:30"]]}}, "bad_time", "week.mon.0.1"),
        (UTC_ONLY | {"week": {"mon": [["24:00", "06:00"]]}}, "bad_time", "week.mon.0.0"),
        (UTC_ONLY | {"week": {"mon": [["٠٩:٠٠", "17:00"]]}}, "bad_time", "week.mon.0.0"),
        (UTC_ONLY | {"week": {"mon": [[9, 17]]}}, "wrong_type", "week.mon.0.0"),
        (UTC_ONLY | {"week": {"mon": [["09:00", "10:00"]] * 49}}, "too_many", "week.mon"),
        (UTC_ONLY | {"holidays": "2026-06-10"}, "wrong_type", "holidays"),
        (UTC_ONLY | {"holidays": ["2026-02-29"]}, "bad_date", "holidays.0"),
        (UTC_ONLY | {"holidays": ["20260610"]}, "bad_date", "holidays.0"),
        (UTC_ONLY | {"holidays": ["2026-06-10"] * 5001}, "too_many", "holidays"),
        (UTC_ONLY | {"holidays_yearly": ["02-30"]}, "bad_date", "holidays_yearly.0"),
        (UTC_ONLY | {"holidays_yearly": ["2026-01-01"]}, "bad_date", "holidays_yearly.0"),
        (UTC_ONLY | {"holiday_ranges": [["2026-06-10"]]}, "wrong_type", "holiday_ranges.0"),
        (UTC_ONLY | {"holiday_ranges": [["2026-06-10", "2026-06-09"]]}, "range_reversed", "holiday_ranges.0"),
        (UTC_ONLY | {"closed": [OPEN | {"reason": "x"}]}, "unknown_key", "closed.0.reason"),
        (UTC_ONLY | {"open": [{"date": "2026-06-10", "from": "09:00"}]}, "missing", "open.0.to"),
        (UTC_ONLY | {"open": [OPEN | {"date": "10.06.2026"}]}, "bad_date", "open.0.date"),
        ({"all_of": [UTC_ONLY]}, "too_few", "all_of"),
        ({"all_of": [UTC_ONLY, {"tz": "X"}]}, "unknown_zone", "all_of.1.tz"),
        ({"all_of": [UTC_ONLY, UTC_ONLY], "tz": "UTC"}, "unknown_key", "tz"),
        ({"all_of": [UTC_ONLY] * 9}, "too_many", "all_of"),
    ],
)
def test_a_doubtful_document_is_refused_with_the_place_of_the_fault(document, code, field):
    with pytest.raises(InvalidCalendar) as refusal:
        OpeningHours.from_exchange(document)

    assert (refusal.value.code, refusal.value.field) == (f"calendar.{code}", field)


def test_calendars_combined_too_deeply_are_refused():
    document = {"all_of": [UTC_ONLY, {"all_of": [UTC_ONLY, {"all_of": [UTC_ONLY, UTC_ONLY]}]}]}

    OpeningHours.from_exchange(document)
    with pytest.raises(InvalidCalendar, match="deeply"):
        OpeningHours.from_exchange({"all_of": [UTC_ONLY, document]})


def test_the_written_form_is_sorted_without_doubles_and_without_empty_parts():
    written = calendar(
        week={"mon": [["14:00", "18:00"], ["09:00", "13:00"], ["14:00", "18:00"]], "sun": []},
        holidays=["2026-12-16", "2026-01-01", "2026-12-16"],
        holiday_ranges=[["2026-05-09", "2026-05-10"], ["2026-05-07", "2026-05-08"]],
        closed=[],
    ).to_exchange()

    assert written == {
        "tz": "UTC",
        "week": {"mon": [["09:00", "13:00"], ["14:00", "18:00"]]},
        "holidays": ["2026-01-01", "2026-12-16"],
        "holiday_ranges": [["2026-05-07", "2026-05-10"]],
    }


@settings(deadline=None)
@given(calendars())
def test_what_is_written_reads_back_to_the_same(document):
    written = OpeningHours.from_exchange(document).to_exchange()

    assert OpeningHours.from_exchange(written).to_exchange() == written


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("mon-fri 09:00-18:00", {day: [["09:00", "18:00"]] for day in WEEKDAYS[:5]}),
        ("Sat 9:00-13:00 14:00-18:00;", {"sat": [["09:00", "13:00"], ["14:00", "18:00"]]}),
        ("mon, wed 09:00-12:00, fri 22:00-06:00", {
            "mon": [["09:00", "12:00"]], "wed": [["09:00", "12:00"]], "fri": [["22:00", "06:00"]]
        }),
        ("sat-mon 00:00-24:00", {day: [["00:00", "24:00"]] for day in ("mon", "sat", "sun")}),
        ("mon 09:00-10:00; mon 11:00-12:00", {"mon": [["09:00", "10:00"], ["11:00", "12:00"]]}),
    ],
)  # fmt: skip
def test_weekly_hours_can_be_typed(text, week):
    assert OpeningHours.weekly(text, zone="UTC").to_exchange()["week"] == week


@pytest.mark.parametrize(
    "text",
    [
        "",
        "09:00-18:00",
        "mon",
        "mon-fri",
        "mon 09:00-18:00 tue",
        "mo 09:00-18:00",
        "mon 9-18",
        "mon 09:00-25:00",
    ],
)
def test_typed_hours_that_make_no_sense_are_refused(text):
    with pytest.raises(InvalidCalendar) as refusal:
        OpeningHours.weekly(text, zone="UTC")

    assert refusal.value.field == "week"
