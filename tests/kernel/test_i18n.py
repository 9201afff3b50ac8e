"""Which language a page speaks, in which locale it writes, and names kept as data (R30)."""

from datetime import datetime

import pytest
from babel import Locale
from babel.dates import format_time

from servicedesk.kernel.i18n import capitalised, direction, language_names, locale_of, localised, own_name


def language_of(answer) -> str:
    return answer.text.partition('lang="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("he", "he"),
        ("he-IL,he;q=0.9", "he"),
        ("kk-KZ,kk;q=0.9,ru;q=0.8", "kk"),
        ("ka-GE", "ka"),
        ("uz,ru-RU;q=0.9", "ru"),
        ("en-US", "en"),
        ("fr", "en"),
        ("fr,he;q=0.5", "he"),
        ("", "en"),
        ("x;;,", "en"),
    ],
)
def test_a_page_speaks_what_the_browser_accepts(client, accepted, spoken):
    assert language_of(client.get("/sign-in", headers={"Accept-Language": accepted})) == spoken


def test_a_choice_in_this_browser_wins_over_what_it_accepts(client):
    answer = client.post("/language", data={"language": "he", "next": "/sign-in"})

    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert language_of(client.get("/sign-in", headers={"Accept-Language": "en"})) == "he"


def test_a_persons_language_goes_with_them(sign_in_as, make_person):
    person = make_person(language="he")

    assert language_of(sign_in_as(person).get("/nothing")) == "he"
    sign_in_as(person).post("/language", data={"language": "en"})
    assert language_of(sign_in_as(person).get("/nothing", headers={"Accept-Language": "he"})) == "en"


def test_a_language_that_the_desk_does_not_offer_cannot_be_chosen(client):
    assert client.post("/language", data={"language": "tlh"}).status_code == 422
    assert client.post("/language", data={}).status_code == 422


def test_a_desk_may_offer_fewer_languages(make_app):
    browser = make_app(languages=("he",), language="he").test_client()

    assert language_of(browser.get("/sign-in", headers={"Accept-Language": "en"})) == "he"


def test_languages_know_their_direction_and_territory():
    assert [direction(language) for language in ("he", "ar", "fa", "en", "kk")] == [
        "rtl",
        "rtl",
        "rtl",
        "ltr",
        "ltr",
    ]
    assert (locale_of("he"), locale_of("en")) == ("he_IL", "en_GB")


def test_names_kept_as_data_fall_back(app):
    assert localised('{"he": "רשת", "en": "Network"}', "net", "he") == "רשת"
    assert localised({"he": "רשת"}, "Network", "kk") == "Network"
    assert localised({}, "Network") == "Network"


@pytest.mark.parametrize(("language", "first_day"), [("kk", 0), ("ka", 0), ("ru", 0), ("he", 6), ("en", 0)])
def test_a_week_begins_where_its_readers_begin_it_and_a_day_has_24_hours(language, first_day):
    locale = Locale.parse(locale_of(language))

    assert locale.first_week_day == first_day
    assert format_time(datetime(2026, 11, 16, 15, 10), "short", locale=locale) == "15:10"  # noqa: DTZ001


def test_the_menu_names_each_language_in_its_own_words(app):
    with app.app_context():
        names = list(language_names().values())

    assert names == ["English", "עברית", "Қазақ тілі", "ქართული", "Русский"]


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("first response", "First response"),
        ("первый ответ", "Первый ответ"),
        ("პირველი პასუხი", "პირველი პასუხი"),
    ],
)
def test_a_heading_begins_with_a_capital_where_the_script_has_one(text, heading):
    assert capitalised(text) == heading


@pytest.mark.parametrize("language", ["en", "he", "ka", "kk", "ru"])
def test_a_language_calls_itself_what_babel_says(language):
    assert own_name(language) == capitalised(Locale.parse(language).get_display_name(language))


def test_a_language_that_the_desk_does_not_speak_has_a_name_too():
    assert own_name("de") == "Deutsch"
