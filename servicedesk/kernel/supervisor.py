"""Keeps the processes of a desk running under one parent: starts, restarts and stops them together."""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import BinaryIO

from servicedesk.kernel.forked import Forked, die_with, fork

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True)
class Child:
    """A process to keep running: a program, or what goes on from all that the supervisor has loaded.

    work: either; a program is its command line. environment: added to the supervisor's own for a program.
    delay_seconds: how long its first start waits, so that what people wait for has the processors first.
    """

    name: str
    work: Sequence[str] | Callable[[], object]
    environment: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0


_SELF = Child("supervisor", ())


@dataclass(frozen=True)
class Patience:
    """When to restart, when to give up, and how long to wait for a stop."""

    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 8
    deaths: int = 5
    window_seconds: float = 30
    stop_seconds: float = 10


def supervise(
    children: Iterable[Child], *, patience: Patience | None = None, out: BinaryIO | None = None
) -> int:
    """Run `children` until SIGTERM, SIGINT or SIGHUP, and return the exit code for the supervisor.

    0: asked to stop, and every child did so in time. 1: a child kept dying or had to be killed.
    Must run in the main thread of a process that has no other thread and no connection (it forks).
    """
    return _Supervisor(children, patience or Patience(), out or sys.stdout.buffer).run()


def pause_before_restart(deaths: Sequence[float], patience: Patience) -> float | None:
    """Return the seconds to wait before the next start, or None when it is time to give up.

    deaths: moments in seconds, the latest last. The pause doubles with each death inside the window.
    """
    *_, latest = deaths
    recent = sum(moment > latest - patience.window_seconds for moment in deaths)
    if recent >= patience.deaths:
        return None
    return min(patience.first_pause_seconds * 2.0 ** (recent - 1), patience.longest_pause_seconds)


