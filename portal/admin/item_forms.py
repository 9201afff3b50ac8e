"""What an administrator fills in about an item of the catalogue: texts, where it goes, what its form asks."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask_babel import LazyString
from marshmallow.validate import Range

from portal.admin.editing import EditForm
from portal.admin.naming import LONGEST_NAME, in_words
from portal.words import IMPACTS, URGENCIES
from servicedesk.kernel.forms import Limit, OneOf, Text, Whole
from servicedesk.kernel.i18n import direction, languages
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.keys import free_key
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.form_check import LONGEST_LABEL, MOST_QUESTIONS
from servicedesk.tickets.core.questions import Choice, Question

LONGEST_ABOUT, LONGEST_LIST = 400, 10_000
BLANK = 2  # empty questions at the end of the form
KINDS = (
    ("text", _l("a line of text")),
    ("textarea", _l("several lines of text")),
    ("choice", _l("a choice from a list")),
    ("yes_no", _l("yes or no")),
    ("date", _l("a date")),
)
_CHOICE = re.compile(r"(?:([a-z][a-z0-9_]{0,63})\s*=\s*)?(.*)")

EXAMPLE = "printer = Printer | מדפסת"


class ItemForm(EditForm):
    """An item; texts in the languages of the desk and as many questions as there are, are added."""

    category_id = Text(required=True, metadata={"label": _l("Category"), "type": "select"})
    kind = Text(required=True, metadata={"label": _l("Sort of request"), "type": "select"})
    default_group_id = Text(
        load_default="",
        metadata={
            "label": _l("Team"),
            "type": "select",
            "help": _l("Without one it goes to the team of its category, else to those who sort requests."),
        },
    )
    default_impact = Text(
        required=True,
        metadata={"label": _l("Whom it usually concerns"), "type": "select", "options": IMPACTS},
    )
    default_urgency = Text(
        required=True,
        metadata={"label": _l("How pressing it usually is"), "type": "select", "options": URGENCIES},
    )
    position = Whole(
        required=True,
        validate=Range(0, 9999),
        metadata={"label": _l("Place in the list"), "type": "number", "attrs": {"min": 0, "max": 9999}},
    )
    count = Text(load_default="")


def own_first() -> tuple[str, ...]:
    """Return the languages of the desk, its own first."""
    own = the_settings().language
    return tuple(sorted(languages(), key=lambda code: code != own))


def item_form(count: int) -> type[ItemForm]:
    """Return the form of an item with `count` questions."""
    return _item_form(min(max(count, 0), MOST_QUESTIONS), own_first())


@lru_cache(128)
def _item_form(count: int, codes: tuple[str, ...]) -> type[ItemForm]:
    made: dict[str, Any] = {}
    for place, code in enumerate(codes):
        made |= _texts(code, is_own=place == 0)
    for number in range(1, count + 1):
        made |= _question(number, codes)
    return type("ItemFormOfThisDesk", (ItemForm,), made)


def _texts(code: str, *, is_own: bool) -> dict[str, Any]:
    attrs = {"lang": code, "dir": direction(code)}
    name_about = {"label": _l("Name in %(language)s", language=in_words(code)), "attrs": attrs}
    about = {"label": _l("What it is for, in %(language)s", language=in_words(code)), "attrs": attrs}
    examples = {
        "label": _l("How people ask for it, in %(language)s", language=in_words(code)),
        "type": "textarea",
        "help": _l("One phrase in each line; they teach the desk to recognise it."),
        "attrs": attrs,
    }
    limit = Limit(LONGEST_NAME)
    name = (
        Text(required=True, validate=limit, metadata=name_about)
        if is_own
        else Text(load_default="", validate=limit, metadata=name_about)
    )
    return {
        f"name_{code}": name,
        f"about_{code}": Text(load_default="", validate=Limit(LONGEST_ABOUT), metadata=about),
        f"examples_{code}": Text(load_default="", validate=Limit(LONGEST_LIST), metadata=examples),
    }


def _question(number: int, codes: Sequence[str]) -> dict[str, Any]:
    """Return the fields of one question, each of which says in its label which question it is of."""
    about_kind = {"label": _numbered(number, _l("kind")), "type": "select", "options": KINDS}
    needed = {
        "label": _numbered(number, _l("must it be answered?")),
        "type": "select",
        "options": (("no", _l("may stay empty")), ("yes", _l("must be answered"))),
    }
    choices = {
        "label": _numbered(number, _l("choices")),
        "type": "textarea",
        "help": _l("One in each line, its languages separated by |, such as: %(example)s", example=EXAMPLE),
        "attrs": {"rows": 3},
    }
    labels = {
        f"q{number}_label_{code}": Text(
            load_default="",
            validate=Limit(LONGEST_LABEL),
            metadata={
                "label": _numbered(number, _l("in %(language)s", language=in_words(code))),
                "attrs": {"lang": code, "dir": direction(code)},
            },
        )
        for code in codes
    }
    kinds = OneOf(*(kind for kind, _words in KINDS))
    return {
        **labels,
        f"q{number}_kind": Text(load_default="text", validate=kinds, metadata=about_kind),
        f"q{number}_required": Text(load_default="no", validate=OneOf("yes", "no"), metadata=needed),
        f"q{number}_choices": Text(load_default="", validate=Limit(LONGEST_LIST), metadata=choices),
        f"q{number}_key": Text(load_default="", validate=Limit(64)),
    }


def _numbered(number: int, what: LazyString) -> LazyString:
    return _l("Question %(number)s: %(what)s", number=number, what=what)


def question_values(number: int, question: Question, codes: Sequence[str]) -> dict[str, str]:
    """Return the values of a question's fields."""
    labels = {f"q{number}_label_{code}": question.labels.get(code, "") for code in codes}
    lines = [
        f"{key} = " + " | ".join(texts.get(code, "") for code in codes) for key, texts in question.choices
    ]
    return {
        **labels,
        f"q{number}_kind": question.kind,
        f"q{number}_required": "yes" if question.is_required else "no",
        f"q{number}_choices": "\n".join(line.rstrip(" |") for line in lines),
        f"q{number}_key": question.key,
    }


