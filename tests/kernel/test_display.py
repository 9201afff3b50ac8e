"""Moments, durations and numbers as the reader of a page writes them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_datetime, format_time
from flask import g
from flask_babel import force_locale

from servicedesk.kernel import i18n
from servicedesk.kernel.display import (
    day,
    duration,
    moment,
    moment_in_words,
    number,
    percent,
    when,
    when_full,
    working_duration,
)
from servicedesk.kernel.i18n import locale_of


@pytest.fixture
def reader(app, monkeypatch):
    """Let the page be read in this zone: `reader("Asia/Almaty")`."""

    def read_in(zone, language="en"):
        monkeypatch.setattr(i18n, "reader", lambda: i18n.Reader(language, zone))
        g.pop("_flask_babel", None)

    read_in("UTC")
    return read_in


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-11-16T15:10Z", "today 15:10"),
        ("2026-11-17T12:00Z", "tomorrow 12:00"),
        ("2026-11-15T09:14Z", "yesterday 09:14"),
        ("2026-11-19T09:14Z", "Thu 09:14"),
        ("2026-11-11T09:14Z", "Wed 09:14"),
        ("2026-11-30T09:14Z", "30 Nov 09:14"),
        ("2026-02-03T09:14Z", "3 Feb 09:14"),
        ("2025-11-03T09:14Z", "3 Nov 2025"),
    ],
)
def test_a_moment_is_told_in_few_words(reader, clock, at, words):
    assert when(datetime.fromisoformat(at)) == words


def test_today_is_the_readers_day(reader, clock):
    clock.set("2026-11-16T20:30Z")
    at = datetime(2026, 11, 16, 21, 0, tzinfo=UTC)

    assert when(at) == "today 21:00"
    reader("Asia/Almaty")
    assert when(at) == "today 02:00"


def test_a_moment_has_a_title_with_weekday_and_zone(reader, clock):
    reader("Asia/Jerusalem")
    at = datetime(2026, 11, 16, 13, 10, tzinfo=UTC)

    assert when_full(at) == "Monday, 16 November 2026, 15:10 (Asia/Jerusalem)"
    assert (moment(at).iso, moment(at).words) == ("2026-11-16T13:10:00Z", "today 15:10")
    assert (when(None), when_full(None), moment(None)) == ("", "", None)


def test_hebrew_writes_moments_its_own_way(reader, clock):
    with force_locale("he_IL"):
        assert "15:10" in when(datetime(2026, 11, 16, 15, 10, tzinfo=UTC))
        assert "נובמבר" in when_full(datetime(2026, 11, 16, 15, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("given", "words", "working"),
    [
        (timedelta(seconds=0), "0 s", "0 s"),
        (timedelta(seconds=59), "59 s", "59 s"),
        (timedelta(minutes=1), "1 m", "1 m"),
        (timedelta(minutes=65), "1 h 05 m", "1 h 05 m"),
        (timedelta(hours=4), "4 h", "4 h"),
        (timedelta(days=2, hours=4, minutes=59), "2 d 4 h", "52 h 59 m"),
        (timedelta(minutes=-12), "12 m", "12 m"),
    ],
)
def test_a_length_of_time_has_two_units_at_most(reader, given, words, working):
    assert (duration(given.total_seconds()), working_duration(given.total_seconds())) == (words, working)


def test_numbers_follow_the_locale(reader):
    assert (number(12345), number(0.256, 1)) == ("12,345", "0.3")
    with force_locale("ru_RU"):
        assert number(12345) == "12\xa0345"


@pytest.mark.parametrize(
    ("share", "digits", "shown"),
    [(0.95, 0, "95%"), (0.9996, 0, "99%"), (0.9996, 1, "99.9%"), (1, 0, "100%"), (0.29, 0, "29%")],
)
def test_a_share_is_never_rounded_up(reader, share, digits, shown):
    assert percent(share, digits) == shown


@pytest.mark.parametrize(("share", "shown"), [(0.8602, "87%"), (0.86, "86%"), (1, "100%")])
def test_the_upper_end_of_a_range_is_rounded_up(reader, share, shown):
    assert percent(share, is_upper_end=True) == shown


def test_no_population_is_a_dash(reader):
    assert percent(None) == "–"


def test_a_date_stands_without_time(reader):
    assert day(date(2026, 11, 3)) == "3 Nov 2026"


@pytest.mark.parametrize("language", ["en", "he", "ka", "kk", "ru"])
@pytest.mark.parametrize(
    "at", ["2026-11-16T00:05Z", "2026-10-25T01:30Z", "2024-02-29T12:00Z", "2026-11-20T21:59Z"]
)
def test_a_moment_is_written_as_babel_writes_it(app, reader, clock, language, at):
    reader("Asia/Jerusalem", language)
    local, locale = datetime.fromisoformat(at).astimezone(ZoneInfo("Asia/Jerusalem")), locale_of(language)

    with force_locale(locale):
        short, full = moment_in_words(local)

    assert full == f"{format_datetime(local, 'EEEE, d MMMM y, HH:mm', locale=locale)} (Asia/Jerusalem)"
    assert format_time(local, "short", locale=locale) in short or local.year != 2026
