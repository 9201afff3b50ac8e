"""Which forms make sense: keys, labels, choices and how many of each. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from servicedesk.tickets.core.questions import KINDS, Question

MOST_QUESTIONS, MOST_CHOICES, LONGEST_LABEL = 30, 50, 200
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class FormProblem:
    """What is wrong: a stable code, the question's number from 1, and which part of it."""

    code: str
    number: int
    part: str


def check_form(questions: Sequence[Question]) -> FormProblem | None:
    """Return the first thing that is wrong with a form, None for a good one."""
    if len(questions) > MOST_QUESTIONS:
        return FormProblem("form.too_many", MOST_QUESTIONS, "kind")
    keys: set[str] = set()
    for number, question in enumerate(questions, start=1):
        if question.key in keys:
            return FormProblem("form.key", number, "key")
        keys.add(question.key)
        found = _problem(question)
        if found is not None:
            return FormProblem(found[0], number, found[1])
    return None


def _problem(question: Question) -> tuple[str, str] | None:
    if question.kind not in KINDS:
        return "form.kind", "kind"
    if not _KEY.fullmatch(question.key):
        return "form.key_form", "key"
    if not any(question.labels.values()):
        return "form.label", "label"
    if any(len(label) > LONGEST_LABEL for label in question.labels.values()):
        return "form.too_long", "label"
    return _problem_of_choices(question) if question.kind == "choice" else None


def _problem_of_choices(question: Question) -> tuple[str, str] | None:
    keys = [key for key, _labels in question.choices]
    if len(keys) > MOST_CHOICES:
        return "form.too_many", "choices"
    if len(keys) < 2 or not all(any(labels.values()) for _key, labels in question.choices):
        return "form.choices", "choices"
    if len(set(keys)) != len(keys):
        return "form.key", "choices"
    if not all(_KEY.fullmatch(key) for key in keys):
        return "form.key_form", "choices"
    too_long = any(
        len(label) > LONGEST_LABEL for _key, labels in question.choices for label in labels.values()
    )
    return ("form.too_long", "choices") if too_long else None
