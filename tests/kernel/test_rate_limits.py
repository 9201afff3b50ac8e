"""Limits that web processes count together in Redis, and alone while it is away."""

import pytest
from limits import parse

from servicedesk.kernel.rate_limits import RateLimits

TWICE = parse("2 per minute")


def test_one_process_counts_for_itself():
    limits = RateLimits(None)

    assert [limits.hit(TWICE, "form", "203.0.113.9") for _ in range(3)] == [True, True, False]
    assert limits.hit(TWICE, "form", "203.0.113.10")


@pytest.mark.redis
def test_two_processes_count_together(redis_server):
    one, other = RateLimits(redis_server.url), RateLimits(redis_server.url)

    assert [each.hit(TWICE, "form", "203.0.113.9") for each in (one, other, one)] == [True, True, False]


@pytest.mark.redis
def test_while_redis_is_away_each_counts_alone_and_together_again_afterwards(redis_server):
    one, other = RateLimits(redis_server.url), RateLimits(redis_server.url)
    redis_server.kill()

    alone = [limits.hit(TWICE, "form", "203.0.113.9") for limits in (one, one, one, other)]
    redis_server.start()
    one.outage.over_at = other.outage.over_at = 0.0  # each leaves it alone for half a second

    assert alone == [True, True, False, True]
    assert [each.hit(TWICE, "form", "203.0.113.9") for each in (one, other, one)] == [True, True, False]
