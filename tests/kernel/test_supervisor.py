"""The supervisor keeps web, worker and scheduler running and leaves nothing behind (R27)."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servicedesk.kernel.supervisor import Patience, pause_before_restart, port_is_free

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="waits by pidfd, dies with its parent by prctl"
)

ROOT = Path(__file__).parents[2]
PATIENT_SECONDS = 20  # a test waits this long before it fails; nothing waits this long when all is well

SUPERVISE = """
import json, sys
from servicedesk.kernel.supervisor import Child, Patience, supervise
children, patience, is_forked = map(json.loads, sys.argv[1:])
def work(code):
    return (lambda: exec(code)) if is_forked else [sys.executable, "-Sc", code]
children = [Child(name, work(code)) for name, code in children.items()]
sys.exit(supervise(children, patience=Patience(**patience)))
"""
STEADY = "import os, time; print('pid', os.getpid()); time.sleep(60)"
PARENT = (
    "import os, subprocess, time; kid = subprocess.Popen(['sleep', '60']);"
    " print('pid', os.getpid(), 'kid', kid.pid); time.sleep(60)"
)
DEAF = "import os, signal, time; signal.signal(15, signal.SIG_IGN); print('pid', os.getpid()); time.sleep(60)"
FAILING = "import sys; sys.stdout.write('no newline at the end'); sys.exit(3)"


class Running:
    """A supervisor in a process of its own, and what it says."""

    def __init__(self, children: dict[str, str], patience: dict[str, float], *, is_forked: bool) -> None:
        patience = {"first_pause_seconds": 0.01} | patience
        arguments = [json.dumps(given) for given in (children, patience, is_forked)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self.process.stdout is not None
        self.output = self.process.stdout
        self.said = ""

    def hears(self, pattern: str) -> re.Match[str]:
        """Return the first match of `pattern` in what is said from now on."""
        while not (match := re.search(pattern, self.said)):
            assert select.select([self.output], [], [], PATIENT_SECONDS)[0], (
                f"never said {pattern}: {self.said}"
            )
            said = os.read(self.output.fileno(), 65536)
            assert said, f"ended without {pattern}: {self.said}"
            self.said += said.decode()
        self.said = self.said[match.end() :]
        return match

    def pid(self, pattern: str) -> int:
        return int(self.hears(pattern).group(1))

    def asked_to_stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENT_SECONDS)


def ends(pid: int) -> bool:
    """Wait for a process that is not our child; say whether it ended."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], PATIENT_SECONDS)[0])
    finally:
        os.close(watched)


@pytest.fixture(params=["programs", "forks"])
def supervised(request) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(patience: dict[str, float] | None = None, **children: str) -> Running:
        started.append(Running(children, patience or {}, is_forked=request.param == "forks"))
        return started[-1]

    yield start
    for running in started:
        running.process.kill()
        running.process.wait()
        running.output.close()


def test_each_line_carries_the_name_of_the_child_that_said_it(supervised):
    running = supervised(web=STEADY, worker="import time; print('one\\ntwo'); time.sleep(60)")

    assert running.hears(r"worker +\| one\n(?:web .*\n)*worker +\| two\n")


def test_a_killed_child_is_started_again(supervised):
    running = supervised(worker=STEADY)
    first = running.pid(r"worker +\| pid (\d+)\n")

    os.kill(first, signal.SIGKILL)

    assert running.hears(r"worker was ended by SIGKILL; starting it again")
    assert running.pid(r"worker +\| pid (\d+)\n") != first


def test_what_a_dead_child_had_started_does_not_live_on_beside_its_successor(supervised):
    running = supervised(web=PARENT)
    leader, kid = map(int, running.hears(r"pid (\d+) kid (\d+)\n").groups())

    os.kill(leader, signal.SIGKILL)

    assert ends(kid)


def test_a_stop_reaches_every_child_and_ends_with_exit_code_0(supervised):
    running = supervised(web=STEADY, worker=STEADY)
    pids = {running.pid(r"pid (\d+)\n"), running.pid(r"pid (\d+)\n")}

    code = running.asked_to_stop()

    assert code == 0
    assert all(ends(pid) for pid in pids)


def test_a_child_that_ignores_the_stop_is_killed_after_the_agreed_time(supervised):
    running = supervised({"stop_seconds": 0.2}, worker=DEAF)
    deaf = running.pid(r"pid (\d+)\n")

    code = running.asked_to_stop()

    assert code == 1
    assert running.hears(r"worker did not stop in 0\.2 s")
    assert ends(deaf)


def test_a_child_that_keeps_dying_ends_everything_with_a_sentence(supervised):
    running = supervised({"deaths": 3}, web=STEADY, worker=FAILING)
    steady = running.pid(r"web +\| pid (\d+)\n")

    code = running.process.wait(PATIENT_SECONDS)

    assert code == 1
    assert running.hears(r"worker +\| no newline at the end\n")
    assert running.hears(r"worker ended with exit code 3, death 3 within 30 s: giving up\.")
    assert ends(steady)


def test_children_do_not_outlive_a_supervisor_that_was_killed(supervised):
    running = supervised(worker=STEADY)
    orphan = running.pid(r"pid (\d+)\n")

    running.process.kill()

    assert ends(orphan)


@pytest.mark.parametrize(
    ("deaths", "pause"),
    [([100.0], 0.5), ([100.0, 101.0], 1.0), ([1.0, 2.0, 3.0, 100.0], 0.5), ([10.0, 12, 14, 16], 4.0)],
)
def test_the_pause_doubles_with_each_death_inside_the_window(deaths, pause):
    assert pause_before_restart(deaths, Patience()) == pause


def test_five_deaths_within_thirty_seconds_are_enough():
    assert pause_before_restart([1.0, 5, 9, 15, 30], Patience()) is None


def test_a_port_somebody_listens_on_is_not_free():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert not port_is_free("127.0.0.1", port)

    assert port_is_free("127.0.0.1", port)
