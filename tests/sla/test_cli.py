"""The command line of promises (R12)."""

import json
from pathlib import Path

from click.testing import CliRunner

from sla.cli import sla_group
from tests.sla.stored import announced

EXAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "explain.jsonl").read_text("utf-8").splitlines()
]


def without_more(answer):
    """Return an answer with the keys that the published examples show."""
    shown = ("clock", "cycle", "state", "elapsed_seconds", "due_at", "breached_at")
    return {"cycles": [{key: cycle[key] for key in shown} for cycle in answer["cycles"]]}


def explain(text, *options):
    return CliRunner().invoke(sla_group, ["explain", *options], input=text)


def test_each_line_of_a_batch_gets_its_answer():
    lines = "\n".join(json.dumps(example["in"]) for example in EXAMPLES)

    done = explain(lines, "--batch")

    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [without_more(each) for each in found] == [example["out"] for example in EXAMPLES]


def test_one_request_may_stand_on_several_lines():
    done = explain(json.dumps(EXAMPLES[0]["in"], indent=2))

    assert without_more(json.loads(done.stdout)) == EXAMPLES[0]["out"]


def test_a_refused_request_ends_with_an_error():
    assert explain("{}").exit_code == 1
    assert explain("{").exit_code == 1


def test_bytes_that_are_no_text_are_answered_as_an_error():
    done = CliRunner().invoke(sla_group, ["explain", "--batch"], input=b"\xff\xfe\n")

    assert json.loads(done.stdout)["error"] == "request.bad_json"


def test_a_sweep_by_hand_says_what_it_did(clock, make_ticket):
    ticket = make_ticket(priority=1)
    clock.move(minutes=12)

    done = CliRunner().invoke(sla_group, ["sweep"])

    assert done.stdout.splitlines() == ["1 tickets", "fired: 1"]
    assert len(announced(ticket.id)) == 1
