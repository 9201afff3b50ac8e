"""The worked examples of clocks, as other programs write them (R11, R12)."""

import json
from pathlib import Path

import pytest

from sla import batch
from sla.core.exchange import answer

EXAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "explain.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["about"])
def test_a_published_example_is_answered_to_the_letter(example):
    assert answer(example["in"]) == example["out"]


def ask(**changes):
    request = {
        "calendar": {"tz": "UTC", "week": {"mon": [["09:00", "17:00"]]}},
        "policy": {"targets": [{"first_response": 3600}]},
        "events": [{"id": "e1", "at": "2026-01-05T09:00:00Z", "type": "created", "status": "open"}],
        "now": "2026-01-05T09:10:00Z",
    }
    return batch.answer({**request, **changes})


def test_a_row_without_a_condition_is_for_everything():
    assert ask()["cycles"][0]["due_at"] == "2026-01-05T10:00:00Z"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"now": "2026-01-05T09:10:00"}, "now"),
        ({"now": 5}, "now"),
        ({"events": "none"}, "events"),
        ({"events": ["none"]}, "events.0"),
        ({"events": [{"at": "2026-01-05T09:00:00Z"}]}, "type"),
        ({"policy": {"targets": [{"first_response": -1}]}}, "first_response"),
        ({"policy": {"targets": [], "reopen": "maybe"}}, "reopen"),
        ({"policy": {"targets": [], "done_in": "resolved"}}, "done_in"),
        ({"calendar": {"week": {}}}, "calendar.tz"),
        ({"calendar": {"tz": "Mars/Olympus"}}, "calendar.tz"),
    ],
)
def test_a_bad_request_is_answered_with_the_place_of_its_fault(changes, field):
    assert ask(**changes)["error"]["field"] == field


def test_moments_beyond_every_calendar_are_refused():
    far = {"id": "e1", "at": "0001-01-01T00:00:00Z", "type": "created", "status": "open"}

    assert ask(events=[far])["error"]["code"] == "request.out_of_range"


def test_one_bad_line_does_not_keep_the_next_from_its_answer():
    lines = ["{", "[]", "", json.dumps(EXAMPLES[0]["in"])]

    found = [json.loads(line) for line in batch.answers(lines)]

    assert ["error" in each for each in found] == [True, True, False]
