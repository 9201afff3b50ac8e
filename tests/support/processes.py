"""Processes of a desk as an operator starts them, each by its own command, on one database."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL

ROOT = Path(__file__).parents[2]


class Processes:
    """What was started so far. Each process writes its log into the folder."""

    module = "tests.kernel.marking_desk"  # which knows one more kind of job

    def __init__(self, folder: Path, database: URL, **settings: str) -> None:
        self.folder = folder
        self.environment = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        } | {
            "DATA_DIR": str(folder),
            "DATABASE_URL": database.render_as_string(hide_password=False),
            "SECRET_KEY": "k" * 40,
            "DEMO": "0",
            "PYTHONPATH": str(ROOT),
            **settings,
        }
        self.started: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, *command: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start `servicedesk COMMAND`, which in tests knows one more kind of job."""
        with (self.folder / f"{command[0]}-{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", self.module, *command],
                cwd=ROOT,
                env=self.environment | settings,
                stdout=log,
                stderr=log,
            )
        self.started.append((command[0], process))
        return process

    def logs(self) -> str:
        """Return the end of each log."""
        return "\n".join(
            f"{log.name}:\n{log.read_text()[-2000:]}" for log in sorted(self.folder.glob("*.log"))
        )

    def kill(self) -> None:
        """End every process at once."""
        for _name, process in self.started:
            process.kill()
        for _name, process in self.started:
            process.wait()

    def kill_one(self, command: str) -> None:
        """End one process of that command, as a crash would."""
        process = next(process for name, process in self.started if name == command)
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
