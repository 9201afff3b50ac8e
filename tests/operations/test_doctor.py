"""`servicedesk doctor` finds what a test breaks, says it in a sentence, and says what to do (R27, R121)."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner

from servicedesk.calendars import upgrades
from servicedesk.kernel import job_queue, schema
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import db
from servicedesk.kernel.heartbeats import beat
from servicedesk.kernel.jobs import later
from servicedesk.kernel.refs import System
from servicedesk.operations import inside, surroundings
from servicedesk.operations.backup import make_backup
from servicedesk.operations.doctor_cli import doctor_command
from servicedesk.operations.findings import State, examine
from tests.architecture.tree import ROOT

HTTPS = {"base_url": "https://desk.example.org", "host": "10.0.0.5"}


@pytest.fixture(autouse=True)
def _in_order(app, tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    ask = inside._shown  # tests do not let PostgreSQL wait for the disk
    monkeypatch.setattr(inside, "_shown", lambda name: "on" if name == "synchronous_commit" else ask(name))


@pytest.fixture
def set_to(app):
    """Examine the desk with other settings: `set_to(redis_url=…)`."""

    return lambda **given: app.config.update(SETTINGS=replace(app.config["SETTINGS"], **given))


def state(name: str) -> State:
    finding = examine()[name]
    assert bool(finding.advice) == (finding.state is not State.OK)
    return finding.state


def test_a_desk_with_its_processes_and_a_backup_needs_nothing(clock, tmp_path):
    beat("m:1:a", "worker")
    beat("m:1:b", "scheduler")
    make_backup(tmp_path / "desk.tar")

    found = examine()

    assert {name: finding.sentence for name, finding in found.items() if finding.state is not State.OK} == {}
    assert len(found) >= 17


@pytest.mark.parametrize("role", ["worker", "scheduler"])
def test_a_process_that_is_away_or_fell_silent(clock, role):
    never = state(role)
    beat("m:1:a", role)
    there = state(role)
    clock.move(seconds=61)

    assert (never, there, state(role)) == ("act", "ok", "act")


def test_a_job_that_nobody_runs_and_clocks_that_nobody_sweeps(clock, make_ticket):
    fresh = state("delays")
    make_ticket(priority=1)
    clock.move(minutes=25)

    sentence = examine()["delays"].sentence

    assert (fresh, state("delays")) == ("ok", "act")
    assert "oldest_due_job 1500 s" in sentence
    assert "sla_sweep" in sentence


def test_a_job_that_failed_for_good(clock):
    with saving(System()):
        later("test.unknown")
    for _run in range(8):
        for claim in job_queue.claim("m:1:a", limit=50, lease_seconds=60):
            job_queue.fail(claim, "no such kind")
        clock.move(days=1)

    assert state("dead_jobs") == "act"
    assert "servicedesk jobs retry" in examine()["dead_jobs"].advice


@pytest.mark.parametrize(("mode", "found"), [(0o700, "ok"), (0o750, "ok"), (0o755, "act"), (0o777, "act")])
def test_a_data_folder_that_everybody_may_look_into(tmp_path, mode, found):
    tmp_path.chmod(mode)

    assert state("data_folder") == found


@pytest.mark.parametrize(("mode", "found"), [(0o600, "ok"), (0o640, "act"), (0o604, "act")])
def test_a_key_that_others_may_read(tmp_path, mode, found):
    (tmp_path / "secret.key").write_text("k" * 64)
    (tmp_path / "secret.key").chmod(mode)

    assert state("secret_key") == found


@pytest.mark.parametrize(("mib", "found"), [(100, "act"), (1_000, "look"), (10_000, "ok")])
def test_a_disk_that_fills_up(monkeypatch, mib, found):
    usage = surroundings.shutil._ntuple_diskusage(0, 0, mib << 20)
    monkeypatch.setattr(surroundings.shutil, "disk_usage", lambda _folder: usage)

    assert state("disk_space") == found


@pytest.mark.parametrize(
    ("stored", "found"), [("newest", "ok"), (None, "act"), ("older", "act"), ("unheard-of", "look")]
)
def test_a_schema_of_another_version(monkeypatch, stored, found):
    monkeypatch.setattr(schema, "newest_revision", lambda: "newest")
    monkeypatch.setattr(schema, "known_revisions", lambda: frozenset({"newest", "older"}))
    monkeypatch.setattr(schema, "revision_in_database", lambda: stored)

    assert state("schema") == found


def test_a_database_that_does_not_answer(monkeypatch, tmp_path):
    def fail() -> None:
        raise inside.InvalidSetting("The database does not answer.")

    monkeypatch.setattr(schema, "check_database", fail)

    assert state("database") == "act"


def test_questions_that_a_broken_database_leaves_open_do_not_end_the_others():
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE heartbeat RENAME TO heart")
    try:
        found = examine()
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE heart RENAME TO heartbeat")

    assert (found["worker"].state, found["dead_jobs"].state) == ("act", "ok")


@pytest.mark.parametrize(("seconds", "found"), [(1, "ok"), (-3, "look"), (15, "act")])
def test_a_clock_that_is_not_the_databases(monkeypatch, seconds, found):
    monkeypatch.setattr(inside, "database_ahead", lambda: timedelta(seconds=seconds))

    assert state("database_clock") == found


def test_the_databases_clock_is_asked():
    assert abs(inside.database_ahead()) < timedelta(seconds=5)


def test_sqlite_without_its_log(monkeypatch):
    answers = {"SELECT sqlite_version()": "3.40.1", "PRAGMA journal_mode": "delete"}

    class Fake:
        def execute(self, query):
            return type("Row", (), {"scalar_one": lambda _self: answers[str(query)]})()

    monkeypatch.setattr(inside, "session", Fake)

    assert inside._sqlite().state == "act"


@pytest.mark.parametrize(
    "broken",
    [
        {"server_version_num": "120010"},
        {"fsync": "off"},
        {"synchronous_commit": "off"},
        {"full_page_writes": "off"},
        {"server_encoding": "SQL_ASCII"},
    ],
)
def test_a_postgresql_that_may_lose_or_garble_what_it_gets(monkeypatch, broken):
    usual = {"server_version_num": "150020", "server_version": "15.20", "server_encoding": "UTF8"}
    usual |= {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
    monkeypatch.setattr(inside, "_shown", (usual | broken).__getitem__)

    assert inside._postgresql().state == "act"
    monkeypatch.setattr(inside, "_shown", usual.__getitem__)
    assert inside._postgresql().state == "ok"


def test_passwords_that_travel_in_the_clear(set_to):
    set_to(base_url="http://desk.example.org", allow_http=True)

    assert state("address") == "look"


def test_sign_ins_without_a_limit_outside_this_machine(set_to):
    set_to(rate_limit_sign_in=None, **HTTPS)

    assert state("settings") == "look"


def test_a_desk_that_runs_as_root_outside_this_machine(set_to, monkeypatch):
    set_to(**HTTPS)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert state("settings") == "look"


def test_translations_that_were_not_compiled(monkeypatch):
    monkeypatch.setattr(surroundings, "are_translations_stale", lambda: True)

    assert state("translations") == "act"


def test_old_time_zones(monkeypatch):
    monkeypatch.setattr(surroundings, "tzdata_version", lambda: "2023.3")

    assert state("time_zones") == "look"


def test_calendars_measured_by_older_time_zones(monkeypatch):
    fresh = state("calendars")
    monkeypatch.setattr(upgrades, "tzdata_version", lambda: "2099.1")

    assert (fresh, state("calendars")) == ("ok", "look")


def test_a_desk_that_was_never_or_long_ago_backed_up(clock, tmp_path):
    never = state("backup")
    make_backup(tmp_path / "desk.tar")
    fresh = state("backup")
    clock.move(days=3)

    assert (never, fresh, state("backup")) == ("look", "ok", "look")
    assert "72 hours" in examine()["backup"].sentence


def test_the_command_ends_with_1_where_something_must_be_done_and_speaks_json(clock):
    sick = CliRunner().invoke(doctor_command, ["--json"])
    beat("m:1:a", "worker")
    beat("m:1:b", "scheduler")
    well = CliRunner().invoke(doctor_command)

    told = {row["check"]: row for row in json.loads(sick.output)["checks"]}
    assert (sick.exit_code, json.loads(sick.output)["ok"], told["worker"]["state"]) == (1, False, "act")
    assert well.exit_code == 0, well.output
    assert "LOOK  backup" in well.output


def test_settings_that_no_desk_starts_with_are_told_as_a_finding(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "app", "doctor", "--json"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "PORT": "x"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    [row] = json.loads(done.stdout)["checks"]
    assert (done.returncode, row["check"], row["state"]) == (1, "settings", "act")
    assert "PORT" in row["sentence"]
