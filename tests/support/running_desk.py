"""A desk as a user has it: `servicedesk run` in processes of its own, with the demo, on a free port."""

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "app")
STARTS_WITHIN_SECONDS = 120
LOADS_WITHIN_SECONDS = 600
STOPS_WITHIN_SECONDS = 20


@dataclass(frozen=True)
class RunningDesk:
    """Where the desk answers, and where it keeps its data."""

    url: str
    folder: Path
    signed_in: dict[str, list[Any]] = field(default_factory=dict, compare=False)  # cookies by role

    def sign_in_of(self, role: str) -> tuple[str, str]:
        """Return address and password of the demo's customer, agent, lead, manager or administrator."""
        rows = json.loads((self.folder / "demo-sign-ins.json").read_text("utf-8"))
        return next((row["email"], row["password"]) for row in rows if row["role"] == role)


@contextmanager
def running_desk(folder: Path) -> Iterator[RunningDesk]:
    """Run a desk on `folder`, an empty one that gets the demo, until the block ends."""
    shutil.copytree(_demo(), folder, dirs_exist_ok=True)
    port = _free_port()
    log = folder / "run.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*COMMAND, "run"], cwd=ROOT, env=_environment(folder, port), stdout=out, stderr=out
        )
    desk = RunningDesk(f"http://127.0.0.1:{port}", folder)
    try:
        _wait_for(desk, process, log)
        yield desk
    finally:
        process.terminate()
        process.wait(STOPS_WITHIN_SECONDS)


@cache
def _demo() -> Path:
    """Return a data folder with the demo in it, made once: loading it takes most of a start.

    TEST_DEMO names a folder that several test runs share; whoever comes first fills it.
    """
    shared = os.environ.get("TEST_DEMO")
    parent = Path(shared or mkdtemp(prefix="desk-demo-"))
    if not shared:
        atexit.register(shutil.rmtree, parent, ignore_errors=True)
    parent.mkdir(parents=True, exist_ok=True)
    with (parent / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not (parent / "data").exists():
            draft = parent / "draft"
            shutil.rmtree(draft, ignore_errors=True)
            _load_demo(draft)
            draft.rename(parent / "data")
    return parent / "data"


def _load_demo(folder: Path) -> None:
    made = subprocess.run(
        [*COMMAND, "prepare"],
        cwd=ROOT,
        env=_environment(folder),
        capture_output=True,
        text=True,
        timeout=LOADS_WITHIN_SECONDS,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-4000:]


def _environment(folder: Path, port: int = 8000) -> dict[str, str]:
    """Return what the desk gets to see: nothing of the caller's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "DEMO": "1",
        "DESK_LOG_LEVEL": "warning",
        # Customers of a journey need not wait until a reply can no longer be taken back.
        "DESK_UNDO_SECONDS": "0",
        "PYTHONPATH": str(ROOT),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(desk: RunningDesk, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once web, worker and scheduler are at work."""
    give_up = time.monotonic() + STARTS_WITHIN_SECONDS
    while not is_ready(desk.url):
        assert process.poll() is None, f"The desk ended:\n{log.read_text()[-4000:]}"
        assert time.monotonic() < give_up, f"The desk does not answer:\n{log.read_text()[-4000:]}"
        time.sleep(0.2)


def is_ready(url: str) -> bool:
    """Say whether a desk answers there, with a worker and a scheduler at work."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310  (our own)
            return bool(json.load(answer)["status"] == "ready")
    except (urllib.error.URLError, OSError):
        return False