def port_is_free(host: str, port: int) -> bool:
    """Say whether a server could listen on `host`:`port` now."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror:
        return False
    for family, kind, protocol, _name, address in found:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web server does
            try:
                probe.bind(address)
            except OSError:
                return False
    return True


class _Ward:
    """One child over its lives: the running process, what it has said, and when it died."""

    def __init__(self, child: Child, width: int) -> None:
        self.child = child
        self.prefix = f"{child.name:<{width}} | ".encode()
        self.process: subprocess.Popen[bytes] | Forked | None = None
        self.output = -1  # file descriptor of what the process writes
        self.unfinished = b""
        self.start_at = time.monotonic() + child.delay_seconds
        self.deaths: list[float] = []  # monotonic seconds

    def start(self, close: Iterable[int]) -> None:
        """Start the process; `close`: descriptors of the supervisor's that are none of its business."""
        self.output, theirs = os.pipe()
        os.set_blocking(self.output, False)
        work = self.child.work
        if callable(work):
            self.process = fork(work, output=theirs, close=(*close, self.output, theirs))
        else:
            self.process = self._program(work, theirs)
        os.close(theirs)

    def _program(self, command: Sequence[str], output: int) -> subprocess.Popen[bytes]:
        parent = os.getpid()
        return subprocess.Popen(  # noqa: S603  (the commands are our own)
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.child.environment},
            process_group=0,  # Ctrl-C at the terminal reaches the supervisor alone
            preexec_fn=lambda: die_with(parent),  # noqa: PLW1509  (the supervisor has one thread)
        )

    def send(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to the process, or to it and everything it has started."""
        if self.process is not None:
            # Nobody is left, or (on macOS) only a corpse that has not been collected yet.
            with suppress(ProcessLookupError, PermissionError):
                (os.killpg if group else os.kill)(self.process.pid, number)

    def read(self) -> bytes | None:
        """Return what the process has written; b"" at the end, None while there is nothing new."""
        try:
            return os.read(self.output, 65536)
        except BlockingIOError:
            return None

    def lines(self, said: bytes) -> bytes:
        """Return the whole lines of what was kept before and `said`, each with the child's name."""
        *whole, self.unfinished = (self.unfinished + said).split(b"\n")
        return b"".join(self.prefix + line + b"\n" for line in whole)


class _Supervisor:
    """The loop: one thread that waits for output, signals, deaths and the moment of the next start."""

    def __init__(self, children: Iterable[Child], patience: Patience, out: BinaryIO) -> None:
        known = list(children)
        width = max(len(child.name) for child in [*known, _SELF])
        self.wards = [_Ward(child, width) for child in known]
        self.voice = _Ward(_SELF, width)
        self.patience = patience
        self.out = out
        self.selector = selectors.DefaultSelector()
        self.is_asked_to_stop = False
        self.kill_at: float | None = None  # monotonic seconds; set once the stop has begun
        self.exit_code = 0

    def run(self) -> int:
        with _signals_into(self.selector, self._ask_to_stop), self.selector:
            try:
                while self.kill_at is None or any(ward.process for ward in self.wards):
                    self._turn()
            finally:  # whatever happened here, no child stays behind
                for ward in self.wards:
                    ward.send(signal.SIGKILL, group=True)
        return self.exit_code

    def _turn(self) -> None:
        if self.is_asked_to_stop:
            self._stop()
        for ward in self.wards:
            if ward.process is None and self.kill_at is None and ward.start_at <= time.monotonic():
                ward.start(self._own_descriptors())
                self.selector.register(ward.output, selectors.EVENT_READ, ward)
        for key, _events in self.selector.select(self._seconds_to_sleep()):
            if isinstance(key.data, _Ward):
                self._relay(key.data)
            else:
                os.read(key.fd, 4096)  # it only had to wake us
        for ward in self.wards:
            if ward.process is not None and (code := ward.process.poll()) is not None:
                self._bury(ward, code)
        if self.kill_at is not None and self.kill_at <= time.monotonic():
            self._kill_late()

    def _own_descriptors(self) -> list[int]:
        return [key.fd for key in self.selector.get_map().values()]

    def _seconds_to_sleep(self) -> float:
        if self.is_asked_to_stop and self.kill_at is None:
            return 0  # asked between the check and here
        moments = [ward.start_at for ward in self.wards if ward.process is None]
        if self.kill_at is not None:
            moments = [self.kill_at]
        # The second at the end bounds how late a death is noticed should its signal be lost.
        return max(min([moment - time.monotonic() for moment in moments] + [1.0]), 0)

    def _relay(self, ward: _Ward) -> None:
        """Pass on what a child has said by now; once it has closed its output, stop listening."""
        while said := ward.read():
            self._write(ward.lines(said))
        if said == b"":
            self.selector.unregister(ward.output)
            os.close(ward.output)
            ward.output = -1

    def _bury(self, ward: _Ward, code: int) -> None:
        ward.send(signal.SIGKILL, group=True)  # what it started would hold the port or do its work twice
        if ward.output >= 0:
            self._relay(ward)
        if ward.output >= 0:
            self.selector.unregister(ward.output)
            os.close(ward.output)
        if ward.unfinished:
            self._write(ward.lines(b"\n"))
        ward.process = None
        if self.kill_at is None:
            self._restart_or_give_up(ward, code)

    def _restart_or_give_up(self, ward: _Ward, code: int) -> None:
        now, patience = time.monotonic(), self.patience
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        ward.deaths.append(now)
        pause = pause_before_restart(ward.deaths, patience)
        if pause is None:
            self._say(
                f"{ward.child.name} {how}, death {patience.deaths} within {patience.window_seconds:g} s:"
                " giving up. Its lines above say why."
            )
            self.exit_code = 1
            self._stop()
        else:
            self._say(f"{ward.child.name} {how}; starting it again in {pause:g} s.")
            ward.start_at = now + pause

    def _ask_to_stop(self) -> None:
        self.is_asked_to_stop = True

    def _stop(self) -> None:
        if self.kill_at is None:
            self.kill_at = time.monotonic() + self.patience.stop_seconds
            for ward in self.wards:
                ward.send(signal.SIGTERM)

    def _kill_late(self) -> None:
        self.kill_at = time.monotonic() + self.patience.stop_seconds
        self.exit_code = 1
        for ward in self.wards:
            if ward.process is not None:
                self._say(f"{ward.child.name} did not stop in {self.patience.stop_seconds:g} s: killing it.")
                ward.send(signal.SIGKILL, group=True)

    def _say(self, sentence: str) -> None:
        self._write(self.voice.lines(f"{sentence}\n".encode()))

    def _write(self, lines: bytes) -> None:
        with suppress(BrokenPipeError):  # nobody reads the log any more: no reason to stop the desk
            self.out.write(lines)
            self.out.flush()


@contextmanager
def _signals_into(selector: selectors.BaseSelector, ask_to_stop: Callable[[], None]) -> Iterator[None]:
    """Let stop signals call `ask_to_stop`, and every signal, also of a child's death, wake `selector`."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            ask_to_stop()

    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        selector.register(ours, selectors.EVENT_READ)
        before = {number: signal.signal(number, on_signal) for number in (*_STOP_SIGNALS, signal.SIGCHLD)}
        wakeup = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
