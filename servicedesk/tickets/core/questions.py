"""Questions of a catalogue item's form, as data, and the check of answers. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

KINDS = frozenset({"text", "textarea", "choice", "date", "yes_no"})
ANSWER_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `labels` and each choice's labels map language to text."""

    key: str
    kind: str
    labels: Mapping[str, str]
    is_required: bool
    choices: tuple[tuple[str, Mapping[str, str]], ...] = ()

    def label_in(self, language: str) -> str:
        """Return the label in `language`, else in English, else the key."""
        return self.labels.get(language) or self.labels.get("en") or self.key


def questions_from(document: Sequence[Mapping[str, object]]) -> tuple[Question, ...]:
    """Read a form from its stored JSON; raises ValueError for an unknown kind of question."""
    return tuple(_question(entry) for entry in document)


def _question(entry: Mapping[str, object]) -> Question:
    kind = str(entry["kind"])
    if kind not in KINDS:
        raise ValueError(f"unknown kind of question: {kind}")
    choices = cast("Sequence[Mapping[str, object]]", entry.get("choices", ()))
    return Question(
        key=str(entry["key"]),
        kind=kind,
        labels=MappingProxyType(dict(cast("Mapping[str, str]", entry["labels"]))),
        is_required=bool(entry.get("required", False)),
        choices=tuple(
            (str(choice["key"]), MappingProxyType(dict(cast("Mapping[str, str]", choice["labels"]))))
            for choice in choices
        ),
    )


def check_answers(
    questions: Sequence[Question], answers: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return (clean answers, problems).

    Problems map a question's key to missing, too_long, not_a_choice or unknown.
    """
    clean: dict[str, str] = {}
    problems = {key: "unknown" for key in answers if key not in {question.key for question in questions}}
    for question in questions:
        value = answers.get(question.key, "").strip()
        problem = _problem(question, value)
        if problem:
            problems[question.key] = problem
        elif value:
            clean[question.key] = value
    return clean, problems


def _problem(question: Question, value: str) -> str | None:
    if not value:
        return "missing" if question.is_required else None
    if len(value) > ANSWER_LIMIT:
        return "too_long"
    allowed = {key for key, _labels in question.choices} | (
        {"yes", "no"} if question.kind == "yes_no" else set()
    )
    if question.kind in ("choice", "yes_no") and value not in allowed:
        return "not_a_choice"
    return None
