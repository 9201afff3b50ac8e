"""The worker's end of Redis: an RQ worker that takes the numbers of jobs from RQ's queues.

Redis only rings the bell. What to run, and whether it still is to be run, stands in the job table.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from servicedesk.kernel import logs
from servicedesk.kernel.redis_link import Outage, connect
from servicedesk.kernel.relay import LONG, RUN, SHORT_QUEUES
from servicedesk.kernel.slot import Slot

if TYPE_CHECKING:
    from rq import Queue, SimpleWorker
    from rq.job import Job

LISTENS_SECONDS = 1  # at a time, so that the worker hears of a stop
WORKER_TTL_SECONDS = 30  # RQ forgets a worker that was silent for that long and a minute
BEAT_EVERY_SECONDS = 10
ANSWERS_WITHIN_SECONDS = 15.0  # RQ lengthens less than this

log = logs.logger(__name__)


def _nobody(job_id: int) -> None:
    raise RuntimeError(f"no worker of the desk listens for job {job_id}")


_taker: Slot[Callable[[int], None]] = Slot(_nobody)


def run(job_id: int) -> None:
    """Run the job of that number if nobody else has; RQ calls this inside a worker."""
    _taker.value(job_id)


class Bell:
    """What a worker listens to. `name` is the worker's own; `take` is called with each number."""

    def __init__(self, url: str, name: str, take: Callable[[int], None]) -> None:
        self.url = url
        self.name = name
        self.take = take
        self.outage = Outage()
        self.worker: SimpleWorker | None = None
        self.lives = 0
        self.beat_at = 0.0  # monotonic seconds

    @property
    def can_ring(self) -> bool:
        """Say whether to listen; during an outage jobs are taken from the table instead."""
        return not self.outage.is_on

    def listen(self, *, with_long: bool) -> bool:
        """Wait up to LISTENS_SECONDS for a number and take it; False where none came.

        with_long: also that of a long job. A Redis that does not answer is a line in the log, and left alone
        for a while.
        """
        from redis.exceptions import RedisError

        try:
            worker = self.worker or self._begin()
            self._look_after(worker)
            found = self._next(worker, with_long=with_long)
            if found is not None:
                self._execute(worker, *found)
            self.outage.end()
            return found is not None
        except RedisError as error:
            self.worker = None
            self.outage.begin()
            if self.outage.is_new:
                log.warning("Redis does not answer; jobs are taken from the table", reason=str(error))
            return False

    def end(self) -> None:
        """Take leave of RQ."""
        if self.worker is None:
            return
        from redis.exceptions import RedisError

        with suppress(RedisError):
            self.worker.register_death()  # type: ignore[no-untyped-call]
        self.worker = None

    def _begin(self) -> "SimpleWorker":
        from rq import Queue, SimpleWorker
        from rq.serializers import JSONSerializer

        logging.getLogger("rq").setLevel(logging.WARNING)
        logging.getLogger("rq.worker").setLevel(logging.WARNING)
        client = connect(self.url, answers_within_seconds=ANSWERS_WITHIN_SECONDS)
        self.lives += 1  # RQ knows no worker twice
        self.worker = SimpleWorker(
            [Queue(name, connection=client, serializer=JSONSerializer) for name in (LONG, *SHORT_QUEUES)],
            name=f"{self.name}:{self.lives}",
            connection=client,
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL_SECONDS,
        )
        self.worker.register_birth()  # type: ignore[no-untyped-call]
        self.beat_at = 0.0
        return self.worker

    def _look_after(self, worker: "SimpleWorker") -> None:
        if time.monotonic() >= self.beat_at:
            worker.heartbeat()
            self.beat_at = time.monotonic() + BEAT_EVERY_SECONDS
            if worker.should_run_maintenance_tasks:
                worker.run_maintenance_tasks()  # type: ignore[no-untyped-call]

    def _next(self, worker: "SimpleWorker", *, with_long: bool) -> "tuple[Job, Queue] | None":
        from rq.exceptions import DequeueTimeout
        from rq.queue import Queue

        long_one, *short_ones = worker.queues
        queues = [long_one, *short_ones] if with_long else short_ones
        try:
            return Queue.dequeue_any(
                queues, LISTENS_SECONDS, connection=worker.connection, serializer=worker.serializer
            )
        except DequeueTimeout:
            return None

    def _execute(self, worker: "SimpleWorker", job: "Job", queue: "Queue") -> None:
        if _is_ours(job):
            _taker.fill(self.take)
            worker.execute_job(job, queue)
        else:
            log.error("a job in Redis that the desk did not put there is thrown away", rq_job=job.id)
            job.delete()


def _is_ours(job: "Job") -> bool:
    """Say whether the relay could have made this job: it calls `run` with one number, and nothing else.

    RQ runs whatever function a job names, so whoever can write to Redis could run code here.
    """
    from rq.exceptions import DeserializationError

    try:
        is_call = job.func_name == RUN and not job.kwargs and [type(each) for each in job.args] == [int]
    except DeserializationError:
        return False
    more = ("success_callback_name", "failure_callback_name", "stopped_callback_name", "webhooks")
    record = job.to_dict()
    return is_call and not any(record.get(each) for each in more)
