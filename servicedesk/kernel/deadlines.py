"""Deadlines for work in the main thread: an exception first, then the end of the process."""

import faulthandler
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

GRACE_SECONDS = 10


class DeadlinePassed(BaseException):
    """The work took too long. No Exception, so that a library's `except Exception` does not swallow it."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise DeadlinePassed inside the block after `seconds`; main thread only.

    Python runs no signal handler while C code does not return. Therefore, GRACE_SECONDS later, the process
    writes its traceback and ends with exit code 1; whoever started it starts it again.
    """
    before = signal.signal(signal.SIGALRM, _pass)
    faulthandler.dump_traceback_later(seconds + GRACE_SECONDS, exit=True, file=sys.__stderr__ or 2)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)


def _pass(_number: int, _frame: FrameType | None) -> None:
    raise DeadlinePassed
