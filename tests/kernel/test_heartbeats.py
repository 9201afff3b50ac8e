"""Signs of life of workers and schedulers."""

import subprocess
import sys

import pytest

from servicedesk.kernel import heartbeats
from servicedesk.kernel.heartbeats import beat, is_gone, last_beat, process_name, stop_beating


def test_names_differ_and_fit_the_column():
    names = {process_name() for _ in range(10)}

    assert len(names) == 10
    assert max(map(len, names)) <= 64


def test_this_process_is_not_gone():
    assert not is_gone(process_name())


def test_a_process_that_ended_on_this_machine_is_gone():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert is_gone(process_name(ended.pid))


def test_of_a_process_on_another_machine_nothing_is_known(monkeypatch):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    name = process_name(ended.pid)
    monkeypatch.setattr(heartbeats, "_machine", lambda: "other-machine")

    assert not is_gone(name)


@pytest.mark.usefixtures("app")
def test_the_last_beat_of_a_role_is_the_latest_of_its_processes(clock):
    beat("m:1:a", "worker")
    first = clock.at
    clock.move(seconds=10)
    beat("m:2:b", "worker")
    beat("m:3:c", "scheduler")

    assert last_beat("worker") == clock.at
    stop_beating("m:2:b")
    assert last_beat("worker") == first
    assert last_beat("web") is None


@pytest.mark.usefixtures("app")
def test_a_process_that_was_silent_for_a_day_is_forgotten(clock):
    beat("m:1:a", "worker")
    clock.move(days=1, seconds=1)

    beat("m:3:c", "scheduler")

    assert last_beat("worker") is None
