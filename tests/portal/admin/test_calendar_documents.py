"""Calendars as documents and as several in one: all or nothing, drawn before they count (R11, R31)."""

import json
from base64 import b64encode
from datetime import timedelta

import pytest
from sqlalchemy import update

from servicedesk.calendars.core.wallclock import zone_data
from servicedesk.calendars.models import CalendarVersion, ZoneData
from servicedesk.calendars.queries import calendar_in_force, hours_in_force, versions_of
from servicedesk.calendars.upgrades import HolidayDifference
from servicedesk.kernel.clock import now
from servicedesk.kernel.db import transaction
from servicedesk.kernel.state import configuration_changed

OFFICE = {"tz": "Asia/Almaty", "week": {"mon": [["09:00", "13:00"], ["14:00", "18:00"]]}}
SUPPLIER = {"tz": "Europe/Berlin", "week": {"mon": [["08:00", "12:00"]], "fri": [["22:00", "06:00"]]}}
IMPORT, COMBINE = "/admin/calendars/import", "/admin/calendars/combine"


def days(page):
    return [row.select("td")[0].get_text(" ", strip=True) for row in page.select(".days tbody tr")]


def a_week():
    begins = now() + timedelta(days=2)
    return begins, begins + timedelta(days=7)


@pytest.fixture
def offices(editing, clock):
    """Two calendars, taken over from documents."""
    editing.save(IMPORT, name="Office", document=json.dumps(OFFICE))
    editing.save(IMPORT, name="Supplier", document=json.dumps(SUPPLIER))


def test_a_document_becomes_a_calendar_that_gives_the_same_document_out(editing, offices):
    given = editing.client.get("/admin/calendars/office/calendar.json")

    assert json.loads(given.text) == OFFICE
    assert given.headers["Content-Disposition"] == 'attachment; filename="office-1.json"'


def test_a_document_is_the_next_version_of_a_calendar_that_is_there(editing, offices):
    changed = OFFICE | {"week": {"tue": [["10:00", "11:00"]]}}

    editing.save("/admin/calendars/office/import", document=json.dumps(changed))

    assert json.loads(calendar_in_force("office", now()).document) == changed
    assert [version.number for version in versions_of("office")] == [1, 2]
    first = editing.client.get("/admin/calendars/office/calendar.json?version=1")
    assert json.loads(first.text) == OFFICE


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("no JSON", "This is no JSON object."),
        ("[1]", "This is no JSON object."),
        ('{"tz": "Mars/Olympus"}', "Choose a time zone from the list."),
        ('{"tz": "UTC", "week": {"mon": [["25:00", "26:00"]]}}', "week.mon"),
        ('{"tz": "UTC", "holidays": ["2026-02-30"]}', "holidays.0"),
        ('{"tz": "UTC"}', "does not open within the next 400 days"),
    ],
)
def test_a_document_that_is_no_calendar_is_refused_whole_and_kept_in_the_form(editing, clock, document, said):
    data = editing.typed(IMPORT, {"name": "Bad", "document": document})

    answer = editing.client.post(IMPORT, data=data)

    assert answer.status_code in {409, 422}
    assert said in answer.text
    assert document in answer.text.replace("&#34;", '"')
    assert versions_of("bad") == ()


def test_overlapping_hours_are_taken_and_drawn_as_one(editing, clock):
    overlapping = {"tz": "UTC", "week": {"mon": [["09:00", "13:00"], ["12:00", "18:00"]]}}

    page = editing.look(IMPORT, name="Both", document=json.dumps(overlapping))

    assert "09:00–18:00" in days(page)


def test_combined_hours_are_those_that_all_share(editing, offices):
    editing.save(COMBINE, name="Shared", members=["office", "supplier"])

    shared = hours_in_force("shared", now())
    assert json.loads(calendar_in_force("shared", now()).document) == {"all_of": [OFFICE, SUPPLIER]}
    # Monday in Almaty 12:00-13:00 and 14:00-16:00 is Monday in Berlin 08:00-12:00 and what both have of it.
    week = [(opens.isoformat()[:16], closes.isoformat()[11:16]) for opens, closes in shared.spans(*a_week())]
    assert week == [("2026-11-23T07:00", "08:00"), ("2026-11-23T09:00", "11:00")]


def test_one_calendar_alone_is_not_combined(editing, offices):
    page = editing.look(COMBINE, 422, name="Shared", members=["office"])

    assert "Choose two calendars or more." in page.get_text()


