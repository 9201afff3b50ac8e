"""Long jobs (such as training) run in a child process of the worker, one at a time.

They neither hold up the short ones nor leave their memory behind.
"""

import os
import secrets
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from flask import Flask

from servicedesk.kernel import heartbeats, job_queue, jobs, logs
from servicedesk.kernel.db import db
from servicedesk.kernel.job_queue import Claim

LONG_SECONDS = 60
LEASE_MARGIN_SECONDS = 15
STOPS_WITHIN_SECONDS = 5

log = logs.logger(__name__)


def long_kinds() -> frozenset[str]:
    """Return the kinds of job that run in a child process: own transactions, a deadline over LONG_SECONDS."""
    return frozenset(
        kind.name
        for kind in jobs.kinds.values()
        if kind.own_transactions and kind.deadline_seconds > LONG_SECONDS
    )


@dataclass
class _Child:
    pid: int
    name: str
    until: float  # monotonic seconds; a child that is still here then hangs where no deadline reaches it


class LongJobs:
    """The child process of a worker, if there is one. `run` executes a claimed job and records its end."""

    def __init__(self, app: Flask, run: Callable[[Flask, Claim], bool]) -> None:
        self.app = app
        self.run = run
        self.child: _Child | None = None

    @property
    def is_busy(self) -> bool:
        """Say whether a long job is running."""
        return self.child is not None

    def begin(self, claim: Claim) -> None:
        """Run the claimed job in a new process; only while none is running."""
        with self.app.app_context():
            # SQLite's locks belong to the process: a connection must not be open on both sides of a fork.
            db.session.remove()
            db.engine.dispose()
        token = secrets.token_hex(4)
        pid = os.fork()
        if pid == 0:
            self._be_child(claim, token)
        allowed = jobs.kinds[claim.kind].deadline_seconds + 2 * LEASE_MARGIN_SECONDS
        self.child = _Child(pid, heartbeats.process_name(pid, token), time.monotonic() + allowed)

    def _be_child(self, claim: Claim, token: str) -> NoReturn:
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            name = heartbeats.process_name(token=token)
            with self.app.app_context():
                # Another thread may have left a connection in the pool since: two processes that read from
                # one would take each other's answers. It is the parent's, so it is not closed here.
                db.engine.dispose(close=False)
                claim = job_queue.hand_over(claim, name)
                lease = jobs.kinds[claim.kind].deadline_seconds + 2 * LEASE_MARGIN_SECONDS
                job_queue.renew(name, lease_seconds=lease)
            self.run(self.app, claim)
            code = 0
        except Exception:
            log.exception("child of the worker failed")
        finally:
            os._exit(code)

    def has_crashed(self) -> bool:
        """Ask after the child; True if it has ended badly, so that its job is to be recovered."""
        if self.child is None:
            return False
        if time.monotonic() > self.child.until:
            log.warning("child of the worker hangs and is stopped")
            os.kill(self.child.pid, signal.SIGKILL)
        pid, status = os.waitpid(self.child.pid, os.WNOHANG)
        if pid:
            self.child = None
        return bool(pid and status)

    def stop(self) -> str | None:
        """End the child, if there is one; return the name under which it held its job."""
        if self.child is None:
            return None
        name, pid, self.child = self.child.name, self.child.pid, None
        _stop_process(pid)
        return name


def _stop_process(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + STOPS_WITHIN_SECONDS
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return
        time.sleep(0.05)
