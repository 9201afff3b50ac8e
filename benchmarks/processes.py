"""Process trees under measurement: started, waited for, and read out of /proc (Linux only)."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
START_SECONDS = 120


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, its first process, and the seconds until its first answer."""

    url: str
    pid: int
    seconds_to_first_answer: float


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], port: int, *, log: Path, health: str = "/healthz"
) -> Iterator[Server]:
    """Start `command`, wait until it answers, and stop it with everything it has started."""
    started = time.monotonic()
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url + health, process, log)
        yield Server(url, process.pid, time.monotonic() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def cpu_seconds(roots: Iterable[int]) -> float:
    """Return user and system time that the trees below `roots` have used, ended children included."""
    return sum(sum(map(int, _stat(pid)[11:15])) for pid in _trees(roots)) / TICKS_PER_SECOND


def scheduled_seconds(roots: Iterable[int]) -> float:
    """Return the same to the nanosecond, of threads that still run: for what takes less than a tick."""
    return sum(map(_scheduled_nanoseconds, _trees(roots))) / 1e9


def memory_megabytes(roots: Iterable[int]) -> float:
    """Return the memory of the trees in 10^6 bytes; pages that several processes share count once (PSS)."""
    return sum(_proportional_kilobytes(pid) for pid in _trees(roots)) * 1024 / 1e6


def parent_of(pid: int) -> int:
    """Return the process that started `pid`."""
    return int(_stat(pid)[1])


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"{url} ended at once:\n{log.read_text('utf-8')[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  (our own http address)
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise SystemExit(f"{url} did not answer within {START_SECONDS} s; see {log}")


def _trees(roots: Iterable[int]) -> set[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(parent_of(int(entry.name)), []).append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += children.get(pid, [])
    return found


def _scheduled_nanoseconds(pid: int) -> int:
    texts = (path.read_text("utf-8") for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int(text.split()[0]) for text in texts)


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the command's name, which may hold blanks."""
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()


def _proportional_kilobytes(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
