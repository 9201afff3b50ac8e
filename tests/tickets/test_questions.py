"""Forms of catalogue items as data (R3)."""

import pytest

from servicedesk.tickets.core.questions import check_answers, questions_from

FORM = questions_from(
    [
        {
            "key": "device",
            "kind": "choice",
            "required": True,
            "labels": {"en": "What?"},
            "choices": [{"key": "printer", "labels": {"en": "Printer"}}],
        },
        {"key": "place", "kind": "text", "labels": {"en": "Where?", "he": "איפה?"}},
    ]
)


def test_good_answers_come_back_clean() -> None:
    assert check_answers(FORM, {"device": "printer", "place": "  floor 3 "}) == (
        {"device": "printer", "place": "floor 3"},
        {},
    )


@pytest.mark.parametrize(
    ("answers", "problems"),
    [
        ({}, {"device": "missing"}),
        ({"device": "toaster"}, {"device": "not_a_choice"}),
        ({"device": "printer", "place": "x" * 2001}, {"place": "too_long"}),
        ({"device": "printer", "colour": "red"}, {"colour": "unknown"}),
    ],
)
def test_every_bad_answer_is_named(answers: dict[str, str], problems: dict[str, str]) -> None:
    assert check_answers(FORM, answers)[1] == problems


def test_a_label_falls_back_to_english() -> None:
    assert [FORM[1].label_in("he"), FORM[1].label_in("ka")] == ["איפה?", "Where?"]


def test_an_unknown_kind_of_question_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        questions_from([{"key": "x", "kind": "upload", "labels": {}}])
