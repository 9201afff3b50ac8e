"""Which language a page speaks, and that Hebrew says everything English does (R30)."""

from io import BytesIO

import pytest
from babel.messages.mofile import read_mo

from servicedesk.kernel import catalogues
from servicedesk.kernel.catalogues import collected, compile_one, po_file, untranslated
from servicedesk.kernel.i18n import direction, locale_of, localised


def language_of(answer) -> str:
    return answer.text.partition('lang="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("he", "he"),
        ("he-IL,he;q=0.9", "he"),
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


def test_hebrew_says_everything_with_the_same_placeholders():
    assert untranslated("he", collected()) == []


def test_the_files_of_translations_are_up_to_date():
    texts = {(message.id, message.context) for message in collected() if message.id}

    for language in ("en", "he"):
        kept = catalogues.read(po_file(language), language)
        assert {(message.id, message.context) for message in kept if message.id} == texts


PO = b"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "%(count)s late"
msgstr "%(number)s"
"""


def test_a_translation_with_another_placeholder_is_found(monkeypatch, tmp_path):
    file = tmp_path / "he" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    file.write_bytes(PO)
    monkeypatch.setattr(catalogues, "TRANSLATIONS", tmp_path)
    texts = catalogues.Catalog()
    texts.add("%(count)s late")
    texts.add("Sign in")

    problems = untranslated("he", texts)

    assert len(problems) == 2
    assert "count" in problems[0]


def test_compiling_writes_what_gettext_reads(tmp_path):
    file = tmp_path / "messages.po"
    file.write_bytes(PO)

    compile_one(file)

    assert read_mo(BytesIO(file.with_suffix(".mo").read_bytes())).get("%(count)s late").string == "%(number)s"
    assert len(list(tmp_path.iterdir())) == 2
