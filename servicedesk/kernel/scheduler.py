"""The scheduler: puts periodic jobs into the job table and, where there is Redis, relays those that are due.

Any number of them may run at once, on any number of machines.
"""

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
from servicedesk.kernel.relay import Relay
from servicedesk.kernel.this_desk import the_settings

LONGEST_SLEEP_SECONDS = 1.0
RELAY_EVERY_SECONDS = 0.2

log = logs.logger(__name__)


def run_scheduler(app: Flask, *, stop: threading.Event) -> None:
    """Enqueue periodic jobs of `app` as they come due, and relay all that are due, until `stop` is set."""
    _Scheduler(app).run(stop)


class _Scheduler:
    def __init__(self, app: Flask) -> None:
        self.app = app
        self.name = heartbeats.process_name()
        self.relay_name = heartbeats.process_name()
        self.slots: dict[str, int] = {}
        self.beat_at = 0.0  # monotonic seconds
        with app.app_context():
            url = the_settings().redis_url
        self.relay = None if url is None else Relay(url)

    def run(self, stop: threading.Event) -> None:
        log.info("scheduler started", periodic=len(periodic), relay=self.relay is not None)
        while not stop.is_set():
            relayed = 0
            try:
                with self.app.app_context():
                    relayed = self._turn()
            except DBAPIError:
                log.exception("the database does not answer")
                stop.wait(heartbeats.EVERY_SECONDS)
            if not relayed:  # else there may be more
                stop.wait(RELAY_EVERY_SECONDS if self.relay else LONGEST_SLEEP_SECONDS)
        with suppress(DBAPIError), self.app.app_context():
            heartbeats.stop_beating(self.name)
            heartbeats.stop_beating(self.relay_name)
        log.info("scheduler stopped")

    def _turn(self) -> int:
        """Do what there is to do; return how many jobs were relayed."""
        is_time_to_beat = time.monotonic() >= self.beat_at
        if is_time_to_beat:
            follow_database_clock()
            heartbeats.beat(self.name, "scheduler")
            self.beat_at = time.monotonic() + heartbeats.EVERY_SECONDS
        enqueue_periodic(self.slots)
        if self.relay is None:
            return 0
        relayed = self.relay.turn()
        if is_time_to_beat and self.relay.is_connected:
            heartbeats.beat(self.relay_name, "relay")
        return relayed


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
