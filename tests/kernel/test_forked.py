"""A process that goes on from another: what it ends with, says and shares (R27)."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from servicedesk.kernel.forked import CAN_FORK, Forked, fork

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="forks on Linux only")

ROOT = Path(__file__).parents[2]
# What `servicedesk run` has loaded when it forks.
LOADED = """
import os
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import app
app.desk()
tasks = os.listdir("/proc/self/task")
kept = [os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if int(name) > 2]
data = os.environ["DATA_DIR"]
print(len(tasks), [path for path in kept if "socket:" in path or path.startswith(data)])
"""

# The child says something down a pipe that nobody reads, and then fails.
UNHEARD = """
import os
from servicedesk.kernel.forked import fork
def work():
    print("to nobody")
    raise ValueError("nor this")
parent = os.getpid()
ours, theirs = os.pipe()
os.close(ours)
heard = os.dup(1)
try:
    code = fork(work, output=theirs).wait()
finally:
    name = b"parent" if os.getpid() == parent else b"child, back in its parent's work"
    os.write(heard, name + b" ")
print(code)
"""


def leave(code: object) -> Forked:
    def work() -> None:
        raise SystemExit(code)

    return fork(work)


@pytest.mark.parametrize(("code", "expected"), [(None, 0), (0, 0), (3, 3), ("a sentence", 1)])
def test_it_ends_with_the_exit_code_that_its_work_asks_for(code, expected, capfd):
    assert leave(code).wait() == expected


def test_what_its_work_raises_is_told_there_and_does_not_come_back_here(capfd):
    def work() -> None:
        raise ValueError("on its own")

    child = fork(work)

    assert child.wait() == 1
    assert "ValueError: on its own" in capfd.readouterr().err


def test_a_signal_shows_in_its_exit_code():
    child = fork(lambda: time.sleep(60))

    assert child.poll() is None
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert child.poll() == -signal.SIGKILL


def test_its_output_goes_where_it_was_told_and_it_reads_nothing():
    ours, theirs = os.pipe()

    def work() -> None:
        heard, is_leader = os.read(0, 10), os.getpgid(0) == os.getpid()
        os.write(1, f"heard {heard!r}, leads its group: {is_leader}".encode())

    child = fork(work, output=theirs)
    os.close(theirs)

    with os.fdopen(ours) as said:
        assert said.read() == "heard b'', leads its group: True"
    assert child.wait() == 0


def test_it_ends_by_itself_where_nobody_reads_what_it_says():
    environment = {"PATH": os.environ["PATH"]}  # without what would leave nothing to be written at the end

    found = subprocess.run(
        [sys.executable, "-c", UNHEARD], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert found.stdout == "parent 1\n"


def test_a_loaded_desk_has_one_thread_and_no_connection_before_it_is_forked(tmp_path):
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DEMO": "0"}

    found = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert found.stdout == "1 []\n"
