"""Processes of a desk as an operator starts them, each by its own command, on one database."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL

ROOT = Path(__file__).parents[2]


class Processes:
    """What was started so far. Each process writes its log into the folder."""

    def __init__(self, folder: Path, database: URL) -> None:
        self.folder = folder
        self.environment = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        } | {
            "DATA_DIR": str(folder),
            "DATABASE_URL": database.render_as_string(hide_password=False),
            "SECRET_KEY": "k" * 40,
            "DEMO": "0",
            "PYTHONPATH": str(ROOT),
        }
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start `servicedesk COMMAND`, which in tests knows one more kind of job."""
        with (self.folder / f"{command[0]}-{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.kernel.marking_desk", *command],
                cwd=ROOT,
                env=self.environment | settings,
                stdout=log,
                stderr=log,
            )
        self.started.append(process)
        return process

    def logs(self) -> str:
        """Return the end of each log."""
        return "\n".join(
            f"{log.name}:\n{log.read_text()[-2000:]}" for log in sorted(self.folder.glob("*.log"))
        )

    def kill(self) -> None:
        """End every process at once."""
        for process in self.started:
            process.kill()
        for process in self.started:
            process.wait()
