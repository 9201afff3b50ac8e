"""The scheduler: puts periodic jobs into the job table. Any number of them may run at once."""

import math
import threading
import time
from contextlib import suppress

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from servicedesk.kernel import clock, heartbeats, logs
from servicedesk.kernel.command import saving
from servicedesk.kernel.database_clock import follow_database_clock
from servicedesk.kernel.db import session
from servicedesk.kernel.job_queue import PERIODIC_PREFIX
from servicedesk.kernel.jobs import Job, later
from servicedesk.kernel.periodic import periodic
from servicedesk.kernel.refs import Cause, System

LONGEST_SLEEP_SECONDS = 1.0

log = logs.logger(__name__)


def run_scheduler(app: Flask, *, stop: threading.Event) -> None:
    """Enqueue periodic jobs of `app` as they come due, until `stop` is set."""
    name, slots, next_beat = heartbeats.process_name(), dict[str, int](), 0.0
    log.info("scheduler started", periodic=len(periodic))
    while not stop.is_set():
        try:
            with app.app_context():
                if time.monotonic() >= next_beat:
                    follow_database_clock()
                    heartbeats.beat(name, "scheduler")
                    next_beat = time.monotonic() + heartbeats.EVERY_SECONDS
                enqueue_periodic(slots)
        except DBAPIError:
            log.exception("the database does not answer")
            stop.wait(heartbeats.EVERY_SECONDS)
        stop.wait(LONGEST_SLEEP_SECONDS)
    with suppress(DBAPIError), app.app_context():
        heartbeats.stop_beating(name)
    log.info("scheduler stopped")


def enqueue_periodic(slots: dict[str, int]) -> list[str]:
    """Enqueue the periodic jobs whose time has come; return their kinds.

    slots: the last slot of each kind that this scheduler saw, changed here. Time is cut into slots of the
    kind's length; a slot has one job, whoever adds it first, and slots that went by unseen have none.
    """
    added = []
    for kind, seconds in periodic.items():
        slot = math.floor(clock.now().timestamp() / seconds)
        if slots.get(kind) == slot:
            continue
        if kind not in slots or not _is_waiting(_key(kind, slots[kind])):
            with saving(System(Cause("schedule", kind))):
                later(kind, unique_key=_key(kind, slot))
            slots[kind] = slot
            added.append(kind)
    return added


def _key(kind: str, slot: int) -> str:
    return f"{PERIODIC_PREFIX}{kind}:{slot}"


def _is_waiting(key: str) -> bool:
    return session().scalar(select(Job.state).where(Job.unique_key == key)) == "queued"
