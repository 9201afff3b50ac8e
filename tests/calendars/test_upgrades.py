"""Newer holiday or zone data is shown before anybody publishes it (R11)."""

from datetime import date

import pytest
from sqlalchemy import delete, update

from servicedesk.calendars.commands import publish_calendar
from servicedesk.calendars.models import CalendarVersion, HolidayRow
from servicedesk.calendars.upgrades import (
    HolidayDifference,
    holiday_differences,
    versions_with_other_zone_data,
)
from servicedesk.kernel import clock
from servicedesk.kernel.db import insert_rows, transaction
from servicedesk.kernel.refs import System
from servicedesk.kernel.state import configuration_changed
from tests.calendars.places import almaty

OFFICE = {"tz": "Asia/Almaty", "week": {"mon": [["09:00", "18:00"]]}}


@pytest.fixture
def version_id(desk):
    return publish_calendar(System(), "desk", name="Desk", document=OFFICE, holidays_country="KZ")


def test_a_fresh_version_agrees_with_the_package(version_id):
    assert holiday_differences(version_id) == ()


def test_each_way_to_disagree_is_named(version_id):
    old = {"version_id": version_id, "source": "KZ", "package_version": "0.1", "name": "Old day"}
    with transaction() as session:
        session.execute(delete(HolidayRow).where(HolidayRow.falls_on == date(2026, 12, 16)))
        session.execute(
            update(HolidayRow).where(HolidayRow.falls_on == date(2026, 10, 25)).values(is_confirmed=False)
        )
        insert_rows(HolidayRow, [old | {"falls_on": date(2026, 12, 17), "is_confirmed": True}])

    assert holiday_differences(version_id) == (
        HolidayDifference(date(2026, 10, 25), "Republic Day", "confirmed"),
        HolidayDifference(date(2026, 12, 16), "Independence Day", "added"),
        HolidayDifference(date(2026, 12, 17), "Old day", "removed"),
    )


def test_a_calendar_without_a_country_has_nothing_to_compare(desk):
    version_id = publish_calendar(System(), "desk", name="Desk", document=OFFICE)

    assert holiday_differences(version_id) == ()


def test_calendars_published_with_other_zone_data_are_listed(version_id):
    assert versions_with_other_zone_data(clock.now()) == ()

    with transaction() as session:
        session.execute(update(CalendarVersion).values(tzdata_version="2019.1"))
        configuration_changed()

    assert [version.id for version in versions_with_other_zone_data(almaty("2026-12-01 12:00"))] == [
        version_id
    ]
