"""What tests of background jobs share. What they say of a worker holds for both ways of running one."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine, select, text
from sqlalchemy.exc import DBAPIError

from app import create_app
from servicedesk.kernel import jobs
from servicedesk.kernel.db import db, session, transaction
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.relay import Relay
from servicedesk.kernel.worker import run_worker
from tests.support.redis_server import RedisServer

# A worker has one thread, and forks for long jobs. Tests put threads beside it: were one of those inside
# SQLite at that moment, the child would inherit SQLite's mutex locked and wait for it for ever.
_in_database = threading.Lock()
os.register_at_fork(
    before=_in_database.acquire, after_in_parent=_in_database.release, after_in_child=_in_database.release
)


@pytest.fixture
def kinds() -> Iterator[None]:
    """Forget afterwards what kinds of job the test has registered."""
    kept = dict(jobs.kinds)
    yield
    jobs.kinds.clear()
    jobs.kinds.update(kept)


@pytest.fixture(scope="session")
def _redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
def redis_server(_redis_server: RedisServer) -> RedisServer:
    """A Redis that holds nothing."""
    if _redis_server.process.poll() is not None:
        _redis_server.start()
    _redis_server.client.flushall()
    return _redis_server


@pytest.fixture
def redis_url(redis_server: RedisServer, app: Flask) -> str:
    """Let the desk of the test have a Redis."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], redis_url=redis_server.url)
    return redis_server.url


@pytest.fixture(params=["table", pytest.param("redis", marks=pytest.mark.redis)])
def url_of_relay(request: pytest.FixtureRequest) -> str | None:
    """How workers come by their jobs: None, from the table themselves; or from a relay through this Redis."""
    return None if request.param == "table" else request.getfixturevalue("redis_url")


@contextmanager
def relaying(app: Flask, url: str | None) -> Iterator[None]:
    """Let a relay be at work, if there is a Redis."""
    if url is None:
        yield
        return
    done = threading.Event()
    # As in the scheduler, its connections are its own: a worker drops its pool before it forks.
    thread = threading.Thread(target=relay, args=[create_app(app.config["SETTINGS"]), url, done])
    thread.start()
    yield
    done.set()
    thread.join()


def relay(its_own: Flask, url: str, done: threading.Event) -> None:
    """Do what the scheduler does with a relay, until told to stop; hold no connection between its turns."""
    with its_own.app_context():
        mine = Relay(url)
        while not done.is_set():
            with _in_database:
                with suppress(DBAPIError):
                    mine.turn()
                db.session.remove()
                db.engine.dispose()
            done.wait(0.02)


@pytest.fixture
def work(app: Flask, url_of_relay: str | None) -> Callable[[threading.Event], None]:
    """Run a worker until told to stop."""

    def run(stop: threading.Event) -> None:
        session().rollback()  # a worker that forks closes its connections; the test's must be among them
        with relaying(app, url_of_relay):
            run_worker(app, stop=stop)

    return run


@pytest.fixture
def work_off(work) -> Callable[[], None]:
    """Run a worker until no job is waiting or running."""
    watching = create_engine(session().get_bind().engine.url, poolclass=NullPool)
    busy = select(Job.id).where(Job.state.in_(["queued", "running"])).limit(1)

    def watch(stop: threading.Event) -> None:
        is_busy = True
        while is_busy:
            time.sleep(0.02)
            with _in_database, watching.connect() as connection:
                is_busy = connection.scalar(busy) is not None
        stop.set()

    def run() -> None:
        stop = threading.Event()
        watcher = threading.Thread(target=watch, args=[stop])
        watcher.start()
        work(stop)
        watcher.join()

    return run


@pytest.fixture
def marks(app: Flask) -> Iterator[None]:
    """A table without a unique key, so that a mark made twice is seen."""
    with transaction() as current:
        current.execute(text("CREATE TABLE test_mark (key TEXT NOT NULL)"))
    yield
    with transaction() as current:
        current.execute(text("DROP TABLE test_mark"))
