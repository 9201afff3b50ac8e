"""Quiet hours: on the wall clock of where somebody lives, over midnight and over a change of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.identity.core.quiet import MINUTES, QuietHours
from servicedesk.identity.quiet_hours import quiet_hours_of, set_quiet_hours
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef

NIGHT = QuietHours(22 * 60, 7 * 60)
NOON = QuietHours(12 * 60, 13 * 60)
JERUSALEM = "Asia/Jerusalem"


def at(text, zone="Asia/Almaty"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("quiet", "asked", "told"),
    [
        (NIGHT, "2026-11-20T21:59:59", "2026-11-20T21:59:59"),
        (NIGHT, "2026-11-20T22:00", "2026-11-21T07:00"),
        (NIGHT, "2026-11-21T06:59:59", "2026-11-21T07:00"),
        (NIGHT, "2026-11-21T07:00", "2026-11-21T07:00"),
        (NOON, "2026-11-20T12:30", "2026-11-20T13:00"),
        (NOON, "2026-11-20T13:00", "2026-11-20T13:00"),
    ],
)
def test_what_falls_into_them_is_told_when_they_end(quiet, asked, told):
    assert quiet.end_after(at(asked), "Asia/Almaty") == at(told)


@pytest.mark.parametrize(
    ("evening", "hours"), [("2026-10-24T22:00", 10), ("2026-03-26T22:00", 8)], ids=["autumn", "spring"]
)
def test_a_night_in_which_the_clocks_are_changed_is_longer_or_shorter(evening, hours):
    begun = at(evening, JERUSALEM)

    assert (NIGHT.end_after(begun, JERUSALEM) - begun).total_seconds() == hours * 3600


@given(
    st.integers(0, MINUTES - 1),
    st.integers(1, 12 * 60),
    st.integers(0, 365 * MINUTES),
    st.sampled_from(["Asia/Almaty", JERUSALEM, "Asia/Tbilisi", "Europe/Berlin"]),
)
def test_they_end_within_their_length_and_only_once(begin, length, after, zone):
    quiet = QuietHours(begin, (begin + length) % MINUTES)
    asked = at("2026-01-01T00:00") + timedelta(minutes=after)

    told = quiet.end_after(asked, zone)

    assert 0 <= (told - asked).total_seconds() <= length * 60 + 3600
    assert quiet.end_after(told, zone) == told


def test_they_are_kept_and_logged_and_taken_back(make_person):
    person = make_person(zone="Asia/Tbilisi")

    set_quiet_hours(person, NIGHT)
    kept = quiet_hours_of(person.id)
    set_quiet_hours(person, None)

    assert (kept.quiet, kept.zone) == (NIGHT, "Asia/Tbilisi")
    assert quiet_hours_of(person.id).quiet is None
    logged = stored_events(StreamRef("person", person.id), types={"person_changed"})
    assert [event.body["changes"]["quiet_from_minute"] for event in logged] == [1320, None]


def test_who_said_nowhere_where_they_live_is_on_the_desks_clock(make_person, make_app):
    person = make_person()

    with make_app(zone="Asia/Tbilisi").app_context():
        assert quiet_hours_of(person.id).zone == "Asia/Tbilisi"


def test_quiet_hours_without_an_end_are_refused(make_person):
    with pytest.raises(Invalid):
        set_quiet_hours(make_person(), QuietHours(60, 60))
