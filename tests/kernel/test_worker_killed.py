"""Workers and a Redis that are killed in the middle of their work: every effect happens exactly once."""

import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from servicedesk.kernel.command import saving
from servicedesk.kernel.db import session
from servicedesk.kernel.heartbeats import last_beat
from servicedesk.kernel.jobs import later
from servicedesk.kernel.refs import System
from tests.support.processes import Processes

JOBS = 2_000
JOBS_BY_REDIS = 300  # each of them comes alone, not fifty at a time

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("marks")]


@pytest.fixture
def start(app, tmp_path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """`start("worker")` starts that process of the desk, `start("worker", REDIS_URL=…)` with a setting."""
    processes = Processes(tmp_path, session().get_bind().engine.url)
    yield processes.start
    processes.kill()


def enqueue(jobs: int) -> None:
    with saving(System()):
        for number in range(jobs):
            later("test.mark", key=f"job {number}")


def number_of_marks() -> int:
    session().rollback()
    return session().scalar(text("SELECT count(*) FROM test_mark WHERE key LIKE 'job %'")) or 0


def wait_for_marks(count: int, worker: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 90
    while number_of_marks() < count:
        assert worker.poll() is None, "the worker ended; its log is in the test's folder"
        assert time.monotonic() < until, f"{number_of_marks()} of {count} marks"
        time.sleep(0.02)


def wait_for_relay() -> None:
    until = time.monotonic() + 60
    while last_beat("relay") is None:
        assert time.monotonic() < until, "no relay is at work"
        time.sleep(0.05)
        session().rollback()


def assert_each_once(jobs: int) -> None:
    marks = text("SELECT count(*), count(DISTINCT key) FROM test_mark WHERE key LIKE 'job %'")
    query = text("SELECT state, count(*) FROM job WHERE kind = 'test.mark' GROUP BY state")
    assert tuple(session().execute(marks).one()) == (jobs, jobs)
    assert [tuple(each) for each in session().execute(query)] == [("done", jobs)]


def test_two_thousand_jobs_and_three_killed_workers_leave_two_thousand_marks(start):
    enqueue(JOBS)

    for killed_after in (300, 900, 1_500):
        worker = start("worker")
        wait_for_marks(killed_after, worker)
        worker.kill()
        worker.wait()
    assert number_of_marks() < JOBS, "the last worker was killed too late to prove anything"
    last = start("worker")
    wait_for_marks(JOBS, last)
    last.terminate()

    assert last.wait(timeout=10) == 0
    assert_each_once(JOBS)


@pytest.mark.redis
def test_workers_killed_while_redis_is_emptied_and_killed_leave_each_mark_once(start, redis_server):
    settings = {"REDIS_URL": redis_server.url}
    start("scheduler", **settings)
    wait_for_relay()
    enqueue(JOBS_BY_REDIS)

    def empty() -> None:
        assert redis_server.client.scard("rq:workers") > 0, "the worker does not listen to RQ"
        redis_server.client.flushall()

    mischief = [empty, redis_server.kill, redis_server.start]

    for killed_after, do_harm in zip((50, 100, 150), mischief, strict=True):
        worker = start("worker", **settings)
        wait_for_marks(killed_after, worker)
        do_harm()
        worker.kill()
        worker.wait()
    assert number_of_marks() < JOBS_BY_REDIS, "the last worker was killed too late to prove anything"
    last = start("worker", **settings)
    wait_for_marks(JOBS_BY_REDIS, last)
    last.terminate()

    assert last.wait(timeout=10) == 0
    assert_each_once(JOBS_BY_REDIS)
