"""Sweepers to be killed: processes that announce what is due until somebody kills them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import app
from benchmarks.dataset import ROOT
from servicedesk.kernel import clock
from servicedesk.kernel.db import session
from sla.sweep import sweep

SWEEPERS = 4


class Running:
    """The sweepers, each of which is started again once it was killed.

    A process that has loaded the desk forks them: loading it for each would take longer than they live.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "benchmarks.killing"]
        self.nursery = subprocess.Popen(
            command,
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pids = [self._start() for _ in range(SWEEPERS)]

    def _start(self) -> int:
        asked, told = self.nursery.stdin, self.nursery.stdout
        if asked is None or told is None:
            raise RuntimeError("the nursery cannot be spoken to")
        print("one more", file=asked, flush=True)
        return int(told.readline())

    def kill(self, place: int) -> None:
        """Kill one as the machine would, and start another in its place."""
        os.kill(self.pids[place], signal.SIGKILL)
        self.pids[place] = self._start()

    def end(self) -> None:
        """Kill all of them, and whoever forks them."""
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        self.nursery.kill()
        self.nursery.communicate()


@contextmanager
def sweepers(environment: Mapping[str, str]) -> Iterator[Running]:
    """Let four sweepers run on the desk that the environment describes; CRASH_OFFSET names their clock."""
    running = Running(environment)
    try:
        yield running
    finally:
        running.end()


def _fork_sweepers() -> None:
    """Fork a sweeper for each line that is read, and print its number."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    desk = app.desk(level="error")
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            with desk.app_context():
                _sweep_on()
        print(pid, flush=True)


def _sweep_on() -> None:
    """Be a sweeper until somebody kills this process; the time is the machine's and what the file says."""
    offset = Path(os.environ["CRASH_OFFSET"])

    def told() -> float:
        try:
            return float(offset.read_text() or 0)
        except (OSError, ValueError):
            return 0.0

    clock.set_source(lambda: clock.system_time() + timedelta(seconds=told()))
    while True:
        sweep(batch=10)
        session().rollback()
        time.sleep(0.05)


if __name__ == "__main__":
    _fork_sweepers()
