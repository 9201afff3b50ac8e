"""/healthz and /readyz: what a load balancer and a monitor need, and nothing of the inside."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from servicedesk.kernel import health, schema
from servicedesk.kernel.command import saving
from servicedesk.kernel.heartbeats import beat
from servicedesk.kernel.jobs import later
from servicedesk.kernel.refs import System

NEWEST = "b2"


@pytest.fixture(autouse=True)
def delays() -> Iterator[None]:
    kept = list(health.delays)
    yield
    health.delays[:] = kept


@pytest.fixture
def migrated(monkeypatch) -> Callable[[str | None], None]:
    """A database that has the newest of two migrations; call it to say that it has another, or none."""

    def say(revision: str | None) -> None:
        monkeypatch.setattr(schema, "revision_in_database", lambda: revision)

    monkeypatch.setattr(schema, "newest_revision", lambda: NEWEST)
    monkeypatch.setattr(health, "_known_revisions", lambda: frozenset({"a1", NEWEST}))
    say(NEWEST)
    return say


def enqueue(**options: object) -> None:
    with saving(System()):
        later("test.work", **options)


def test_alive_asks_nothing_of_the_database(client, count_statements):
    with count_statements() as seen:
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "alive"})
    assert seen.count == 0


@pytest.mark.usefixtures("migrated")
def test_a_desk_with_a_worker_and_nothing_waiting_is_ready(client, clock):
    beat("m:1:a", "worker")
    clock.move(seconds=20)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert answer.json["checks"]["worker"] == {"ok": True, "last_seen_seconds_ago": 20}
    assert answer.json["checks"]["oldest_due_job"] == {"ok": True, "waiting_seconds": 0}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("migrated", "clock")
def test_without_a_worker_requests_are_served_and_the_desk_says_degraded(client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert answer.json["checks"]["worker"] == {"ok": False, "last_seen_seconds_ago": None}


@pytest.mark.usefixtures("migrated")
def test_a_worker_that_fell_silent_and_a_job_nobody_runs_are_named(client, clock):
    beat("m:1:a", "worker")
    enqueue()
    enqueue(run_at=clock.at + timedelta(days=9))
    clock.move(minutes=6)

    checks = client.get("/readyz").json["checks"]

    assert checks["worker"] == {"ok": False, "last_seen_seconds_ago": 360}
    assert checks["oldest_due_job"] == {"ok": False, "waiting_seconds": 360}


@pytest.mark.redis
@pytest.mark.usefixtures("migrated", "clock")
def test_with_redis_it_and_the_relay_are_named(client, redis_url, redis_server):
    beat("m:1:a", "worker")
    beat("m:2:b", "relay")

    ready = client.get("/readyz").json
    redis_server.kill()
    without = client.get("/readyz")

    assert ready["status"] == "ready"
    assert ready["checks"]["relay"] == {"ok": True, "last_seen_seconds_ago": 0}
    assert ready["checks"]["redis"] == {"ok": True}
    assert (without.status_code, without.json["status"]) == (200, "degraded")
    assert without.json["checks"]["redis"] == {"ok": False}


@pytest.mark.redis
@pytest.mark.usefixtures("migrated", "clock", "redis_url")
def test_with_redis_a_missing_relay_is_named(client):
    beat("m:1:a", "worker")

    answer = client.get("/readyz").json

    assert answer["status"] == "degraded"
    assert answer["checks"]["relay"] == {"ok": False, "last_seen_seconds_ago": None}


@pytest.mark.usefixtures("migrated")
def test_without_redis_neither_it_nor_a_relay_is_missed(client):
    assert not {"redis", "relay"} & client.get("/readyz").json["checks"].keys()


@pytest.mark.usefixtures("migrated")
def test_a_room_can_add_what_must_not_be_left_behind(client, clock):
    since = clock.at
    health.watch_delay("test_sweep", lambda: since, limit_seconds=60)
    clock.move(seconds=61)

    answer = client.get("/readyz").json

    assert answer["status"] == "degraded"
    assert answer["checks"]["test_sweep"] == {"ok": False, "waiting_seconds": 61}


def test_a_database_behind_this_version_is_not_ready(client, migrated):
    migrated("a1")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json["status"]) == (503, "unready")
    assert answer.json["checks"]["migrations"] == {"ok": False}


def test_a_database_ahead_of_this_version_is_ready_for_it_is_being_rolled_out(client, migrated):
    migrated("c3")

    assert client.get("/readyz").status_code == 200


def test_an_empty_database_is_not_ready(client, migrated):
    migrated(None)

    assert client.get("/readyz").status_code == 503


def test_a_database_that_does_not_answer_is_503_without_a_word_of_why(client, monkeypatch):
    def fail() -> None:
        raise OperationalError("SELECT secret", {}, Exception("host db.internal"))

    monkeypatch.setattr(schema, "revision_in_database", fail)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {"status": "unready", "checks": {"database": {"ok": False}}}


def test_every_migration_of_the_tree_is_known():
    assert schema.newest_revision() in {None, *health._known_revisions()}
