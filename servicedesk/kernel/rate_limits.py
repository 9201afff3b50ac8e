"""How often somebody may do something: counted for all web processes in Redis, where there is one.

Without Redis, and while it does not answer, each process counts alone: less strictly, but it counts.
"""

from typing import TYPE_CHECKING

from limits import RateLimitItem
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from servicedesk.kernel import logs
from servicedesk.kernel.redis_link import Outage, connect

if TYPE_CHECKING:
    from redis.connection import ConnectionPool

ANSWERS_WITHIN_SECONDS = 0.5  # somebody waits for the page

log = logs.logger(__name__)


class RateLimits:
    """Moving windows. `url` is that of a Redis, or None."""

    def __init__(self, url: str | None) -> None:
        self.storage = MemoryStorage()
        self.alone = MovingWindowRateLimiter(self.storage)
        self.together = None if url is None else MovingWindowRateLimiter(_shared(url))
        self.outage = Outage()

    def hit(self, limit: RateLimitItem, *who: str) -> bool:
        """Count one more; False where that is too many."""
        if self.together is None or self.outage.is_on:
            return self.alone.hit(limit, *who)
        from redis.exceptions import RedisError

        try:
            is_allowed = self.together.hit(limit, *who)
        except RedisError as error:
            self.outage.begin()
            if self.outage.is_new:
                log.warning("Redis does not answer; this process counts alone", reason=str(error))
            return self.alone.hit(limit, *who)
        self.outage.end()
        return is_allowed


def _shared(url: str) -> RedisStorage:
    pool: ConnectionPool = connect(url, answers_within_seconds=ANSWERS_WITHIN_SECONDS).connection_pool
    return RedisStorage("redis://", connection_pool=pool, key_prefix="desk-limits")
