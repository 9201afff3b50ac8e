"""Every language says everything that English does, in its own script, with the same placeholders (R30)."""

import json
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message

from servicedesk.kernel.catalogue_commands import TRANSLATED
from servicedesk.kernel.catalogues import ROOT, collected, kept, lacking, po_file
from servicedesk.kernel.settings import LANGUAGES
from servicedesk.kernel.translation_faults import faults, letters, script_faults, share_with_own_letters

DATA = [
    ROOT / name
    for name in (
        "servicedesk/tickets/data/catalogue.json",
        "routing/data/urgency_cues.json",
        "portal/demo/data/articles.json",
        "portal/demo/data/phrases.json",
        "portal/demo/data/scripts.json",
    )
]
# Kazakh of more words than this is never word for word what Russian says.
SAME_WORDS = 2


@pytest.fixture(params=[each for each in TRANSLATED if po_file(each).exists()])
def language(request) -> str:
    return request.param


def test_a_language_says_everything_and_without_a_fault(language):
    found = lacking(language, collected())

    assert [f"{text.id!r}: {'; '.join(wrong)}" for text, wrong in found] == []


def test_every_language_that_may_be_chosen_has_a_catalogue():
    assert [language for language in LANGUAGES if not po_file(language).exists()] == []


def test_kazakh_is_not_russian():
    kazakh, russian = kept("kk"), kept("ru")
    same = [text.id for text in kazakh if text.id and _says_the_same(text, russian)]

    assert share_with_own_letters("kk", kazakh) >= 0.9
    assert same == []


def _says_the_same(text: Message, russian: Catalog) -> bool:
    other = russian.get(text.id, text.context)
    return other is not None and text.string == other.string and len(letters(str(text.string))) > SAME_WORDS


@pytest.mark.parametrize(
    ("language", "english", "text", "fault"),
    [
        ("ru", "Close", "", "no translation"),
        ("ru", "Close", "Close", "the same as in English"),
        ("ru", "%(count)s late", "%(number)s поздно", "placeholders: %(number)s instead of %(count)s"),
        ("ru", "%(a)s, then %(a)s", "%(a)s", "placeholders: %(a)s instead of %(a)s %(a)s"),
        ("ru", "Late ", "Поздно", "spaces at the ends"),
        ("ru", "It is late.", "Уже поздно", "last mark: '' instead of '.'"),
        ("ru", "Is it late?", "Уже поздно.", "last mark: '.' instead of '?'"),
        ("ru", "Two words", "Два  слова", "two spaces side by side"),
        ("ru", "Line\nline", "Строка", "line ends"),
        ("ru", "Close", "Зaкрыть", "letters of CYRILLIC and LATIN in one word"),  # a Latin "a"
        ("ru", "Close", "Закрыть now", "a Latin word that English does not have: now"),
        ("ru", "Close the request", "Закрыть request", "an English word, or a name"),
        ("ru", "Close", "Жабу керек деді қазақ", "a letter of another language: қазақ"),
        ("kk", "Close", "Закрити її", "a letter of another language: її"),
        ("ka", "Close", "დახურვა Закрыть", "letters of CYRILLIC: Закрыть"),
        ("he", "Close", "Закрыть", "letters of CYRILLIC: Закрыть"),
    ],
)
def test_a_fault_of_a_translation_is_found(language, english, text, fault):
    assert fault in "; ".join(faults(language, Message(english), Message(english, text)))


@pytest.mark.parametrize(
    ("language", "english", "text"),
    [
        ("ru", "Set BASE_URL to https.", "Укажите https в BASE_URL."),
        ("ru", "Choose “%(name)s”.", "Выберите «%(name)s»."),
        ("ru", "%(first)s–%(last)s", "%(first)s–%(last)s"),
        ("he", "Redis answers.", "ה־Redis עונה."),
        ("ka", "Run more workers.", "გაუშვით მეტი worker."),
        ("kk", "is less than", "мынадан аз:"),
        ("kk", "The team", "Топ"),
        ("ka", "Write to %(name)s", "მისწერეთ: %(name)s"),
    ],
)
def test_no_fault_is_found_in_a_good_translation(language, english, text):
    assert faults(language, Message(english), Message(english, text)) == []


@pytest.mark.parametrize(
    ("language", "forms", "found"),
    [
        ("he", ("יום אחד", "%(num)s ימים"), []),
        ("ru", ("день", "%(num)s дня", "%(num)s дней"), ["placeholders: none instead of %(num)s"]),
        ("ru", ("%(num)s день", "%(num)s дня", "%(num)s дней"), []),
    ],
)
def test_only_a_form_for_one_thing_alone_may_leave_the_number_out(language, forms, found):
    message = Message(("%(num)s day", "%(num)s days"))

    assert faults(language, message, Message(message.id, forms)) == found


def _texts_by_language(data: object) -> Iterator[tuple[str, str]]:
    """Yield each language with a text of it, out of data that holds maps of languages."""
    inside = data.items() if isinstance(data, dict) else enumerate(data if isinstance(data, list) else ())
    for key, value in inside:
        if key in TRANSLATED:
            yield from ((str(key), text) for text in _leaves(value))
        else:
            yield from _texts_by_language(value)


def _leaves(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    for inside in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _leaves(inside)


@pytest.mark.parametrize("file", DATA, ids=lambda file: file.stem)
def test_names_and_texts_that_are_data_have_no_letters_of_another_script(file):
    texts = list(_texts_by_language(json.loads(file.read_text("utf-8"))))

    assert {language for language, _text in texts} == set(TRANSLATED)
    assert [
        (text, list(script_faults(language, text)))
        for language, text in texts
        if list(script_faults(language, text))
    ] == []


def test_a_fuzzy_translation_is_no_translation():
    fuzzy = Message("Close", "Закрыть", flags=["fuzzy"])

    assert faults("ru", Message("Close"), fuzzy) == ["marked as fuzzy: somebody has to look at it"]
