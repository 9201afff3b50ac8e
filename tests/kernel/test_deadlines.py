"""Deadlines: an exception where Python runs, the end of the process where it does not."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from servicedesk.kernel.deadlines import DeadlinePassed, deadline

ROOT = Path(__file__).parents[2]
# Adding in C looks at no signal until it is through.
DEAF = """
from servicedesk.kernel import deadlines
deadlines.GRACE_SECONDS = 0.2
with deadlines.deadline(0.1):
    sum(range(10**12))
"""


def test_work_that_is_done_in_time_is_left_alone():
    before = signal.getsignal(signal.SIGALRM)

    with deadline(0.05):
        pass
    time.sleep(0.1)

    assert signal.getsignal(signal.SIGALRM) == before


def test_work_that_takes_too_long_is_interrupted():
    started = time.monotonic()

    with pytest.raises(DeadlinePassed), deadline(0.05):
        time.sleep(20)

    assert time.monotonic() - started < 5


def test_a_process_that_cannot_be_interrupted_ends_and_says_where_it_was():
    done = subprocess.run(
        [sys.executable, "-c", DEAF], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )

    assert done.returncode == 1
    assert "line 5 in <module>" in done.stderr
