"""Calendars: before a version counts its days are drawn, and what it means for clocks is said (R31, R34)."""

from datetime import UTC, datetime

import pytest

from servicedesk.calendars.queries import calendar_in_force, hours_in_force, versions_of
from servicedesk.kernel.clock import now
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef

DESK = "/admin/calendars/desk"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days(page):
    return [row.select_one("td").get_text(" ", strip=True) for row in page.select(".days tbody tr")]


def test_the_next_fourteen_days_are_drawn_with_what_differs(editing, clock):
    page = editing.look(DESK, tue="10:00-12:00 13:00-15:00", closed="2026-11-18 12:00-18:00")

    drawn = days(page)
    assert len(drawn) == 14
    assert drawn[:4] == [
        "09:00–18:00",
        "10:00–12:00 · 13:00–15:00 other than now",
        "09:00–12:00 other than now",
        "09:00–18:00",
    ]
    assert len(versions_of("desk")) == 1


def test_a_version_is_published_from_now_on_and_from_a_moment_to_come(editing, clock, administrator):
    editing.save(DESK, mon="08:00-12:00", effective_from="2040-12-01T00:00")

    assert [version.number for version in versions_of("desk")] == [1, 2]
    assert calendar_in_force("desk", at("2040-11-30T12:00")).number == 1
    assert hours_in_force("desk", at("2040-12-03T12:00")).is_open(at("2040-12-03T08:30"))
    event = stored_events(StreamRef("calendar", versions_of("desk")[0].calendar_id))[-1]
    assert event.actor.id == administrator.id


def test_holidays_of_a_country_are_taken_over_but_for_days_left_out(editing, clock):
    editing.save(DESK, country="kz", holidays_without="2026-12-16")

    assert not hours_in_force("desk", now()).is_business_day(at("2027-03-22T00:00").date())
    assert hours_in_force("desk", now()).is_business_day(at("2026-12-16T00:00").date())
    form = editing.typed(DESK, {})
    assert (form["country"], form["holidays_without"], form["holidays"]) == ("KZ", "2026-12-16", "")


def test_own_holidays_are_days_ranges_and_days_of_each_year(editing, clock):
    lines = "2026-12-30\n12-31\n2026-12-24 - 2026-12-27"

    editing.save(DESK, holidays=lines)

    hours = hours_in_force("desk", now())
    shut = [
        day for day in (24, 25, 28, 30, 31) if not hours.is_business_day(at(f"2026-12-{day}T00:00").date())
    ]
    assert shut == [24, 25, 30, 31]
    assert sorted(editing.typed(DESK, {})["holidays"].split("\n")) == sorted(lines.split("\n"))


def test_it_is_said_which_requests_would_be_late_by_the_new_hours(editing, effect, clock, make_ticket):
    ticket_id = make_ticket().id  # the first answer is due at closing time, in time until the desk opens
    clock.move(hours=9)

    shown = effect(editing.look(DESK, mon="00:00-24:00", tue="00:00-24:00"))

    assert "clocks that run keep the hours they began with" in shown
    assert "Of the 2 clocks that run now, 1 would be due earlier and 0 later." in shown
    assert f"1 request would be late already. SD-{ticket_id}" in shown


def test_nothing_is_late_by_hours_that_are_the_same(editing, effect, clock, make_ticket):
    make_ticket()

    shown = effect(editing.look(DESK, name="Our hours"))

    assert "0 would be due earlier and 0 later" in shown
    assert "No request would be late that is not late now." in shown


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"mon": "nine to five"}, "mon"),
        ({"mon": "09:00-25:00"}, "mon"),
        ({"closed": "tomorrow"}, "closed"),
        ({"holidays": "2026-02-30"}, "holidays"),
        ({"country": "XX"}, "country"),
        ({"effective_from": "2020-01-01T00:00"}, "effective_from"),
        ({"zone": "Moon/Base"}, "zone"),
    ],
)
def test_what_cannot_be_read_is_refused_where_it_is_wrong(editing, clock, typed, field):
    page = editing.look(DESK, 422, **typed)

    assert page.select_one("[aria-invalid]")["name"] == field


def test_a_calendar_that_never_opens_is_refused(editing, clock):
    page = editing.look(DESK, 409, **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ""))

    assert "does not open" in page.select_one(".errors").get_text()


def test_a_stale_form_publishes_nothing(editing, clock):
    typed = editing.typed(DESK, {"mon": "08:00-09:00"})
    editing.save(DESK, mon="07:00-09:00")

    page = editing.send(DESK, typed, 409)

    assert "07:00-09:00" in page.select_one("#both").parent.get_text()
    assert len(versions_of("desk")) == 2


def test_a_new_calendar_gets_a_key_and_appears_in_the_list(editing, clock):
    editing.save("/admin/calendars/new", name="Night shift", mon="22:00-06:00")

    assert calendar_in_force("night_shift", now()).number == 1
    assert "Night shift" in editing.page("/admin/calendars").get_text()


def test_what_every_desk_begins_with_is_named_in_the_readers_language(editor_as, make_person):
    reader = editor_as(make_person("administrator", language="he"))

    assert "Desk hours" not in reader.page("/admin/calendars").get_text()
    assert reader.page(DESK).select_one("h1").get_text() == "שעות המוקד"
    said = reader.page("/admin/agreements").select_one("main").get_text()
    assert ("Around the clock" in said, "Standard" in said, "מסביב לשעון" in said) == (False, False, True)
