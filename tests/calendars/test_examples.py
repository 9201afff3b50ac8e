"""The worked examples of opening hours, as other programs write them (R11)."""

import json
from pathlib import Path

import pytest

from servicedesk.calendars.batch import answer, answers

LINES = (Path(__file__).parent / "data" / "hours.jsonl").read_text("utf-8").splitlines()
EXAMPLES = [json.loads(line) for line in LINES]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["in"]["op"])
def test_a_published_example_is_answered_to_the_letter(example):
    assert answer(example["in"]) == example["out"]


def test_a_batch_answers_line_by_line_and_skips_blank_ones():
    requests = [json.dumps(example["in"]) for example in EXAMPLES]

    found = list(answers(["\n", *requests, "  \n"]))

    assert [json.loads(line) for line in found] == [example["out"] for example in EXAMPLES]


ASKED = {"op": "add", "calendar": {"tz": "UTC"}, "start": "2026-01-05T09:00:00Z", "seconds": 60}
OFFICE = {"tz": "UTC", "week": {"mon": [["09:00", "17:00"]]}}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            {"op": "next_open", "calendar": OFFICE, "at": "2026-01-05T18:00:00+05:00"},
            {"at": "2026-01-05T13:00:00Z"},
        ),
        (
            {"op": "next_open", "calendar": OFFICE, "at": "2026-01-06T13:00:00Z"},
            {"at": "2026-01-12T09:00:00Z"},
        ),
        (
            {
                "op": "spans",
                "calendar": OFFICE,
                "start": "2026-01-05T16:00:00Z",
                "end": "2026-01-12T10:00:00Z",
            },
            {
                "spans": [
                    ["2026-01-05T16:00:00Z", "2026-01-05T17:00:00Z"],
                    ["2026-01-12T09:00:00Z", "2026-01-12T10:00:00Z"],
                ]
            },
        ),
        ({"op": "is_business_day", "calendar": OFFICE, "date": "2026-01-06"}, {"yes": False}),
        (
            {"op": "is_holiday", "calendar": OFFICE | {"holidays": ["2026-01-06"]}, "date": "2026-01-06"},
            {"yes": True},
        ),
        ({"op": "is_holiday", "calendar": OFFICE, "date": "2026-01-06"}, {"yes": False}),
        (
            {
                "op": "is_holiday",
                "calendar": {"all_of": [OFFICE, OFFICE | {"holidays_yearly": ["01-06"]}]},
                "date": "2031-01-06",
            },
            {"yes": True},
        ),
        (ASKED, {"error": "never", "message": "nothing opens within ten years", "field": ""}),
    ],
)
def test_each_question_has_its_form_of_answer(request_, expected):
    assert answer(request_) == expected


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"op": "guess"}, "request.unknown_op", "op"),
        ({"op": ["add"]}, "request.unknown_op", "op"),
        (
            {"calendar": {"tz": "UTC", "week": {"mon": [["9", "17"]]}}},
            "calendar.bad_time",
            "calendar.week.mon.0.0",
        ),
        ({"calendar": "desk"}, "calendar.wrong_type", "calendar"),
        ({"start": "2026-01-05T09:00:00"}, "request.bad_instant", "start"),
        ({"start": "2026-02-30T09:00:00Z"}, "request.bad_instant", "start"),
        ({"start": "1815-06-18T11:30:00Z"}, "request.out_of_range", ""),
        ({"start": 1767603600}, "calendar.wrong_type", "start"),
        ({"seconds": -1}, "request.negative", "seconds"),
        ({"seconds": True}, "request.wrong_type", "seconds"),
        ({"seconds": 1.5}, "request.wrong_type", "seconds"),
        ({"op": "business_days", "days": 1, "snap": "soon"}, "request.unknown_snap", "snap"),
        ({"op": "business_days", "days": 1}, "request.missing", "snap"),
        ({"op": "boundary", "tz": "UTC", "wall": "2026-01-05T09:00:00Z"}, "request.bad_instant", "wall"),
        ({"op": "typed", "tz": "Nowhere", "wall": "2026-01-05T09:00:00"}, "calendar.unknown_zone", "tz"),
        ({"op": "boundary", "tz": "UTC", "wall": "0001-01-01T00:00:00"}, "request.out_of_range", ""),
        ({"op": "is_business_day", "date": "0001-01-01"}, "request.out_of_range", ""),
    ],
)
def test_bad_input_is_answered_with_its_code_and_field(change, code, field):
    found = answer(ASKED | change)

    assert (found["error"], found["field"]) == (code, field)
    assert found["message"].startswith(field)


@pytest.mark.parametrize("line", ["{", "nonsense", "[" * 100_000, '{"op": "add"', "[]", "1"])
def test_a_line_that_is_no_request_does_not_end_the_batch(line):
    first, second = answers([line, json.dumps(EXAMPLES[0]["in"])])

    assert list(json.loads(first)) == ["error", "message", "field"]
    assert json.loads(second) == EXAMPLES[0]["out"]