def questions_in(data: Mapping[str, Any], count: int, known: Sequence[Question]) -> tuple[Question, ...]:
    """Return the questions of a valid form; one whose labels are empty is not asked (any more)."""
    codes, found = own_first(), list[Question]()
    earlier = {question.key: question for question in known}
    taken = set(earlier)
    for number in range(1, count + 1):
        labels = {code: data[f"q{number}_label_{code}"] for code in codes}
        if not any(labels.values()):
            continue
        before = earlier.get(data[f"q{number}_key"])
        key = before.key if before else free_key(_first(labels), taken, otherwise="question")
        taken.add(key)
        kept = dict(before.labels) if before else {}
        found.append(
            Question(
                key=key,
                kind=data[f"q{number}_kind"],
                labels=_without_empty(kept | labels),
                is_required=data[f"q{number}_required"] == "yes",
                choices=_choices(data[f"q{number}_choices"], codes, before),
            )
        )
    return tuple(found)


def _choices(text: str, codes: Sequence[str], before: Question | None) -> tuple[Choice, ...]:
    earlier = dict(before.every_choice) if before else {}
    found: dict[str, Mapping[str, str]] = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        match = _CHOICE.fullmatch(line)
        key, words = (match[1], match[2]) if match else (None, line)
        labels = dict(zip(codes, (part.strip() for part in words.split("|")), strict=False))
        key = key or free_key(_first(labels), {*found, *earlier}, otherwise="choice")
        found[key] = _without_empty({**earlier.get(key, {}), **labels})
    return tuple(found.items())


def _first(labels: Mapping[str, str]) -> str:
    return next((label for label in labels.values() if label), "")


def _without_empty(labels: Mapping[str, str]) -> dict[str, str]:
    return {code: label for code, label in labels.items() if label}
