"""Calendars that combine others: what they are made of, and published together with a part (R11)."""

import json
from datetime import timedelta

import pytest

from servicedesk.calendars.combining import calendars_with, parts_of, publish_with_combined
from servicedesk.calendars.commands import publish_calendar
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.queries import calendar_in_force, versions_of
from servicedesk.kernel import clock
from servicedesk.kernel.errors import Conflict, Refused
from servicedesk.kernel.refs import System

SYSTEM = System()
OFFICE = {"tz": "Asia/Almaty", "week": {"mon": [["09:00", "18:00"]]}}
EARLY = {"tz": "Asia/Almaty", "week": {"mon": [["07:00", "12:00"]]}}
SUPPLIER = {"tz": "Europe/Berlin", "week": {"mon": [["08:00", "12:00"]], "fri": [["22:00", "06:00"]]}}
NIGHT = {"tz": "Asia/Almaty", "week": {"mon": [["07:00", "10:00"]], "fri": [["22:00", "06:00"]]}}
ALWAYS = OpeningHours.around_the_clock().to_exchange()


def published(key, document, **more):
    return publish_calendar(SYSTEM, key, name=key.title(), document=document, **more)


def said(key, at=None):
    return json.loads(calendar_in_force(key, at or clock.now()).document)


def later(**options):
    return publish_with_combined(
        SYSTEM, "office", name="Office", document=EARLY, **{"effective_from": None, "combined": {}} | options
    )


@pytest.fixture
def shared(desk):
    """Office and supplier, combined."""
    published("office", OFFICE)
    published("supplier", SUPPLIER)
    published("shared", {"all_of": [SUPPLIER, OFFICE]})


def test_the_parts_of_a_combined_calendar_are_known_in_their_order(shared):
    published("supplier", SUPPLIER | {"holidays": ["2026-12-24"]})

    parts = parts_of(said("shared") | {"all_of": [SUPPLIER, OFFICE, NIGHT]})

    assert [(part.key, part.is_in_force) for part in parts] == [
        ("supplier", False),
        ("office", True),
        (None, False),
    ]
    assert [part.document for part in parts] == [SUPPLIER, OFFICE, NIGHT]


def test_two_calendars_that_say_the_same_are_two_parts(shared):
    published("branch", OFFICE)

    assert [part.key for part in parts_of({"all_of": [OFFICE, OFFICE]})] == ["branch", "office"]


def test_a_calendar_knows_which_others_combine_it(shared):
    published("other", {"all_of": [SUPPLIER, NIGHT]})
    published("deep", {"all_of": [ALWAYS, {"all_of": [SUPPLIER, OFFICE]}]})

    assert [row.key for row in calendars_with("office")] == ["deep", "shared"]
    assert [row.key for row in calendars_with("shared")] == ["deep"]


def test_a_part_takes_the_place_of_each_that_said_the_same_however_deep():
    old, new = OpeningHours.from_exchange(OFFICE), OpeningHours.from_exchange(EARLY)
    several = OpeningHours.from_exchange({"all_of": [OFFICE, {"all_of": [SUPPLIER, OFFICE]}]})

    assert several.with_part([old], new).to_exchange() == {"all_of": [EARLY, {"all_of": [SUPPLIER, EARLY]}]}
    assert several.with_part([old], old).is_same_as(several)
    assert several.with_part([new], old) is several
    assert old.with_part([old], new) is old


def test_a_part_is_published_with_what_combines_it_from_the_same_moment_on(shared):
    monday = clock.now() + timedelta(days=3)

    later(effective_from=monday, combined={"shared": 1})

    assert (said("office"), said("shared")) == (OFFICE, {"all_of": [SUPPLIER, OFFICE]})
    assert (said("office", monday), said("shared", monday)) == (EARLY, {"all_of": [SUPPLIER, EARLY]})
    assert [version.effective_from for version in versions_of("shared")][1:] == [monday]


def test_what_was_not_chosen_keeps_the_hours_it_took_over(shared):
    later()

    assert (said("office"), said("shared")) == (EARLY, {"all_of": [SUPPLIER, OFFICE]})


def test_what_combines_a_part_is_published_also_where_only_zone_data_is_newer(shared, monkeypatch):
    monkeypatch.setattr("servicedesk.calendars.commands.tzdata_version", lambda: "2099z")

    publish_with_combined(
        SYSTEM, "office", name="Office", document=OFFICE, effective_from=None, combined={"shared": 1}
    )

    newest = [versions_of(key)[-1] for key in ("office", "shared")]
    assert [(each.number, each.tzdata_version) for each in newest] == [(2, "2099z"), (2, "2099z")]


def test_what_is_planned_for_later_gets_the_new_part_too(shared):
    soon, much_later = (clock.now() + timedelta(days=days) for days in (30, 60))
    published("shared", {"all_of": [NIGHT, OFFICE]}, effective_from=much_later)
    published("shared", {"all_of": [SUPPLIER, NIGHT]}, effective_from=soon)

    later(combined={"shared": 3})

    found = [said("shared", at)["all_of"] for at in (clock.now(), soon, much_later)]
    assert found == [[SUPPLIER, EARLY], [SUPPLIER, NIGHT], [NIGHT, EARLY]]
    assert len(versions_of("shared")) == 5


def test_nothing_is_published_if_somebody_changed_one_of_them_meanwhile(shared):
    published("shared", {"all_of": [OFFICE, SUPPLIER]})

    with pytest.raises(Conflict):
        later(combined={"shared": 1})

    assert said("office") == OFFICE


def test_a_combined_calendar_that_would_never_open_is_refused_by_its_name(shared):
    published("nights", {"all_of": [OFFICE, OFFICE | {"week": {"mon": [["13:00", "14:00"]]}}]})

    with pytest.raises(Refused, match="Nights"):
        later(combined={"shared": 1, "nights": 1})

    assert (said("office"), said("shared")) == (OFFICE, {"all_of": [SUPPLIER, OFFICE]})
