"""Processes that go on from what this one has loaded: ready at once, and what they only read stays shared."""

import ctypes
import gc
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

# Elsewhere the system's own libraries may have threads of which nobody told Python.
CAN_FORK = sys.platform == "linux"


class Forked:
    """A child of this process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the child runs."""
        return self._wait(os.WNOHANG)

    def wait(self) -> int | None:
        """Wait for its end and return the exit code."""
        return self._wait(0)

    def _wait(self, options: int) -> int | None:
        if self.code is None:
            pid, status = os.waitpid(self.pid, options)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code


def settle() -> None:
    """Leave what is loaded by now out of every later collection: looking at it would copy its pages."""
    gc.collect()
    gc.freeze()


def fork(work: Callable[[], object], *, output: int | None = None, close: Iterable[int] = ()) -> Forked:
    """Start a child that does `work` and ends; an exception there is printed and ends it with exit code 1.

    output: file descriptor for what it writes; with it the child has a process group of its own and no
    input. close: descriptors of this process that the child is not to keep. Must be called in the only thread
    of a process without open connections: the child would share them.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # or the child would write it once more
    parent = os.getpid()
    # A stop that comes before the child has its own handlers must not go to the parent's.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    try:
        pid = os.fork()
        if pid == 0:
            _live(work, parent, output, close, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return Forked(pid)


def die_with(parent: int) -> None:
    """Runs in a child that has just begun: let the kernel stop it when `parent` is gone."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # gone between the fork and the line above
            os._exit(1)


def _live(
    work: Callable[[], object],
    parent: int,
    output: int | None,
    close: Iterable[int],
    before: Iterable[int | signal.Signals],
) -> None:
    """The child's whole life; it never returns to what its parent was doing."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in _HANDLED:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        die_with(parent)
        if output is not None:
            _write_to(output)
        for descriptor in close:
            os.close(descriptor)
        work()
        code = 0
    except SystemExit as leaving:
        code = _exit_code(leaving.code)
    except KeyboardInterrupt:
        code = 130
    except BaseException:  # noqa: BLE001  whatever it was, the parent's stack is not the place to tell of it
        with suppress(OSError):  # nobody may be left to read it
            traceback.print_exc()
    finally:
        _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process whatever happens: what is left of its stack belongs to the parent."""
    try:
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
    finally:
        os._exit(code)


def _write_to(output: int) -> None:
    os.setpgid(0, 0)  # Ctrl-C at the terminal reaches the parent alone
    nothing = os.open(os.devnull, os.O_RDONLY)
    for here, there in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(here, there)
    os.close(nothing)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True)


def _exit_code(code: object) -> int:
    """Return what Python would end with for `SystemExit(code)`."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)  # noqa: T201
    return 1
