"""The embedded executor: claims jobs from the table and runs them one after the other until told to stop.

Jobs that may take long (own transactions and a deadline over LONG_SECONDS, such as training) run in a
child process, one at a time: they neither hold up the short ones nor leave their memory behind.
"""

import os
import secrets
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import NoReturn

from flask import Flask
from sqlalchemy.exc import DBAPIError
from structlog.contextvars import bound_contextvars

from servicedesk.kernel import heartbeats, job_queue, jobs, logs, periodic
from servicedesk.kernel.database_clock import follow_database_clock
from servicedesk.kernel.db import batch, db, session, transaction
from servicedesk.kernel.deadlines import DeadlinePassed, deadline
from servicedesk.kernel.job_queue import Claim, Kinds, LeaseLost
from servicedesk.kernel.jobs import JobKind

LONG_SECONDS = 60
LEASE_SECONDS = 120
LEASE_MARGIN_SECONDS = 15
LOOK_EVERY_SECONDS = 0.25
LARGEST_BATCH = 50
BATCH_SHOULD_TAKE_SECONDS = 0.5  # an urgent job waits no longer than this for those claimed before it
LONGEST_SILENCE_SECONDS = 10
CHILD_STOPS_WITHIN_SECONDS = 5

log = logs.logger(__name__)


def run_worker(app: Flask, *, stop: threading.Event) -> None:
    """Run jobs of `app` until `stop` is set; then finish the one at hand and give back the others.

    Main thread only: deadlines are kept by a signal.
    """
    _Worker(app).run(stop)


def attempt(app: Flask, claim: Claim) -> bool:
    """Run one claimed job and record how it ended; False where somebody else had taken it over."""
    with app.app_context(), bound_contextvars(job_id=claim.id, job_kind=claim.kind):
        try:
            kind = jobs.kinds[claim.kind]
            with deadline(kind.deadline_seconds):
                _run(kind, claim)
        except LeaseLost:
            session().rollback()
            log.warning("job was taken over")
            return False
        except (Exception, DeadlinePassed) as error:
            session().rollback()
            log.exception("job failed", attempt=claim.attempts + 1)
            job_queue.fail(claim, logs.safe_text(f"{type(error).__name__}: {error}"))
    return True


def _run(kind: JobKind, claim: Claim) -> None:
    if kind.own_transactions:
        kind.handler(**claim.args)
        with transaction():
            job_queue.finish(claim)
    else:
        with batch():
            kind.handler(**claim.args)
            job_queue.finish(claim)


def long_kinds() -> frozenset[str]:
    """Return the kinds of job that run in a child process."""
    return frozenset(
        kind.name
        for kind in jobs.kinds.values()
        if kind.own_transactions and kind.deadline_seconds > LONG_SECONDS
    )


@dataclass
class _Child:
    pid: int
    name: str
    until: float  # monotonic seconds; a child that is still here then hangs where no deadline reaches it


