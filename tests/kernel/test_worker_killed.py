"""A worker that is killed in the middle of its work: every effect happens exactly once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

import servicedesk.kernel.heartbeats  # noqa: F401  (the worker's own table)
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import session, transaction
from servicedesk.kernel.jobs import later
from servicedesk.kernel.refs import System

JOBS = 2_000
ROOT = Path(__file__).parents[2]


@pytest.fixture
def marks(app) -> Iterator[None]:
    """A table without a unique key, so that a mark made twice is seen."""
    with transaction() as current:
        current.execute(text("CREATE TABLE test_mark (key TEXT NOT NULL)"))
    yield
    with transaction() as current:
        current.execute(text("DROP TABLE test_mark"))


@pytest.fixture
def start_worker(app, tmp_path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    url = session().get_bind().engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": url, "SECRET_KEY": "k" * 40}

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.kernel.killed_worker"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def number_of_marks() -> int:
    session().rollback()
    return session().scalar(text("SELECT count(*) FROM test_mark")) or 0


def wait_for_marks(count: int, worker: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 90
    while number_of_marks() < count:
        assert worker.poll() is None, (worker.stderr and worker.stderr.read()) or b""
        assert time.monotonic() < until, f"{number_of_marks()} of {count} marks"
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.usefixtures("marks")
def test_two_thousand_jobs_and_three_killed_workers_leave_two_thousand_marks(start_worker):
    with saving(System()):
        for number in range(JOBS):
            later("test.mark", key=f"job {number}")

    for killed_after in (300, 900, 1_500):
        worker = start_worker()
        wait_for_marks(killed_after, worker)
        worker.kill()
        worker.wait()
    assert number_of_marks() < JOBS, "the last worker was killed too late to prove anything"
    last = start_worker()
    wait_for_marks(JOBS, last)
    last.terminate()

    assert last.wait(timeout=10) == 0
    found = session().execute(text("SELECT count(*), count(DISTINCT key) FROM test_mark")).one()
    states = session().execute(text("SELECT state, count(*) FROM job GROUP BY state")).all()
    assert tuple(found) == (JOBS, JOBS)
    assert [tuple(each) for each in states] == [("done", JOBS)]
