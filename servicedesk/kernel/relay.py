"""The relay: hands the numbers of due jobs to Redis, where RQ workers of any machine take them.

The job table stays the truth. A number that Redis lost is handed out again when its lease is over, or at
once where Redis shows that it has forgotten everything; a number that comes twice finds the row taken.
"""

from typing import TYPE_CHECKING

from servicedesk.kernel import job_queue, lending, logs
from servicedesk.kernel.job_queue import Kinds
from servicedesk.kernel.long_jobs import long_kinds
from servicedesk.kernel.redis_link import Outage, connect

if TYPE_CHECKING:
    from redis import Redis
    from rq import Queue

RUN = "servicedesk.kernel.bell.run"  # what RQ calls with the number of a job
LENT_SECONDS = 30
MOST_WAITING = 200  # per queue: more would only lie in Redis, and be lost with it
ANSWERS_WITHIN_SECONDS = 2.0
URGENCIES = range(10)  # priorities outside share the queue of the nearest
LONG = "desk-long"
MEMORY = "desk:memory"  # gone when Redis has lost what it held

log = logs.logger(__name__)


def queue_name(priority: int) -> str:
    """Return the name of the queue for short jobs of that priority."""
    return f"desk-{min(max(priority, URGENCIES[0]), URGENCIES[-1])}"


# In the order in which a worker looks into them.
SHORT_QUEUES = tuple(queue_name(priority) for priority in URGENCIES)


class Relay:
    """One relay; any number of them may run on any number of machines."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.outage = Outage()
        self.client: Redis | None = None
        self.queues: dict[str, Queue] = {}

    @property
    def is_connected(self) -> bool:
        """Say whether Redis answered the last time."""
        return self.client is not None and not self.outage.pause_seconds

    def turn(self) -> int:
        """Hand over what is due, inside an application context; return how many jobs.

        A Redis that does not answer is a line in the log, and left alone for a while.
        """
        from redis.exceptions import RedisError

        if self.outage.is_on:
            return 0
        lent: dict[str, list[int]] = {}
        try:
            room = self._room()
            lent = self._lend(room)
            self._push(lent)
        except RedisError as error:
            lending.call_back([id_ for ids in lent.values() for id_ in ids])
            self._rest(error)
        else:
            if self.outage.pause_seconds:
                log.info("Redis answers again")
            self.outage.end()
        return sum(map(len, lent.values()))

    def _rest(self, error: Exception) -> None:
        self.outage.begin()
        if self.outage.is_new:
            log.warning("Redis does not answer; jobs wait in the table", reason=str(error))

    def _room(self) -> dict[str, int]:
        """Return how many more numbers each queue takes; call everything back where Redis has lost them."""
        ask = self._connected().pipeline(transaction=False)
        for queue in self.queues.values():
            ask.llen(queue.key)
        ask.set(MEMORY, "here", nx=True)
        *waiting, has_forgotten = ask.execute()
        if has_forgotten:  # told to one relay only: whoever wrote the mark anew
            count = lending.call_back()
            log.info("Redis knew of no job", handed_out_again=count)
        return dict(zip(self.queues, (MOST_WAITING - count for count in waiting), strict=True))

    def _connected(self) -> "Redis":
        if self.client is not None:
            return self.client
        from rq import Queue
        from rq.serializers import JSONSerializer

        client = connect(self.url, answers_within_seconds=ANSWERS_WITHIN_SECONDS)
        self.queues = {
            name: Queue(name, connection=client, serializer=JSONSerializer) for name in (LONG, *SHORT_QUEUES)
        }
        self.client = client
        return client

    def _lend(self, room: dict[str, int]) -> dict[str, list[int]]:
        lent: dict[str, list[int]] = {}
        long_ones = long_kinds()
        for priority in job_queue.due_priorities():
            for name, kinds in (
                (LONG, Kinds(only=long_ones)),
                (queue_name(priority), Kinds(but=long_ones)),
            ):
                ids = lending.lend(priority, limit=room[name], lease_seconds=LENT_SECONDS, kinds=kinds)
                room[name] -= len(ids)
                lent.setdefault(name, []).extend(ids)
        return {name: ids for name, ids in lent.items() if ids}

    def _push(self, lent: dict[str, list[int]]) -> None:
        """Add the numbers to their queues in one step, so that no worker sees the less urgent ones first."""
        if not lent:
            return
        steps = self._connected().pipeline(transaction=True)
        for name, ids in lent.items():
            queue = self.queues[name]
            data = [
                # Time-outs are the desk's own (deadlines.py). A number that waits longer than its lease is
                # thrown away unread, for it has been handed out again by then.
                queue.prepare_data(
                    RUN, args=(id_,), timeout=-1, ttl=LENT_SECONDS, result_ttl=0, failure_ttl=LENT_SECONDS
                )
                for id_ in ids
            ]
            queue.enqueue_many(data, pipeline=steps)
        steps.execute()
