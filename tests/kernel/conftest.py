"""What tests of background jobs share."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import NullPool, create_engine, select

from servicedesk.kernel import jobs
from servicedesk.kernel.db import session
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.worker import run_worker


@pytest.fixture
def kinds() -> Iterator[None]:
    """Forget afterwards what kinds of job the test has registered."""
    kept = dict(jobs.kinds)
    yield
    jobs.kinds.clear()
    jobs.kinds.update(kept)


@pytest.fixture
def work(app) -> Callable[[threading.Event], None]:
    """Run a worker until told to stop."""

    def run(stop: threading.Event) -> None:
        session().rollback()  # a worker that forks closes its connections; the test's must be among them
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
            with watching.connect() as connection:
                is_busy = connection.scalar(busy) is not None
        stop.set()

    def run() -> None:
        stop = threading.Event()
        watcher = threading.Thread(target=watch, args=[stop])
        watcher.start()
        work(stop)
        watcher.join()

    return run
