"""Before any history, the catalogue proposes, in every language it has, and never acts (R8, R30)."""

import pytest

from routing.core.cold_start import CatalogueEntry, index_catalogue, propose
from servicedesk.tickets.seed import starting_data


def phrases_of(item):
    return tuple(
        phrase
        for text in item["texts"].values()
        for phrase in (text["name"], text.get("description", ""), *text.get("examples", ()))
    )


@pytest.fixture(scope="module")
def catalogue():
    items = starting_data()["items"]
    return index_catalogue(CatalogueEntry(item["key"], phrases_of(item)) for item in items)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("I have forgotten my password", "access_permission"),
        ("the screen of my laptop is cracked", "hardware_problem"),
        ("please install a picture editor", "software_install"),
        ("שכחתי את הסיסמה שלי", "access_permission"),
        ("המדפסת לא מדפיסה", "hardware_problem"),
        ("Payroll server", "network_problem"),
        ("The booking system is not responding", "network_problem"),
        ("our web server stopped", "network_problem"),
        ("mail server is down", "network_problem"),
        ("please give me access to the server", "access_permission"),
        ("I need access to the payroll server", "access_permission"),
        ("install the payroll program", "software_install"),
        ("the printer is down", "hardware_problem"),
        ("שרת השכר", "network_problem"),
        ("השרת לא מגיב", "network_problem"),
        ("צריך גישה לשרת", "access_permission"),
        ("сервер не отвечает", "network_problem"),
        ("забыла пароль, не могу войти", "access_permission"),
        ("құпиясөзімді ұмыттым", "access_permission"),
        ("ноутбугім қосылмай қалды", "hardware_problem"),
        ("პაროლი დამავიწყდა", "access_permission"),
    ],
)
def test_a_request_is_likest_the_item_it_is_about(catalogue, text, key):
    assert propose(catalogue, text).candidates[0].label == key


def test_the_catalogue_is_never_confident(catalogue):
    for_itself = [phrase for item in starting_data()["items"] for phrase in phrases_of(item)]

    assert not any(propose(catalogue, phrase).confident for phrase in for_itself)


def test_reasons_are_words_of_the_text(catalogue):
    reasons = propose(catalogue, "Забыла пароль!").reasons

    assert [reason.text for reason in reasons][0] in {"пароль", "Забыла"}


@pytest.mark.parametrize("text", ["", "!!!", "zzqx", "我的电脑坏了"])
def test_a_text_like_nothing_in_the_catalogue_gets_no_proposal(catalogue, text):
    assert propose(catalogue, text).candidates == ()


@pytest.mark.parametrize("entries", [[], [CatalogueEntry("a", ())], [CatalogueEntry("a", ("", "?!"))]])
def test_a_catalogue_without_words_proposes_nothing(entries):
    assert propose(index_catalogue(entries), "my printer").candidates == ()


def test_the_phrase_itself_is_wholly_like_its_entry():
    index = index_catalogue(
        [CatalogueEntry("a", ("printer jam", "printer jam")), CatalogueEntry("b", ("vpn",))]
    )

    found = propose(index, "Printer jam").candidates

    assert found[0].label == "a"
    assert found[0].probability == pytest.approx(1)
