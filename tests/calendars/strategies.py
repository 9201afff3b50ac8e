"""Random calendars, most of them around a night on which some clock is changed."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

# Where and when: both hour changes, half an hour, a quarter, two hours, a skipped date, a change at midnight
# and one at 00:01, a lasting change of offset, summer time as the standard, a change on a working Sunday.
NIGHTS = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/Los_Angeles", date(2026, 3, 8)),
    ("America/Los_Angeles", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Africa/Cairo", date(2023, 4, 28)),
    ("America/Caracas", date(2016, 5, 1)),
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("Asia/Almaty", date(2024, 3, 1)),
    ("Asia/Kathmandu", date(1986, 1, 1)),
    ("Asia/Pyongyang", date(2018, 5, 5)),
    ("Asia/Jerusalem", date(2026, 10, 25)),
    ("Asia/Tehran", date(2022, 9, 22)),
    ("Europe/Dublin", date(2026, 10, 25)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("UTC", date(2026, 6, 15)),
]

_times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
_ends = st.one_of(_times, st.just("24:00"))
_hours = st.lists(st.tuples(_times, _ends).map(list), max_size=3)
_days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@st.composite
def calendars(draw: st.DrawFn) -> dict[str, Any]:
    """Return the document of a calendar that is open in some hours of the week at least."""
    zone, middle = draw(st.sampled_from(NIGHTS))
    near = st.integers(-3, 3).map(lambda days: (middle + timedelta(days=days)).isoformat())
    dated = st.lists(st.fixed_dictionaries({"date": near, "from": _times, "to": _ends}), max_size=2)
    week = draw(st.fixed_dictionaries(dict.fromkeys(_days, _hours)))
    week[draw(st.sampled_from(_days))].append(["08:00", "20:00"])
    return {
        "tz": zone,
        "week": week,
        "holidays": draw(st.lists(near, max_size=1)),
        "holidays_yearly": [day[5:] for day in draw(st.lists(near, max_size=1))],
        "holiday_ranges": draw(st.lists(near.map(lambda day: [day, day]), max_size=1)),
        "closed": draw(dated),
        "open": draw(dated),
    }


@st.composite
def moments(draw: st.DrawFn, document: dict[str, Any]) -> datetime:
    """Return a moment on a minute within a few days of the night the calendar was drawn around."""
    middles = [middle for zone, middle in NIGHTS if zone == document["tz"]]
    midnight = datetime.combine(draw(st.sampled_from(middles)), time.min, UTC)
    return midnight + timedelta(minutes=draw(st.integers(-4 * 1440, 5 * 1440)))
