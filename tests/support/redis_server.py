"""A Redis server of a test's own, on a socket in a folder: no port is needed, nobody else's data touched."""

import shutil
import subprocess
import time
from pathlib import Path
from tempfile import mkdtemp

from redis import Redis
from redis.exceptions import RedisError

ANSWERS_WITHIN_SECONDS = 20


class RedisServer:
    """Starts when made. It forgets everything when it ends: what the desk needs must not lie there."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="desk-redis-"))  # short: a socket's path has 107 bytes at most
        self.url = f"unix://{self.folder}/socket"
        self.client = Redis.from_url(self.url)
        self.start()

    def start(self) -> None:
        """Start (again) and return when it answers."""
        program = shutil.which("redis-server")
        assert program, "redis-server is missing: install it, or leave these tests out with -m 'not redis'"
        options = [
            "--port",
            "0",
            "--unixsocket",
            f"{self.folder}/socket",
            "--save",
            "",
            "--dir",
            str(self.folder),
        ]
        self.process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        give_up = time.monotonic() + ANSWERS_WITHIN_SECONDS
        while not self._answers():
            assert self.process.poll() is None, "redis-server ended at once"
            assert time.monotonic() < give_up, "redis-server does not answer"
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End it and leave nothing behind."""
        self.client.close()
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
