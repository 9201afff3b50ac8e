"""The web process: gunicorn with threads, told in code what must be set together."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from servicedesk.kernel.settings import Settings

STOP_WITHIN_SECONDS = 8  # the supervisor kills after ten
ARENAS = 2
_M_ARENA_MAX = -8  # malloc.h of the GNU library
KEPT_OPEN = 500  # idle connections of browsers that will ask again


class DeskLogger(Logger):  # type: ignore[misc]
    """gunicorn's lines among our own, in the same form."""

    def setup(self, cfg: object) -> None:
        """Hand every line to the root logger."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn without its command line."""

    def __init__(self, factory: Callable[[], Flask], options: dict[str, Any]) -> None:
        self.factory = factory
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.factory()


def allocate_in_few_places() -> bool:
    """Let all threads take memory from two places of the C library's; say whether it can be told that.

    It would give each thread one of its own, and what a page leaves behind in one serves no other. Threads
    take turns anyway, so nobody waits: twenty megabytes less after a crowd.
    """
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    return tell is not None and bool(tell(_M_ARENA_MAX, ARENAS))


def serve(factory: Callable[[], Flask], settings: Settings) -> None:
    """Serve the desk until SIGTERM or SIGINT; the process ends here."""
    allocate_in_few_places()
    _Server(factory, options(settings)).run()


def options(settings: Settings) -> dict[str, Any]:
    """Return gunicorn's settings for one process with as many threads as the desk is set to."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "bind": f"{host}:{settings.port}",
        "worker_class": "gthread",
        "workers": 1,
        "threads": settings.web_threads,
        # What exceeds the threads is kept open idle between requests; no more than that, and every poll of a
        # page would connect anew. (With several processes it would have to lie below the threads instead:
        # one would take connections in and let them wait while the others idle.)
        "worker_connections": settings.web_threads + KEPT_OPEN,
        "keepalive": 15,
        "timeout": 60,
        "graceful_timeout": STOP_WITHIN_SECONDS,
        "loglevel": "warning",
        "logger_class": DeskLogger,
        "proc_name": "servicedesk",
        "control_socket_disable": True,  # nobody asks it, and it would lie in the home folder
        "worker_tmp_dir": _folder_in_memory(),
    }


def _folder_in_memory() -> str | None:
    """Return where the sign of life is written: on a slow disk it would look like a dead process."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # nosec B108
