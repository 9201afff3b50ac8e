"""Newer zone data moves no deadline: the difference is shown, and counts once somebody publishes (R11)."""

from base64 import b64encode
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, update

from servicedesk.calendars.commands import publish_calendar
from servicedesk.calendars.core.wallclock import zone_data
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.models import CalendarVersion, ZoneData
from servicedesk.calendars.queries import has_kept_zones, hours_in_force, hours_of, versions_of
from servicedesk.calendars.upgrades import zone_differences
from servicedesk.kernel.db import insert_rows, transaction
from servicedesk.kernel.refs import System
from servicedesk.kernel.state import configuration_changed
from tests.calendars.places import almaty

OFFICE = {"tz": "Asia/Almaty", "week": {"mon": [["09:00", "18:00"]]}}
MONDAY = almaty("2026-11-23 00:00")
TUESDAY = MONDAY + timedelta(days=1)


def age(release, data):
    """Let all versions have been published when the zone data said something else of Almaty."""
    with transaction() as session:
        session.execute(delete(ZoneData))
        session.execute(update(CalendarVersion).values(tzdata_version=release))
        if data is not None:
            kept = {"zone": "Asia/Almaty", "tzdata_version": release, "data": b64encode(data).decode()}
            insert_rows(ZoneData, [kept])
        configuration_changed()


def publish():
    return publish_calendar(System(), "desk", name="Desk", document=OFFICE)


@pytest.fixture
def version_id(desk):
    """A version of the time when Almaty was six hours ahead of UTC, as Bishkek still is."""
    version = publish()
    age("2023.3", zone_data("Asia/Bishkek"))
    return version


def begins(hours):
    [(opened, _closed)] = hours.spans(MONDAY - timedelta(hours=3), TUESDAY)
    return opened.hour


def test_a_version_is_measured_by_the_zone_data_it_was_published_with(version_id):
    installed = OpeningHours.from_exchange(OFFICE)

    assert (begins(hours_of(version_id)), begins(installed)) == (3, 4)
    assert begins(hours_in_force("desk", MONDAY)) == 3
    assert not hours_of(version_id).is_same_as(installed)


def test_what_moves_is_told_by_date(version_id):
    [first, *others] = zone_differences(version_id, MONDAY)

    assert first.on == date(2026, 11, 23)
    assert [at.hour for span in (*first.then, *first.now) for at in span] == [3, 12, 4, 13]
    assert 100 < len(others) < 106  # the Mondays of two years


def test_publishing_takes_the_installed_zone_data_over_and_leaves_the_version_before(version_id):
    newest = publish()

    assert (begins(hours_of(version_id)), begins(hours_of(newest))) == (3, 4)
    assert zone_differences(newest, MONDAY) == ()


def test_zone_data_that_moves_nothing_is_no_difference(desk):
    version = publish()
    age("2023.3", zone_data("Asia/Almaty"))

    assert zone_differences(version, MONDAY) == ()
    assert hours_of(version).is_same_as(OpeningHours.from_exchange(OFFICE))
    assert has_kept_zones(versions_of("desk")[0])


def test_versions_of_before_zones_were_kept_go_by_what_is_installed(desk):
    version = publish()
    age("2019.1", None)

    assert begins(hours_of(version)) == 4
    assert not has_kept_zones(versions_of("desk")[0])


def test_each_zone_of_combined_calendars_is_kept(desk):
    other = OFFICE | {"tz": "Europe/Berlin"}

    publish_calendar(System(), "both", name="Both", document={"all_of": [OFFICE, other]})

    with transaction() as session:
        assert {row.zone for row in session.query(ZoneData)} == {"Asia/Almaty", "Europe/Berlin"}
