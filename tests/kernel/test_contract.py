"""What every way of running jobs promises, shown for each: from the table, and through Redis and RQ."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from servicedesk.kernel import clock, job_queue
from servicedesk.kernel.db import session
from servicedesk.kernel.jobs import Job, job
from servicedesk.kernel.refs import System
from tests.kernel.working import count, count_up, enqueue, stored

pytestmark = pytest.mark.usefixtures("kinds")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch) -> None:
    monkeypatch.setattr(job_queue, "FIRST_PAUSE_SECONDS", 0.1)


def test_a_job_that_fails_twice_is_tried_again_after_longer_pauses_and_leaves_one_effect(work_off):
    began = []

    @job("test.third_time_lucky")
    def attempt() -> None:
        began.append(clock.now())
        count_up(System())
        if len(began) < 3:
            raise ConnectionError("the printer does not answer")

    enqueue("test.third_time_lucky")
    before = count()

    work_off()

    first, second, third = began
    assert second - first >= timedelta(seconds=0.08)
    assert third - second >= timedelta(seconds=0.32)
    assert count() == before + 1
    assert stored() == [("test.third_time_lucky", "done", 3)]


def test_a_job_that_never_succeeds_is_laid_by_with_its_error_and_can_be_tried_again(work_off):
    is_mended = []

    @job("test.hopeless", max_attempts=2)
    def fail() -> None:
        if not is_mended:
            raise LookupError("no such printer")

    enqueue("test.hopeless")

    work_off()

    assert stored() == [("test.hopeless", "dead", 2)]
    assert session().scalar(select(Job.error)) == "LookupError: no such printer"
    is_mended.append(True)
    job_queue.retry_dead()
    work_off()
    assert stored() == [("test.hopeless", "done", 1)]


def test_a_job_for_later_does_not_run_before(work_off):
    began = []
    job("test.later")(lambda: began.append(clock.now()))
    run_at = clock.now() + timedelta(seconds=0.7)
    enqueue("test.later", run_at=run_at)

    work_off()

    assert run_at <= began[0] < run_at + timedelta(seconds=5)


def test_a_job_with_a_key_that_was_used_does_not_run_again(work_off):
    job("test.once")(lambda: count_up(System()))
    before = count()
    enqueue("test.once", unique_key="mail:17")
    enqueue("test.once", unique_key="mail:17")
    work_off()

    enqueue("test.once", unique_key="mail:17")
    work_off()

    assert count() == before + 1


def test_urgent_jobs_run_first_then_those_due_longest(work_off):
    ran = []
    job("test.note")(lambda *, name: ran.append(name))
    now = clock.now()
    enqueue("test.note", name="usual", run_at=now)
    enqueue("test.note", name="usual, due longer", run_at=now - timedelta(hours=1))
    enqueue("test.note", name="urgent", priority=0, run_at=now)
    enqueue("test.note", name="can wait", priority=9, run_at=now - timedelta(days=1))

    work_off()

    assert ran == ["urgent", "usual, due longer", "usual", "can wait"]


def test_a_job_whose_process_fell_silent_elsewhere_runs_when_its_lease_is_over(work_off):
    job("test.count")(lambda: count_up(System()))
    enqueue("test.count")
    before = count()
    job_queue.claim("another-machine:1:a", limit=1, lease_seconds=-1)

    work_off()

    assert count() == before + 1
    assert stored() == [("test.count", "done", 2)]
