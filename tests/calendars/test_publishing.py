"""Calendars are published in versions that never change what was (R11)."""

import json
from datetime import date, timedelta

import pytest

from servicedesk.calendars import access
from servicedesk.calendars.commands import publish_calendar
from servicedesk.calendars.events import CalendarPublished
from servicedesk.calendars.queries import (
    calendar_in_force,
    calendars,
    holidays_of_version,
    hours_in_force,
    hours_of,
    versions_of,
)
from servicedesk.kernel import clock
from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import ActorRef, Cause, StreamRef, System
from tests.calendars.places import almaty

SYSTEM = System()
OFFICE = {"tz": "Asia/Almaty", "week": {"fri": [["09:00", "18:00"]], "mon": [["09:00", "18:00"]]}}
NIGHT = {"tz": "Asia/Almaty", "week": {"fri": [["22:00", "06:00"]]}}


def published(document=OFFICE, **options):
    return publish_calendar(SYSTEM, "desk", name="Desk hours", document=document, **options)


def test_a_published_calendar_answers_at_once(desk):
    version_id = published()

    assert hours_in_force("desk", clock.now()).is_open(clock.now())
    assert hours_of(version_id) is hours_in_force("desk", clock.now())


def test_a_version_counts_from_the_moment_it_takes_effect(desk):
    first = published()
    monday = almaty("2026-11-23 00:00")
    second = published(NIGHT, effective_from=monday)

    in_force = [calendar_in_force("desk", at).id for at in (monday - timedelta(seconds=1), monday)]

    assert in_force == [first, second]


def test_before_the_first_version_the_first_one_counts(desk):
    first = published()
    published(NIGHT)

    assert calendar_in_force("desk", almaty("2019-05-01 12:00")).id == first


def test_of_two_versions_at_the_same_moment_the_later_number_counts(desk):
    published()
    second = published(NIGHT)

    assert calendar_in_force("desk", clock.now()).id == second
    assert [version.number for version in versions_of("desk")] == [1, 2]


def test_publishing_leaves_earlier_versions_as_they_were(desk):
    first = published()
    before = calendar_in_force("desk", clock.now())

    published(NIGHT)

    assert versions_of("desk")[0] == before
    assert hours_of(first).to_exchange()["week"] == OFFICE["week"]


def test_every_publication_is_an_event_with_the_whole_document(desk):
    version_id = published(holidays_country="KZ")

    [calendar] = calendars()
    [event] = stored_events(StreamRef(CalendarPublished.stream_kind, calendar.id))

    assert (event.type, event.actor) == ("calendar_published", ActorRef("system"))
    assert event.body["version_id"] == version_id
    assert event.body["document"] == json.loads(calendar_in_force("desk", clock.now()).document)
    assert event.body["holidays_source"] == "KZ"


def test_the_holidays_of_a_country_become_rows_and_close_the_desk(desk):
    version_id = published(holidays_country="KZ")

    rows = {row.falls_on: row for row in holidays_of_version(version_id)}

    assert rows[date(2026, 12, 16)].name == "Independence Day"
    assert rows[date(2026, 12, 16)].is_confirmed
    assert not hours_of(version_id).is_business_day(date(2026, 10, 26))
    assert {day.year for day in rows} == set(range(2025, 2037))


def test_a_movable_feast_is_to_be_confirmed(desk):
    version_id = published(holidays_country="KZ")

    rows = {row.falls_on: row for row in holidays_of_version(version_id)}

    assert rows[date(2027, 5, 16)].name == "Eid al-Adha"
    assert not rows[date(2027, 5, 16)].is_confirmed


def test_a_feast_that_falls_on_another_day_can_be_moved(desk):
    moved = OFFICE | {"holidays": ["2027-05-17"]}
    version_id = published(moved, holidays_country="KZ", holidays_without={date(2027, 5, 16)})

    document = hours_of(version_id).to_exchange()

    assert "2027-05-17" in document["holidays"]
    assert "2027-05-16" not in document["holidays"]


def test_a_country_without_holidays_gives_none(desk):
    version_id = published(holidays_country="UA")

    assert holidays_of_version(version_id) == ()


def test_a_calendar_that_never_opens_is_refused_and_nothing_is_kept(desk):
    with pytest.raises(Refused) as refusal:
        published({"tz": "Asia/Almaty", "week": {}})

    assert refusal.value.code == "calendar.never_open"
    assert calendars() == ()


def test_a_calendar_that_opens_only_after_400_days_is_refused(desk):
    opens = {"date": "2028-01-10", "from": "09:00", "to": "18:00"}

    with pytest.raises(Refused):
        published({"tz": "Asia/Almaty", "open": [opens]})


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"document": {"tz": "Asia/Atlantis"}}, "calendar.unknown_zone", "document"),
        ({"holidays_country": "XX"}, "calendar.unknown_country", "holidays_country"),
        ({"holidays_country": "DE-XX"}, "calendar.unknown_country", "holidays_country"),
        (
            {"document": {"all_of": [OFFICE, NIGHT]}, "holidays_country": "KZ"},
            "calendar.holidays_of_several",
            "holidays_country",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_field(desk, options, code, field):
    with pytest.raises(Invalid) as refusal:
        published(**options)

    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert refusal.value.message


def test_a_change_cannot_take_effect_in_the_past(desk):
    published(effective_from=almaty("2026-01-01 00:00"))

    with pytest.raises(Invalid, match="in_the_past"):
        published(NIGHT, effective_from=clock.now() - timedelta(seconds=1))


def test_somebody_who_looked_at_an_older_version_overwrites_nothing(desk):
    published(expected_version=0)
    published(NIGHT, expected_version=1)

    with pytest.raises(Conflict):
        published(expected_version=1)


def person(person_id):
    return System(Cause("person", str(person_id)), ActorRef("person", person_id))


def only_person_1(actor):
    if actor.ref.id != 1:
        raise NotAllowed("desk.not_allowed", "Your role does not allow this.")


def test_until_somebody_says_who_may_publish_only_the_desk_itself_may(desk, monkeypatch):
    monkeypatch.setattr(access, "_checks", [access._nobody])

    with pytest.raises(NotAllowed):
        publish_calendar(person(1), "mine", name="Mine", document=OFFICE)


def test_those_may_publish_whom_the_room_of_identity_names(desk, monkeypatch):
    monkeypatch.setattr(access, "_checks", [])
    access.set_publisher_check(only_person_1)

    publish_calendar(person(1), "mine", name="Mine", document=OFFICE)
    with pytest.raises(NotAllowed):
        publish_calendar(person(2), "mine", name="Mine", document=NIGHT)

    assert [version.number for version in versions_of("mine")] == [1]


def test_a_calendar_that_does_not_exist_is_not_found(desk):
    with pytest.raises(NotFound):
        hours_in_force("nowhere", clock.now())
    with pytest.raises(NotFound):
        hours_of(7)
