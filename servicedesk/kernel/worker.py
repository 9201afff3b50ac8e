"""The worker: runs jobs one after the other until told to stop.

Without Redis it claims them from the table itself. With Redis it takes the numbers that the relay hands out
through RQ; when none comes, or Redis is away, it looks into the table, which is the truth all along. So a
number that got lost, a Redis or a relay that is down hold up nothing for long.
"""

import threading
import time
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy.exc import DBAPIError
from structlog.contextvars import bound_contextvars

from servicedesk.kernel import heartbeats, job_queue, jobs, lending, logs, periodic
from servicedesk.kernel.bell import Bell
from servicedesk.kernel.database_clock import follow_database_clock
from servicedesk.kernel.db import batch, session, transaction
from servicedesk.kernel.deadlines import DeadlinePassed, deadline
from servicedesk.kernel.job_queue import Claim, Kinds, LeaseLost
from servicedesk.kernel.jobs import GivenUp, JobKind
from servicedesk.kernel.long_jobs import LEASE_MARGIN_SECONDS, LongJobs, long_kinds
from servicedesk.kernel.this_desk import the_settings

LEASE_SECONDS = 120
LOOK_EVERY_SECONDS = 0.25
LARGEST_BATCH = 50
BATCH_SHOULD_TAKE_SECONDS = 0.5  # an urgent job waits no longer than this for those claimed before it
LONGEST_SILENCE_SECONDS = 10

log = logs.logger(__name__)


def run_worker(app: Flask, *, stop: threading.Event) -> None:
    """Run jobs of `app` until `stop` is set; then finish the one at hand and give back the others.

    Main thread only: deadlines are kept by a signal.
    """
    _Worker(app, stop).run()


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
            told = logs.safe_text(f"{type(error).__name__}: {error}")
            job_queue.fail(claim, told, for_good=isinstance(error, GivenUp))
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


@dataclass
class _Worker:
    app: Flask
    stop: threading.Event
    name: str = field(default_factory=heartbeats.process_name)
    batch_size: int = 1
    lease_ends: float = 0.0  # monotonic seconds, like the next one
    tend_at: float = 0.0
    bell: Bell | None = None
    trouble: DBAPIError | None = None  # met while RQ called, which must not take it for the job's
    missed: list[int] = field(default_factory=list)  # numbers that came while the database did not answer

    def __post_init__(self) -> None:
        self.long = LongJobs(self.app, attempt)
        with self.app.app_context():
            url = the_settings().redis_url
        if url is not None:
            self.bell = Bell(url, self.name, self._take)

    def run(self) -> None:
        log.info("worker started", kinds=len(jobs.kinds), periodic=len(periodic.periodic))
        silence = 0.5
        while not self.stop.is_set():
            try:
                has_worked = self._turn()
                silence = 0.5
            except DBAPIError:
                log.exception("the database does not answer")
                self.tend_at = 0.0  # what was claimed is given back first
                self.stop.wait(silence)
                silence = min(silence * 2, LONGEST_SILENCE_SECONDS)
            else:
                if not has_worked:
                    self.stop.wait(LOOK_EVERY_SECONDS)
        self._end()

    def _turn(self) -> bool:
        """Do what there is to do; False when there was nothing."""
        if self.long.has_crashed():
            self.tend_at = 0.0  # its job is recovered at once
        if time.monotonic() >= self.tend_at:
            self._tend()
        is_listening = self.bell is not None and self.bell.can_ring
        if self.bell is not None and is_listening and self._listen(self.bell):
            return True
        return self._look_into_table() or is_listening  # who listens has waited enough

    def _tend(self) -> None:
        """Show a sign of life, and take care of jobs that lost their process; this one holds none now."""
        with self.app.app_context():
            follow_database_clock()
            heartbeats.beat(self.name, "worker")
            job_queue.release(self.name)
            lending.call_back(self.missed)
            self.missed.clear()
            recovered = job_queue.recover(heartbeats.is_gone)
        if recovered:
            log.warning("jobs of an ended process were queued again", count=recovered)
        self.tend_at = time.monotonic() + heartbeats.EVERY_SECONDS

    def _listen(self, bell: Bell) -> bool:
        """Wait a moment for a number and run its job; False where none came."""
        has_rung = bell.listen(with_long=not self.long.is_busy)
        if self.trouble is not None:
            trouble, self.trouble = self.trouble, None
            raise trouble
        return has_rung

    def _take(self, job_id: int) -> None:
        """Run the job whose number came from Redis, unless somebody else has."""
        try:
            with self.app.app_context():
                if self.stop.is_set():
                    lending.call_back([job_id])
                    return
                self.lease_ends = time.monotonic() + LEASE_SECONDS
                claim = lending.claim_lent(job_id, self.name, lease_seconds=LEASE_SECONDS)
            if claim is not None:
                self._begin(claim)
        except DBAPIError as error:
            self.trouble = error
            self.missed.append(job_id)

    def _begin(self, claim: Claim) -> None:
        if claim.kind not in long_kinds():
            if self._is_ours_until_done(claim):
                attempt(self.app, claim)
        elif not self.long.is_busy:
            self.long.begin(claim)
        else:  # of a kind that the relay, of another version, does not know as long
            with self.app.app_context():
                job_queue.release(self.name)

    def _look_into_table(self) -> bool:
        with self.app.app_context():
            if not job_queue.due_priorities():
                return False
            only_long = Kinds(only=long_kinds())
            is_long_due = not self.long.is_busy and bool(job_queue.due_priorities(only_long))
            long_claims = self._claim(1, only_long) if is_long_due else []
        for claim in long_claims:
            self.long.begin(claim)
        with self.app.app_context():
            claims = self._claim(self.batch_size, Kinds(but=long_kinds()))
        self._run_batch(claims)
        return bool(claims or long_claims)

    def _claim(self, limit: int, kinds: Kinds) -> list[Claim]:
        self.lease_ends = time.monotonic() + LEASE_SECONDS
        return job_queue.claim(self.name, limit=limit, lease_seconds=LEASE_SECONDS, kinds=kinds)

    def _run_batch(self, claims: list[Claim]) -> None:
        started = time.monotonic()
        for claim in claims:
            if self.stop.is_set() or not self._is_ours_until_done(claim) or not attempt(self.app, claim):
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

    def _end(self) -> None:
        child = self.long.stop()
        if self.bell is not None:
            self.bell.end()
        try:
            with self.app.app_context():
                for name in filter(None, [child, self.name]):
                    job_queue.release(name)
                lending.call_back(self.missed)
                heartbeats.stop_beating(self.name)
        except DBAPIError:
            log.warning("the database does not answer; the next worker takes over what this one held")
        log.info("worker stopped")