@dataclass
class _Worker:
    app: Flask
    name: str = field(default_factory=heartbeats.process_name)
    batch_size: int = 1
    lease_ends: float = 0.0  # monotonic seconds, like the next two
    tend_at: float = 0.0
    child: _Child | None = None

    def run(self, stop: threading.Event) -> None:
        log.info("worker started", kinds=len(jobs.kinds), periodic=len(periodic.periodic))
        silence = 0.5
        while not stop.is_set():
            try:
                has_worked = self._turn(stop)
                silence = 0.5
            except DBAPIError:
                log.exception("the database does not answer")
                self.tend_at = 0.0  # what was claimed is given back first
                stop.wait(silence)
                silence = min(silence * 2, LONGEST_SILENCE_SECONDS)
            else:
                if not has_worked:
                    stop.wait(LOOK_EVERY_SECONDS)
        self._end()

    def _turn(self, stop: threading.Event) -> bool:
        """Do what there is to do; False when there was nothing."""
        if self.child is not None:
            self._ask_after_child()
        if time.monotonic() >= self.tend_at:
            self._tend()
        with self.app.app_context():
            if not job_queue.due_priorities():
                return False
            is_long_due = self.child is None and bool(job_queue.due_priorities(Kinds(only=long_kinds())))
        began_long = is_long_due and self._begin_long()
        with self.app.app_context():
            claims = self._claim(self.batch_size, Kinds(but=long_kinds()))
        self._run_batch(claims, stop)
        return bool(claims) or began_long

    def _tend(self) -> None:
        """Show a sign of life, and take care of jobs that lost their process; this one holds none now."""
        with self.app.app_context():
            follow_database_clock()
            heartbeats.beat(self.name, "worker")
            job_queue.release(self.name)
            recovered = job_queue.recover(heartbeats.is_gone)
        if recovered:
            log.warning("jobs of an ended process were queued again", count=recovered)
        self.tend_at = time.monotonic() + heartbeats.EVERY_SECONDS

    def _claim(self, limit: int, kinds: Kinds) -> list[Claim]:
        self.lease_ends = time.monotonic() + LEASE_SECONDS
        return job_queue.claim(self.name, limit=limit, lease_seconds=LEASE_SECONDS, kinds=kinds)

    def _run_batch(self, claims: list[Claim], stop: threading.Event) -> None:
        started = time.monotonic()
        for claim in claims:
            if stop.is_set() or not self._is_ours_until_done(claim) or not attempt(self.app, claim):
                with self.app.app_context():
                    job_queue.release(self.name)
                break
        took = time.monotonic() - started
        if took > BATCH_SHOULD_TAKE_SECONDS:
            self.batch_size = max(1, self.batch_size // 2)
        elif len(claims) == self.batch_size and took < BATCH_SHOULD_TAKE_SECONDS / 2:
            self.batch_size = min(LARGEST_BATCH, self.batch_size * 2)

    def _is_ours_until_done(self, claim: Claim) -> bool:
        """Make the lease outlast the next job; False where it has run out already."""
        kind = jobs.kinds.get(claim.kind)
        needed = (kind.deadline_seconds if kind else 0) + LEASE_MARGIN_SECONDS
        left = self.lease_ends - time.monotonic()
        if left < needed:
            lease = max(LEASE_SECONDS, needed)
            with self.app.app_context():
                job_queue.renew(self.name, lease_seconds=lease)
            self.lease_ends = time.monotonic() + lease
        return left > 0

    def _begin_long(self) -> bool:
        with self.app.app_context():
            claims = self._claim(1, Kinds(only=long_kinds()))
            # SQLite's locks belong to the process: a connection must not be open on both sides of a fork.
            db.session.remove()
            db.engine.dispose()
        if not claims:
            return False
        token = secrets.token_hex(4)
        pid = os.fork()
        if pid == 0:
            self._be_child(claims[0], token)
        allowed = jobs.kinds[claims[0].kind].deadline_seconds + 2 * LEASE_MARGIN_SECONDS
        self.child = _Child(pid, heartbeats.process_name(pid, token), time.monotonic() + allowed)
        return True

    def _be_child(self, claim: Claim, token: str) -> NoReturn:
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            name = heartbeats.process_name(token=token)
            with self.app.app_context():
                claim = job_queue.hand_over(claim, name)
                lease = jobs.kinds[claim.kind].deadline_seconds + 2 * LEASE_MARGIN_SECONDS
                job_queue.renew(name, lease_seconds=lease)
            attempt(self.app, claim)
            code = 0
        except Exception:
            log.exception("child of the worker failed")
        finally:
            os._exit(code)

    def _ask_after_child(self) -> None:
        if self.child is None:
            return
        if time.monotonic() > self.child.until:
            log.warning("child of the worker hangs and is stopped")
            os.kill(self.child.pid, signal.SIGKILL)
        pid, status = os.waitpid(self.child.pid, os.WNOHANG)
        if pid:
            self.child = None
            self.tend_at = 0.0 if status else self.tend_at  # its job is recovered at once

    def _end(self) -> None:
        if self.child is not None:
            _stop_process(self.child.pid)
        try:
            with self.app.app_context():
                if self.child is not None:
                    job_queue.release(self.child.name)
                job_queue.release(self.name)
                heartbeats.stop_beating(self.name)
        except DBAPIError:
            log.warning("the database does not answer; the next worker takes over what this one held")
        log.info("worker stopped")


def _stop_process(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + CHILD_STOPS_WITHIN_SECONDS
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return
        time.sleep(0.05)
