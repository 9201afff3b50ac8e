"""Urgency is read off a visible list of phrases, or not at all (R9)."""

import json
from pathlib import Path

import pytest

import routing
from routing.core.urgency import cues_from, propose_urgency

DOCUMENT = (Path(routing.__file__).parent / "data" / "urgency_cues.json").read_text("utf-8")
CUES = cues_from(DOCUMENT)


@pytest.mark.parametrize(
    ("text", "level", "reasons"),
    [
        ("URGENT: nobody can work!", 1, ("URGENT", "nobody can work")),
        ("We can't work", 1, ("can't work",)),
        ("No rush, when you have time", 3, ("No rush", "when you have time")),
        ("This is not urgent", 3, ("not urgent",)),
        ("It is very slow today", 2, ("very slow",)),
        ("אף אחד לא יכול לעבוד", 1, ("אף אחד לא יכול לעבוד",)),
        ("זה לא דחוף", 3, ("לא דחוף",)),
        ("Срочно! Никто не может работать", 1, ("Срочно", "Никто не может работать")),
        ("не срочно, может подождать", 3, ("не срочно", "может подождать")),
        ("Ешкім жұмыс істей алмайды", 1, ("Ешкім жұмыс істей алмайды",)),
        ("шұғыл емес", 3, ("шұғыл емес",)),
        ("სასწრაფოდ, ვერ ვმუშაობთ", 1, ("სასწრაფოდ", "ვერ ვმუშაობთ")),
        ("არ არის სასწრაფო", 3, ("არ არის სასწრაფო",)),
        ("It can wait, but the other is urgent", 1, ("urgent",)),
    ],
)
def test_the_text_says_how_urgent_it_is(text, level, reasons):
    found = propose_urgency(CUES, text)

    assert (found.level, found.reasons) == (level, reasons)


@pytest.mark.parametrize("text", ["", "a new mouse please", "resurgent detergents", "жаңа тышқан керек"])
def test_without_a_cue_nothing_is_said(text):
    assert propose_urgency(CUES, text).level is None


def test_each_language_of_the_desk_has_cues_of_every_level():
    languages = json.loads(DOCUMENT)

    assert set(languages) == {"en", "he", "ru", "kk", "ka"}
    assert all(set(levels) == {"1", "2", "3"} for levels in languages.values())


@pytest.mark.parametrize(
    "document", ['{"en": {"4": ["urgent"]}}', '{"en": {"1": ["?!"]}}', '{"en": {"x": ["a"]}}']
)
def test_a_cue_that_says_nothing_is_refused(document):
    with pytest.raises(ValueError, match=r".+"):
        cues_from(document)
