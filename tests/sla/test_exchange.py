"""The worked examples of clocks, as other programs write them (R11, R12)."""

import json
from pathlib import Path

import pytest

from sla import batch
from sla.core.exchange import answer
from tests.sla.test_cli import without_more

EXAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "explain.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["about"])
def test_a_published_example_is_answered_to_the_letter(example):
    assert without_more(answer(example["in"])) == example["out"]


def ask(**changes):
    request = {
        "calendar": {"tz": "UTC", "week": {"mon": [["09:00", "17:00"]]}},
        "policy": {"targets": [{"first_response": 3600}]},
        "events": [{"id": "e1", "at": "2026-01-05T09:00:00Z", "type": "created", "status": "open"}],
        "now": "2026-01-05T09:10:00Z",
    }
    return batch.answer({**request, **changes})


def test_a_cycle_tells_the_last_second_in_time_and_its_ledger():
    paused = {"id": "e2", "at": "2026-01-05T09:30:00Z", "type": "status", "to": "pending"}
    opened = {"id": "e1", "at": "2026-01-05T16:00:00Z", "type": "created", "status": "open"}

    first = ask(events=[opened], now="2026-01-05T16:30:00Z")["cycles"][0]
    second = ask(
        events=[opened | {"at": "2026-01-05T09:00:00Z"}, paused],
        policy={"targets": [{"resolution": 7200}], "pause_in": ["pending"]},
        now="2026-01-05T10:00:00Z",
    )["cycles"][0]

    assert (first["due_at"], first["breach_at"]) == ("2026-01-05T17:00:00Z", "2026-01-12T09:00:00Z")
    assert second["ledger"] == [
        ["2026-01-05T09:00:00Z", "2026-01-05T09:30:00Z", "running", ""],
        ["2026-01-05T09:30:00Z", None, "paused", "pending"],
    ]


def test_statuses_of_a_desk_and_hours_of_one_clock_can_be_told():
    parked = {"category": "waiting", "clocks": {"first_response": "paused"}}
    found = ask(
        policy={
            "targets": [
                {
                    "first_response": 600,
                    "resolution": 60,
                    "calendars": {"resolution": {"tz": "UTC", "week": {}}},
                }
            ],
            "statuses": {"open": parked},
        }
    )["cycles"]

    assert [(cycle["state"], cycle["elapsed_seconds"]) for cycle in found] == [("paused", 0), ("running", 0)]


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
        (
            {"policy": {"targets": [], "statuses": {"x": {"category": "open", "clocks": {"y": "runs"}}}}},
            "clocks",
        ),
        ({"calendar": {"week": {}}}, "calendar.tz"),
        ({"calendar": {"tz": "Mars/Olympus"}}, "calendar.tz"),
    ],
)
def test_a_bad_request_is_answered_with_the_place_of_its_fault(changes, field):
    assert ask(**changes)["field"] == field


def test_moments_beyond_every_calendar_are_refused():
    far = {"id": "e1", "at": "0001-01-01T00:00:00Z", "type": "created", "status": "open"}

    assert ask(events=[far])["error"] == "request.out_of_range"


def test_one_bad_line_does_not_keep_the_next_from_its_answer():
    lines = ["{", "[]", "", json.dumps(EXAMPLES[0]["in"])]

    found = [json.loads(line) for line in batch.answers(lines)]

    assert ["error" in each for each in found] == [True, True, False]
