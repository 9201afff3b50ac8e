"""Forms of catalogue items as data (R3)."""

from dataclasses import replace

import pytest

from servicedesk.tickets.core.questions import check_answers, form_document, questions_from, revised

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


def test_a_form_is_stored_as_it_is_read() -> None:
    assert questions_from(form_document(FORM)) == FORM


def test_what_a_new_version_leaves_out_is_retired_and_keeps_its_words() -> None:
    device, _place = FORM
    phone = ("phone", {"en": "Phone"})

    now = revised(FORM, [replace(device, choices=(phone,))])

    assert [(question.key, question.is_retired) for question in now] == [("device", False), ("place", True)]
    assert [key for key, _labels in now[0].every_choice] == ["phone", "printer"]
    assert check_answers(now[:1], {"device": "printer"})[1] == {"device": "not_a_choice"}


def test_what_was_retired_comes_back_by_its_key() -> None:
    device, place = FORM
    without = revised(FORM, [device])

    again = revised(without, [device, place])

    assert again == FORM
    assert revised(without, [device]) == without
