"""When somebody last looked, and the place in a list: small values that travel with the browser."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.desk.cursors import Place, cursor_from, cursor_text
from portal.desk.look import Look, look_from, look_text, looked

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
MORNING = NOON - timedelta(hours=3)


def test_a_first_look_marks_nothing():
    assert looked(None, NOON).before == NOON


def test_a_later_look_marks_what_came_since_the_one_before():
    assert looked(Look(MORNING, MORNING), NOON) == Look(MORNING, NOON)


def test_looking_again_at_once_keeps_the_marks():
    soon = NOON + timedelta(seconds=30)

    assert looked(Look(MORNING, NOON), soon) == Look(MORNING, NOON)


def test_a_look_survives_the_journey():
    assert look_from(look_text(Look(MORNING, NOON))) == Look(MORNING, NOON)


@pytest.mark.parametrize("text", [None, 7, "", "yesterday", "2026-11-16T12:00 2026-11-16T12:00", "a b c"])
def test_what_is_no_look_counts_as_none(text):
    assert look_from(text) is None


def test_a_place_in_a_list_survives_the_journey(app):
    place = Place(NOON, (0, "x", NOON, 17), 50)

    assert cursor_from(cursor_text(place)) == place


def test_a_place_that_somebody_changed_means_the_first_page(app):
    text = cursor_text(Place(NOON, (0, 17), 50))

    assert cursor_from(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert cursor_from("") is None
