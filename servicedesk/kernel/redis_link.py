"""How the desk speaks to Redis, where REDIS_URL names one: soon or not at all, and never in the way.

Nothing that counts lies there: losing Redis, or all that it holds, costs time and nothing else.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis import Redis

CONNECTS_WITHIN_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 5.0


def connect(url: str, *, answers_within_seconds: float) -> "Redis":
    """Return a client; it connects when first used. Raises redis.exceptions.RedisError from there on.

    Nothing is tried again behind the caller's back: whoever asks knows better whether to wait.
    """
    from redis import Redis  # takes half a second and 11 MB, which a desk without Redis need not spend
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    client: Redis = Redis.from_url(
        url,
        socket_connect_timeout=min(CONNECTS_WITHIN_SECONDS, answers_within_seconds),
        socket_timeout=answers_within_seconds,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 0),
    )
    return client


@dataclass
class Outage:
    """Leaves a server that does not answer alone for a while: 0.5, 1, 2, 4, then 5 seconds at a time."""

    over_at: float = 0.0  # monotonic seconds
    pause_seconds: float = 0.0

    @property
    def is_on(self) -> bool:
        """Say whether it is too early to ask again."""
        return time.monotonic() < self.over_at

    @property
    def is_new(self) -> bool:
        """Say whether the server has answered since the last time, so that one line in the log is due."""
        return self.pause_seconds <= 0.5

    def begin(self) -> None:
        """Note that the server did not answer."""
        self.pause_seconds = min(max(0.5, 2 * self.pause_seconds), LONGEST_PAUSE_SECONDS)
        self.over_at = time.monotonic() + self.pause_seconds

    def end(self) -> None:
        """Note that it answered."""
        self.over_at = self.pause_seconds = 0.0
