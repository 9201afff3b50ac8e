"""Wires the room of notify into the app."""

from flask import Flask

from servicedesk.notify import digests as _digests  # noqa: F401  the import registers its jobs
from servicedesk.notify import mailed_links as _mailed_links  # noqa: F401  the import registers its letters
from servicedesk.notify import request_letters as _request_letters  # noqa: F401


def init_app(_app: Flask) -> None:
    """Let letters be written."""
