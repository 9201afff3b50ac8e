"""The embedded executor: effect and "done" together; deadlines; a clean stop."""

import threading
import time
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from servicedesk.kernel import heartbeats, job_queue, jobs
from servicedesk.kernel.db import session
from servicedesk.kernel.job_queue import Claim
from servicedesk.kernel.jobs import Job, job
from servicedesk.kernel.refs import System
from servicedesk.kernel.worker import attempt
from tests.kernel.working import count, count_up, enqueue, stored

pytestmark = pytest.mark.usefixtures("kinds")


def claim_one() -> Claim:
    [claim] = job_queue.claim("this-worker", limit=1, lease_seconds=120)
    return claim


def the_error() -> str:
    session().rollback()
    return session().scalar(select(Job.error)) or ""


def test_jobs_run_with_their_arguments_until_none_is_left(work_off):
    seen = []
    job("test.note")(lambda *, ticket_id, public: seen.append((ticket_id, public)))
    for number in range(30):
        enqueue("test.note", ticket_id=number, public=True)

    work_off()

    assert seen == [(number, True) for number in range(30)]
    assert set(stored()) == {("test.note", "done", 1)}


def test_the_effect_and_done_are_one_commit(app, count_statements):
    job("test.count")(lambda: count_up(System()))
    enqueue("test.count")
    before, claim = count(), claim_one()

    with count_statements() as seen:
        attempt(app, claim)

    assert (count(), seen.commits) == (before + 1, 1)


def test_a_failed_job_leaves_no_effect_and_is_tried_again(app):
    @job("test.fail")
    def fail() -> None:
        count_up(System())
        raise LookupError("no such printer, token=abcdef123456")

    enqueue("test.fail")
    before = count()

    assert attempt(app, claim_one())

    assert count() == before
    assert stored() == [("test.fail", "queued", 1)]
    assert the_error() == "LookupError: no such printer, token=[removed]"


def test_a_job_that_was_taken_over_leaves_no_effect(app):
    job("test.count")(lambda: count_up(System()))
    enqueue("test.count")
    before, claim = count(), claim_one()
    job_queue.hand_over(claim, "other-worker")

    assert not attempt(app, claim)

    assert count() == before
    assert stored() == [("test.count", "running", 0)]


def test_a_job_of_unknown_kind_waits_for_a_worker_that_knows_it(app):
    enqueue("test.newer")

    attempt(app, claim_one())

    assert stored() == [("test.newer", "queued", 1)]
    assert "test.newer" in the_error()


def test_a_deadline_ends_even_a_job_that_catches_everything(app):
    @job("test.slow")
    def slow() -> None:
        count_up(System())
        try:
            time.sleep(20)
        except Exception:  # noqa: BLE001
            time.sleep(20)

    jobs.kinds["test.slow"] = replace(jobs.kinds["test.slow"], deadline_seconds=0.05)
    enqueue("test.slow")
    before, started = count(), time.monotonic()

    attempt(app, claim_one())

    assert time.monotonic() - started < 5
    assert count() == before
    assert the_error().startswith("DeadlinePassed")


def test_a_stop_finishes_the_job_at_hand_and_gives_back_the_others(work):
    stop = threading.Event()

    @job("test.stop")
    def end(*, number: int) -> None:
        count_up(System())
        if number == 10:
            stop.set()

    for number in range(20):
        enqueue("test.stop", number=number)
    before = count()

    work(stop)

    assert count() == before + 11
    assert stored() == [("test.stop", "done", 1)] * 11 + [("test.stop", "queued", 0)] * 9


def test_a_job_added_while_the_worker_is_idle_starts_within_half_a_second(app, work):
    stop, added, begun = threading.Event(), [], []

    @job("test.late")
    def late() -> None:
        begun.append(time.monotonic())
        stop.set()

    def add() -> None:
        time.sleep(1)
        with app.app_context():
            enqueue("test.late")
            added.append(time.monotonic())

    threading.Thread(target=add).start()
    work(stop)

    assert begun[0] - added[0] < 0.5


def test_a_worker_shows_that_it_is_alive_until_it_stops(work):
    stop, beats = threading.Event(), []

    @job("test.look")
    def look() -> None:
        beats.append(heartbeats.last_beat("worker"))
        stop.set()

    enqueue("test.look")

    work(stop)

    assert beats != [None]
    assert heartbeats.last_beat("worker") is None


def test_a_database_that_does_not_answer_is_waited_for(work_off, monkeypatch):
    job("test.note")(lambda: None)
    enqueue("test.note")
    answers = iter([OperationalError("select", {}, Exception("gone"))])
    due = job_queue.due_priorities

    def fail_once(*kinds: object) -> list[int]:
        for error in answers:
            raise error
        return due(*kinds)

    monkeypatch.setattr(job_queue, "due_priorities", fail_once)

    work_off()

    assert stored() == [("test.note", "done", 1)]


def test_a_worker_stops_in_good_order_while_the_database_is_away(work, monkeypatch):
    stop = threading.Event()

    def fail(*_: object) -> None:
        stop.set()
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(job_queue, "due_priorities", fail)
    monkeypatch.setattr(job_queue, "release", fail)

    work(stop)

    assert stop.is_set()


def test_jobs_that_an_ended_process_left_are_run_when_a_worker_starts(work_off):
    job("test.note", max_attempts=1)(lambda: None)
    for _ in range(2):
        enqueue("test.note")
    gone = heartbeats.process_name(pid=4_194_305)
    job_queue.claim(gone, limit=2, lease_seconds=3600)

    work_off()

    assert stored() == [("test.note", "dead", 1), ("test.note", "done", 1)]
