"""A worker process for test_worker_killed.py: like `servicedesk worker`, with a job that leaves a mark."""

import os
import signal
import threading

from sqlalchemy import text

from app import create_app
from servicedesk.kernel import logs
from servicedesk.kernel.db import session
from servicedesk.kernel.jobs import job
from servicedesk.kernel.settings import load
from servicedesk.kernel.worker import run_worker


@job("test.mark")
def mark(*, key: str) -> None:
    session().execute(text("INSERT INTO test_mark (key) VALUES (:key)"), {"key": key})


def main() -> None:
    logs.configure()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run_worker(create_app(load(os.environ)), stop=stop)


if __name__ == "__main__":
    main()
