"""A new desk has calendars before anybody has configured anything."""

from servicedesk.calendars.commands import publish_calendar
from servicedesk.calendars.first_run import seed_calendars
from servicedesk.calendars.queries import ALWAYS_OPEN, DESK_CALENDAR, calendars, hours_in_force
from servicedesk.kernel import clock
from servicedesk.kernel.refs import System
from tests.calendars.places import almaty


def test_a_new_desk_works_on_weekdays_in_its_own_zone(desk):
    seed_calendars(System())

    hours = hours_in_force(DESK_CALENDAR, clock.now())

    assert hours.add(almaty("2026-11-20 17:30"), 3600).due_at == almaty("2026-11-23 09:30")
    assert hours_in_force(ALWAYS_OPEN, clock.now()).is_open(almaty("2026-11-22 03:00"))


def test_the_first_run_leaves_a_calendar_alone_that_is_there(desk):
    night = {"tz": "UTC", "week": {"mon": [["22:00", "06:00"]]}}
    publish_calendar(System(), DESK_CALENDAR, name="Ours", document=night)

    seed_calendars(System())
    seed_calendars(System())

    assert [(row.name, row.row_version) for row in calendars()] == [("Around the clock", 1), ("Ours", 1)]
