"""Long jobs run in a process of their own: nobody waits for them, and they end with the worker."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from servicedesk.kernel.jobs import job
from servicedesk.kernel.refs import System
from tests.kernel.working import count, count_up, enqueue, stored

pytestmark = [
    pytest.mark.usefixtures("kinds"),
    # A worker has one thread; here a second one watches it, of which later Pythons warn when it forks.
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


def appears(path: Path) -> bool:
    until = time.monotonic() + 20
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.02)
    return path.exists()


def test_a_long_job_runs_in_another_process_and_holds_up_nobody(work_off, tmp_path):
    @job("test.train", own_transactions=True, deadline_seconds=600)
    def train() -> None:
        assert appears(tmp_path / "short")
        count_up(System())
        (tmp_path / "long").write_text(str(os.getpid()))

    job("test.short")((tmp_path / "short").touch)
    before = count()
    enqueue("test.train", priority=0)
    enqueue("test.short")

    work_off()

    assert set(stored()) == {("test.train", "done", 1), ("test.short", "done", 1)}
    assert (tmp_path / "long").read_text() != str(os.getpid())
    assert count() == before + 1


def test_a_long_job_whose_process_is_killed_is_charged_for_it(work_off):
    @job("test.crash", own_transactions=True, deadline_seconds=600, max_attempts=1)
    def crash() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    enqueue("test.crash")

    work_off()

    assert stored() == [("test.crash", "dead", 1)]


def test_a_stop_ends_a_long_job_and_gives_it_back_uncharged(app, work, tmp_path):
    stop = threading.Event()

    @job("test.train", own_transactions=True, deadline_seconds=600)
    def train() -> None:
        (tmp_path / "begun").touch()
        time.sleep(600)

    enqueue("test.train")
    threading.Thread(target=lambda: (appears(tmp_path / "begun"), stop.set())).start()

    work(stop)

    assert (tmp_path / "begun").exists()
    assert stored() == [("test.train", "queued", 0)]
