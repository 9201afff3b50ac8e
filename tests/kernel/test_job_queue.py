"""The job table as a queue: order, delay, unique keys, leases, retries, dead letters."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from servicedesk.kernel import clock as desk_clock
from servicedesk.kernel import job_queue, jobs
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import session, transaction
from servicedesk.kernel.job_queue import Claim, Kinds, LeaseLost
from servicedesk.kernel.jobs import Job, later
from servicedesk.kernel.refs import System

pytestmark = pytest.mark.usefixtures("app", "clock")


@pytest.fixture(autouse=True)
def work_kind(kinds) -> None:
    jobs.job("test.work", max_attempts=3)(lambda **_args: None)


def enqueue(kind: str = "test.work", **options: object) -> None:
    with saving(System()):
        later(kind, **options)


def claim(owner: str = "worker-1", limit: int = 10, kinds: Kinds = job_queue.ANY_KIND) -> list[Claim]:
    return job_queue.claim(owner, limit=limit, lease_seconds=120, kinds=kinds)


def claimed(**options: object) -> list[object]:
    return [each.args["n"] for each in claim(**options)]


def take_effect_and_finish(job: Claim) -> None:
    with transaction() as current:
        current.execute(text("UPDATE desk_state SET last_number = 77"))
        job_queue.finish(job)


def the_job() -> Job:
    session().rollback()
    return session().scalars(select(Job).execution_options(populate_existing=True)).one()


def nobody_is_gone(_owner: str) -> bool:
    return False


def test_urgent_jobs_come_first_then_those_due_longest(clock):
    now = clock.at
    enqueue(n=1, priority=5, run_at=now - timedelta(minutes=1))
    enqueue(n=2, priority=0, run_at=now)
    enqueue(n=3, priority=5, run_at=now - timedelta(minutes=2))

    assert claimed() == [2, 3, 1]


def test_a_claim_takes_no_more_than_its_limit_and_nothing_twice():
    for n in range(3):
        enqueue(n=n)

    assert (claimed(limit=2), claimed(owner="worker-2"), claimed(owner="worker-3")) == ([0, 1], [2], [])


def test_a_job_of_tomorrow_waits_until_tomorrow(clock):
    enqueue(n=1, run_at=clock.at + timedelta(days=1))

    assert (job_queue.due_priorities(), claimed()) == ([], [])
    clock.move(days=1)
    assert (job_queue.due_priorities(), claimed()) == ([5], [1])


def test_kinds_can_be_left_out_or_asked_for():
    enqueue("test.work", n=1)
    enqueue("test.long", n=2)

    assert job_queue.due_priorities(Kinds(only=frozenset(["test.other"]))) == []
    assert claimed(kinds=Kinds(but=frozenset(["test.long"]))) == [1]
    assert claimed(kinds=Kinds(only=frozenset(["test.long"]))) == [2]


def test_a_taken_key_adds_nothing_even_after_the_job_is_done():
    enqueue(n=1, unique_key="once")
    with transaction():
        job_queue.finish(*claim())

    enqueue(n=2, unique_key="once")

    assert claim() == []


def test_a_finished_job_counts_its_run():
    enqueue(n=1)
    with transaction():
        job_queue.finish(*claim())

    job = the_job()

    assert (job.state, job.attempts, job.finished_at) == ("done", 1, desk_clock.now())


def test_who_lost_the_lease_cannot_finish_and_its_effect_is_undone(clock):
    enqueue(n=1)
    [slow] = claim("worker-1")
    clock.move(minutes=3)
    job_queue.recover(nobody_is_gone)
    clock.move(minutes=1)
    claim("worker-2")

    with pytest.raises(LeaseLost):
        take_effect_and_finish(slow)

    assert session().scalar(text("SELECT last_number FROM desk_state")) != 77
    assert the_job().claimed_by == "worker-2"


def test_a_failed_job_waits_longer_each_time_and_is_dead_after_its_last_run(clock):
    enqueue(n=1)
    pauses = []
    for _ in range(3):
        clock.move(days=1)
        job_queue.fail(*claim(), "ValueError: no")
        pauses.append((the_job().run_at - clock.at).total_seconds())

    assert 4 <= pauses[0] <= 6
    assert 16 <= pauses[1] <= 24
    job = the_job()
    assert (job.state, job.attempts, job.error, job.claimed_by) == ("dead", 3, "ValueError: no", None)
    assert [each.id for each in job_queue.dead()] == [job.id]


def test_the_longest_pause_is_about_four_hours():
    assert job_queue.pause_before_retry(50, 0.5) == 4 * 3600


def test_a_dead_job_can_be_tried_again_from_the_start(clock):
    enqueue(n=1)
    for _ in range(3):
        clock.move(days=1)
        job_queue.fail(*claim(), "no")

    assert job_queue.retry_dead([the_job().id]) == 1
    assert [each.attempts for each in claim()] == [0]


def test_a_lease_that_ran_out_puts_the_batch_back_and_charges_only_the_job_that_ran(clock):
    enqueue(n=1)
    enqueue(n=2)
    claim()

    assert job_queue.recover(nobody_is_gone) == 0
    clock.move(minutes=3)
    assert job_queue.recover(nobody_is_gone) == 2

    assert claimed(owner="worker-2") == [2]
    clock.move(seconds=6)
    assert [(each.args["n"], each.attempts) for each in claim("worker-2")] == [(1, 1)]


def test_jobs_of_a_process_that_is_gone_come_back_at_once():
    enqueue(n=1)
    claim("dead-worker")
    enqueue(n=2)
    claim("live-worker")

    assert job_queue.recover(lambda owner: owner == "dead-worker") == 1


def test_a_job_that_ends_its_process_every_time_is_dead_in_the_end(clock):
    enqueue(n=1)
    for _ in range(3):
        clock.move(days=1)
        claim("crashing")
        job_queue.recover(lambda _owner: True)

    assert the_job().state == "dead"
    assert "process" in (the_job().error or "")


def test_what_was_not_begun_is_given_back_uncharged():
    enqueue(n=1)
    claim("worker-1")

    assert job_queue.release("worker-1") == 1
    assert [each.attempts for each in claim("worker-2")] == [0]


def test_a_renewed_lease_does_not_run_out(clock):
    enqueue(n=1)
    claim("worker-1")
    clock.move(seconds=110)

    job_queue.renew("worker-1", lease_seconds=120)

    clock.move(seconds=110)
    assert job_queue.recover(nobody_is_gone) == 0


def test_the_oldest_due_job_is_reported_and_those_to_come_are_not(clock):
    enqueue(n=1, run_at=clock.at + timedelta(hours=1))
    assert job_queue.oldest_due_at() is None

    enqueue(n=2, run_at=clock.at - timedelta(hours=1), priority=9)
    assert job_queue.oldest_due_at() == clock.at - timedelta(hours=1)


def test_done_jobs_are_deleted_after_a_week_and_periodic_ones_after_an_hour(clock):
    enqueue(n=1)
    enqueue(n=2, unique_key="every:test.work:7")
    for each in claim():
        with transaction():
            job_queue.finish(each)

    clock.move(minutes=61)
    assert job_queue.prune() == 1
    clock.move(days=7)
    assert job_queue.prune() == 1


@pytest.mark.skipif("postgres" in os.environ.get("DATABASE_URL", ""), reason="it plans by statistics")
def test_looking_for_work_never_walks_through_the_jobs_to_come(count_statements):
    """A desk has a timer for each resolved ticket; looking must not cost more for it."""
    with count_statements() as seen:
        job_queue.due_priorities()

    plan = session().connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {seen.texts[0]}", ("2026",))
    steps = [row.detail for row in plan if " job " in f"{row.detail} "]

    assert steps[-1] == "SEARCH job USING INDEX ix_job_due (priority=? AND run_at<?)"
    assert [step for step in steps if step.startswith("SCAN") and "ix_job_due" not in step] == []