def test_a_combined_calendar_says_when_a_member_has_changed_and_takes_it_over(editing, offices):
    editing.save(COMBINE, name="Shared", members=["office", "supplier"])
    editing.save("/admin/calendars/office", mon="09:00-12:00")
    page = editing.page("/admin/calendars/shared")
    assert "says something else by now." in page.get_text()

    editing.save("/admin/calendars/shared", members=["office", "supplier"])

    assert "something else" not in editing.page("/admin/calendars/shared").get_text()


def test_days_are_drawn_by_the_clock_of_their_reader(editing, offices):
    page = editing.look("/admin/calendars/office", mon="09:00-12:00")

    row = page.select(".days tbody tr")[7]
    assert [cell.get_text(strip=True) for cell in row.select("td")[:2]] == [
        "04:00–07:00other than now",
        "09:00–12:00",
    ]
    assert "Asia/Almaty" in page.select_one(".days thead").get_text()


def test_newer_holidays_are_shown_and_change_nothing(editing, offices, monkeypatch):
    soon = now().date().replace(month=12)
    other = (HolidayDifference(soon, "Day of the Desk", "added"),)
    monkeypatch.setattr("portal.admin.newer_data.holiday_differences", lambda _version: other)

    page = editing.page("/admin/calendars/office")

    assert "Day of the Desk" in page.select_one("[aria-labelledby=newer]").get_text()
    assert len(versions_of("office")) == 1


def test_hours_that_newer_zone_data_moves_are_shown_and_taken_over_by_publishing(editing, offices, clock):
    with transaction() as session:
        old = b64encode(zone_data("Asia/Bishkek")).decode()
        session.execute(update(ZoneData).where(ZoneData.zone == "Asia/Almaty").values(data=old))
        for table in (ZoneData, CalendarVersion):
            session.execute(update(table).values(tzdata_version="2023.3"))
        configuration_changed()

    shown = editing.page("/admin/calendars/office").select_one("[aria-labelledby=newer]")
    editing.save("/admin/calendars/office")

    hours = [cell.get_text(strip=True) for cell in shown.select("tbody tr")[0].select("td")]
    assert hours == ["03:00–07:00 · 08:00–12:00", "04:00–08:00 · 09:00–13:00"]
    assert "2023.3" in shown.get_text()
    assert editing.page("/admin/calendars/office").select_one("[aria-labelledby=newer]") is None


def test_a_part_is_published_with_what_combines_it_where_that_is_ticked(editing, offices, effect):
    editing.save(COMBINE, name="Shared", members=["office", "supplier"])
    changed = {"mon": "08:00-15:00", "combined": ["shared:1"], "effective_from": "2040-12-01T00:00"}

    shown = effect(editing.look("/admin/calendars/office", **changed))
    editing.save("/admin/calendars/office", **changed)

    document = OFFICE | {"week": {"mon": [["08:00", "15:00"]]}}
    assert "\u2068Shared\u2069 is published with it." in shown
    assert [version.number for version in versions_of("shared")] == [1, 2]
    assert json.loads(versions_of("shared")[1].document) == {"all_of": [document, SUPPLIER]}
    assert "something else" not in editing.page("/admin/calendars/shared").get_text()


def test_what_combined_a_calendar_and_does_so_no_more_is_not_said_to_be_published(editing, offices, effect):
    editing.save(COMBINE, name="Shared", members=["office", "supplier"])
    moments = {"soon": "2040-12-01T00:00", "later": "2041-12-01T00:00"}
    other = {"all_of": [SUPPLIER, SUPPLIER]}
    shared = "/admin/calendars/shared"
    editing.save(f"{shared}/import", document=json.dumps(other), effective_from=moments["later"])
    editing.save(shared, members=["supplier", "office"], effective_from=moments["soon"])
    typed = {"mon": "08:00-15:00", "combined": ["shared:3"], "effective_from": "2042-12-01T00:00"}

    assert "is published with it" not in effect(editing.look("/admin/calendars/office", **typed))


def test_what_combines_a_calendar_is_not_published_over_what_somebody_else_saved(editing, offices):
    editing.save(COMBINE, name="Shared", members=["office", "supplier"])
    typed = editing.typed("/admin/calendars/office", {"mon": "08:00-15:00", "combined": ["shared:1"]})
    editing.save("/admin/calendars/shared", name="Shared by both")

    page = editing.send("/admin/calendars/office", typed, 409)

    assert page.select_one("[name=mon]")["value"] == "08:00-15:00"
    assert len(versions_of("office")) == 1


def test_who_combines_no_calendar_is_not_asked_where_its_hours_count(editing, offices):
    assert editing.page("/admin/calendars/office").select("[name=combined]") == []
    assert editing.page("/admin/calendars/new").select("[name=combined]") == []
