"""Worker and scheduler: what each does from its start until it is told to stop."""

import signal
import threading
from typing import TYPE_CHECKING

from servicedesk.kernel.scheduler import run_scheduler
from servicedesk.kernel.worker import run_worker

if TYPE_CHECKING:
    from flask import Flask


def worker(app: "Flask") -> None:
    """Run background jobs."""
    run_worker(app, stop=_stop_at_signals())


def scheduler(app: "Flask") -> None:
    """Put periodic jobs into the queue when they are due."""
    run_scheduler(app, stop=_stop_at_signals())


def _stop_at_signals() -> threading.Event:
    """Return an event that is set by SIGTERM and SIGINT."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: asked.set())
    return asked
