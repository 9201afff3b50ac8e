"""The commands of routing say what they did and, in one sentence, what they lack."""

import json
import shutil

import pytest
from click.testing import CliRunner

from routing.cli import routing_group
from routing.filing_client import NotServed, over_http
from routing.versions import active_model
from servicedesk.kernel.jobs import kinds
from tests.routing.conftest import DATA
from tests.routing.desk import history, import_rows


def call(*args):
    return CliRunner().invoke(routing_group, [str(arg) for arg in args])


@pytest.fixture
def folder(tmp_path):
    """The sample under the names that the commands look for."""
    shutil.copy(DATA / "it_tickets.sample.csv.gz", tmp_path / "it_tickets.train.csv.gz")
    shutil.copy(DATA / "it_tickets.dev_sample.csv.gz", tmp_path / "it_tickets.dev.csv.gz")
    return tmp_path


def test_train_says_what_it_learned_from_and_how_sure_it_is(app):
    import_rows(history())

    done = call("train")

    assert done.exit_code == 0, done.output
    assert "Model 1: 135 requests, 2 labels" in done.output
    assert "imported-paper-jam" in done.output


def test_train_without_history_says_what_is_missing(app):
    done = call("train")

    assert done.exit_code == 1
    assert "too little history" in done.output


def test_train_on_a_file_needs_its_categories_on_the_desk(app, folder):
    refused = call("train", "--data", folder)
    import_rows(
        [(f"{name} row", name) for name in ("Administrative rights", "HR Support", "Internal Project")]
    )
    import_rows([(f"{name} row", name) for name in ("Miscellaneous", "Purchase", "Storage")], source="rest")

    done = call("train", "--data", folder)

    assert "Import the file first" in refused.output
    assert "Model 1: 1600 requests, 8 labels" in done.output


def test_models_are_listed_and_an_earlier_one_answers_again(app):
    import_rows(history())
    call("train")
    import_rows([("a printer that eats paper", "Paper jam")], source="more")
    call("train")

    done = call("activate", 1)

    assert "Model 1" in done.output
    assert active_model().number == 1
    assert [line[0] for line in call("models").output.splitlines()] == [" ", "*"]


def test_evaluate_prints_precision_coverage_and_baselines(app, folder):
    done = call("evaluate", "--data", folder)

    assert "precision where routed: " in done.output
    assert "macro-F1 of keyword rules, of the commonest label: " in done.output


def test_evaluate_leaves_no_model_on_the_desk(app, folder):
    done = call("evaluate", "--data", folder, "--json")

    assert json.loads(done.output)["figures"]["rows"] == 200
    assert active_model() is None


@pytest.mark.parametrize("content", [b"", b"id,body\n1,x\n", b"\x1f\x8b broken", b"\xff\xfe\x00"])
def test_a_file_that_is_no_table_of_labels_is_named(app, folder, content):
    (folder / "it_tickets.train.csv.gz").write_bytes(content)

    done = call("evaluate", "--data", folder)

    assert done.exit_code == 1
    assert "it_tickets.train.csv.gz" in done.output


def test_file_sample_without_a_demo_says_how_to_get_a_sign_in(app, folder):
    done = call("file-sample", "--data", folder)

    assert done.exit_code == 1
    assert "Load the demo desk, or use --sign-ins" in done.output


def test_file_sample_says_that_nobody_answers(app, folder):
    (folder / "who.json").write_text('[{"role": "customer", "email": "a@b.test", "password": "x"}]')

    done = call(
        "file-sample", "--data", folder, "--sign-ins", folder / "who.json", "--url", "http://127.0.0.1:9"
    )

    assert done.exit_code == 1
    assert "http://127.0.0.1:9" in done.output


def test_a_desk_that_does_not_answer_is_not_served():
    with pytest.raises(NotServed):
        over_http("http://127.0.0.1:9")("GET", "/")


def test_training_as_a_job_does_the_same(app):
    import_rows(history())

    kinds["routing.train"].handler()

    assert active_model().rows == 135
