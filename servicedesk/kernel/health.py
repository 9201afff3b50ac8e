"""Whether the desk is alive and ready, for load balancers and monitoring; nothing of its inside is shown."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from servicedesk.kernel import clock, heartbeats, job_queue, logs, schema
from servicedesk.kernel.db import session
from servicedesk.kernel.redis_link import connect
from servicedesk.kernel.this_desk import the_settings

if TYPE_CHECKING:
    from redis import Redis

SILENCE_LIMIT_SECONDS = 60  # of workers and relays
REDIS_ANSWERS_WITHIN_SECONDS = 0.5
DUE_JOB_LIMIT_SECONDS = 300
_REVISION = re.compile(r"^revision\b[^=]*= *[\"'](\w+)", re.MULTILINE)

View = Callable[[], ResponseReturnValue]
Since = Callable[[], datetime | None]

log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class Delay:
    """Something that must not be left behind for longer than `limit_seconds`.

    since: returns the moment of the oldest thing that waits (None: nothing does).
    """

    name: str
    since: Since
    limit_seconds: int


# Rooms above add theirs, for example how far the SLA sweep is behind.
delays: list[Delay] = []


def watch_delay(name: str, since: Since, *, limit_seconds: int) -> None:
    """Let /readyz show how long the oldest waiting thing of this name has waited."""
    if all(delay.name != name for delay in delays):
        delays.append(Delay(name, since, limit_seconds))


# What is shown beside the checks and fails none of them, by name.
measures: dict[str, Callable[[], Mapping[str, int]]] = {}


def watch_measure(name: str, read: Callable[[], Mapping[str, int]]) -> None:
    """Let /readyz show whole numbers under a name; they say how it goes, not whether it does."""
    measures[name] = read


def init_app(app: Flask, *, open_to_all: Callable[[View], View]) -> None:
    """Add /healthz and /readyz; `open_to_all` marks a view as one that needs no permission."""
    watch_delay("oldest_due_job", job_queue.oldest_due_at, limit_seconds=DUE_JOB_LIMIT_SECONDS)
    app.add_url_rule("/healthz", "health.alive", open_to_all(alive))
    app.add_url_rule("/readyz", "health.ready", open_to_all(ready))


def alive() -> ResponseReturnValue:
    """Answer that the process runs; asks nothing of the database."""
    return {"status": "alive"}


def ready() -> ResponseReturnValue:
    """Answer 200 if requests can be served, else 503.

    A web process serves requests also while workers, relays or Redis are away: the status is then "degraded",
    not 503, for taking every web process out of service would only make it worse.
    """
    try:
        is_usable = has_usable_schema()
        late = {"worker": _beat_of("worker")} | {delay.name: _lateness(delay) for delay in delays}
        seen = {name: dict(read()) for name, read in measures.items()}
        if url := the_settings().redis_url:
            late |= {"relay": _beat_of("relay"), "redis": {"ok": _answers(url)}}
    except SQLAlchemyError:
        log.exception("the database does not answer")
        session().rollback()
        return {"status": "unready", "checks": {"database": {"ok": False}}}, 503
    checks = {"database": {"ok": True}, "migrations": {"ok": is_usable}, **late}
    if not is_usable:
        return {"status": "unready", "checks": checks}, 503
    status = "ready" if all(check["ok"] for check in late.values()) else "degraded"
    return {"status": status, "checks": checks, "measures": seen}


def has_usable_schema() -> bool:
    """Say whether the database has the newest migration, or one that this version does not know yet.

    While a new version is rolled out its migrations run first, and the version before still works on them.
    """
    stored = schema.revision_in_database()
    return stored is not None and (stored == schema.newest_revision() or stored not in _known_revisions())


@cache
def _known_revisions() -> frozenset[str]:
    texts = (file.read_text("utf-8") for file in (schema.FOLDER / "versions").glob("*.py"))
    return frozenset(revision for text in texts for revision in _REVISION.findall(text))


def _beat_of(role: str) -> dict[str, bool | int | None]:
    last = heartbeats.last_beat(role)
    age = None if last is None else _seconds_since(last)
    return {"ok": age is not None and age <= SILENCE_LIMIT_SECONDS, "last_seen_seconds_ago": age}


def _answers(url: str) -> bool:
    """Say whether this process reaches Redis."""
    from redis.exceptions import RedisError

    try:
        return bool(_redis(url).ping())
    except RedisError:
        return False


@cache
def _redis(url: str) -> "Redis":
    return connect(url, answers_within_seconds=REDIS_ANSWERS_WITHIN_SECONDS)


def _lateness(delay: Delay) -> dict[str, bool | int | None]:
    since = delay.since()
    age = 0 if since is None else _seconds_since(since)
    return {"ok": age <= delay.limit_seconds, "waiting_seconds": age}


def _seconds_since(at: datetime) -> int:
    return max(0, int((clock.now() - at).total_seconds()))
