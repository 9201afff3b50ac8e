"""Questions of a catalogue item's form, as data, and the check of answers. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import cast

KINDS = frozenset({"text", "textarea", "choice", "date", "yes_no"})
ANSWER_LIMIT = 2000

# The key of a choice, and what it is called by language.
Choice = tuple[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `labels` and each choice's labels map language to text.

    What is retired is asked no more, but stays: answers given before are read by it.
    """

    key: str
    kind: str
    labels: Mapping[str, str]
    is_required: bool
    choices: tuple[Choice, ...] = ()
    former_choices: tuple[Choice, ...] = ()
    is_retired: bool = False

    @property
    def every_choice(self) -> tuple[Choice, ...]:
        """Return what may be or might have been chosen: old answers keep their words."""
        return self.choices + self.former_choices

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
    read = [(_choice(choice), bool(choice.get("retired", False))) for choice in choices]
    return Question(
        key=str(entry["key"]),
        kind=kind,
        labels=MappingProxyType(dict(cast("Mapping[str, str]", entry["labels"]))),
        is_required=bool(entry.get("required", False)),
        choices=tuple(choice for choice, is_retired in read if not is_retired),
        former_choices=tuple(choice for choice, is_retired in read if is_retired),
        is_retired=bool(entry.get("retired", False)),
    )


def _choice(entry: Mapping[str, object]) -> Choice:
    return str(entry["key"]), MappingProxyType(dict(cast("Mapping[str, str]", entry["labels"])))


def form_document(questions: Sequence[Question]) -> list[dict[str, object]]:
    """Return a form as its JSON is stored: what `questions_from` reads."""
    return [_entry(question) for question in questions]


def _entry(question: Question) -> dict[str, object]:
    entry: dict[str, object] = {
        "key": question.key,
        "kind": question.kind,
        "required": question.is_required,
        "labels": dict(question.labels),
    }
    choices = [{"key": key, "labels": dict(labels)} for key, labels in question.choices]
    former = [
        {"key": key, "labels": dict(labels), "retired": True} for key, labels in question.former_choices
    ]
    if choices or former:
        entry["choices"] = [*choices, *former]
    if question.is_retired:
        entry["retired"] = True
    return entry


def revised(before: Sequence[Question], after: Sequence[Question]) -> tuple[Question, ...]:
    """Return the form `after`, with the questions and choices of `before` that it left out as retired."""
    earlier = {question.key: question for question in before}
    kept = [_with_former(question, earlier.get(question.key)) for question in after]
    named = {question.key for question in after}
    gone = [replace(question, is_retired=True) for question in before if question.key not in named]
    return (*kept, *gone)


def _with_former(question: Question, earlier: Question | None) -> Question:
    named = {key for key, _labels in question.choices}
    former = [choice for choice in (earlier.every_choice if earlier else ()) if choice[0] not in named]
    return replace(question, former_choices=tuple(former))


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
