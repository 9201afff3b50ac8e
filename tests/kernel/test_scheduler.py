"""Periodic jobs: one per slot however many schedulers there are, none piled up, none for the past."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from servicedesk.kernel import heartbeats, jobs
from servicedesk.kernel.db import session
from servicedesk.kernel.job_queue import claim
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.periodic import every, periodic
from servicedesk.kernel.scheduler import enqueue_periodic, run_scheduler

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def sweep(kinds) -> Iterator[None]:
    """The one periodic job of these tests, due every 15 seconds."""
    kept = dict(periodic)
    periodic.clear()
    every(15, "test.sweep")(lambda: None)
    yield
    periodic.clear()
    periodic.update(kept)


def job_count() -> int:
    session().rollback()
    return len(session().scalars(select(Job.id)).all())


def test_a_job_comes_round_once_per_slot(clock):
    slots: dict[str, int] = {}

    added = [enqueue_periodic(slots)]
    claim("worker", limit=9, lease_seconds=60)
    clock.move(seconds=14)
    added.append(enqueue_periodic(slots))
    clock.move(seconds=1)
    added.append(enqueue_periodic(slots))

    assert added == [["test.sweep"], [], ["test.sweep"]]
    assert job_count() == 2


def test_two_schedulers_add_the_same_job_once(clock):
    enqueue_periodic({})
    enqueue_periodic({})

    assert job_count() == 1


def test_no_job_is_added_while_the_last_one_waits(clock):
    slots: dict[str, int] = {}
    enqueue_periodic(slots)
    clock.move(minutes=10)

    assert enqueue_periodic(slots) == []
    claim("worker", limit=9, lease_seconds=60)
    assert enqueue_periodic(slots) == ["test.sweep"]


def test_slots_that_passed_while_no_scheduler_ran_are_not_made_up(clock):
    enqueue_periodic({})
    claim("worker", limit=9, lease_seconds=60)
    clock.move(hours=1)

    enqueue_periodic({})

    assert job_count() == 2


def test_a_periodic_job_is_not_tried_again_since_the_next_one_comes_anyway():
    assert jobs.kinds["test.sweep"].max_attempts == 1


def test_a_scheduler_beats_enqueues_and_stops(app, monkeypatch):
    stop, beats = threading.Event(), []
    sleep = stop.wait

    def stop_after_the_first_round(_seconds: float) -> bool:
        beats.append(heartbeats.last_beat("scheduler"))
        stop.set()
        return sleep(0)

    monkeypatch.setattr(stop, "wait", stop_after_the_first_round)

    run_scheduler(app, stop=stop)
    session().rollback()

    assert beats != [None]
    assert heartbeats.last_beat("scheduler") is None
    assert job_count() == 1
