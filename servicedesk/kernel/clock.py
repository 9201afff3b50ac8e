"""The one place that asks what time it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from servicedesk.kernel.slot import Slot

Source = Callable[[], datetime]


def system_time() -> datetime:
    """Return the machine's time as an aware UTC datetime."""
    return datetime.now(UTC)


_source: Slot[Source] = Slot(system_time)
_held: ContextVar[datetime | None] = ContextVar("held_time", default=None)


def now() -> datetime:
    """Return the present moment (aware, UTC, microseconds).

    Inside a command every call gives the same moment, so that all rows and events of one save agree.
    """
    return _held.get() or _source.value()


def set_source(source: Source) -> None:
    """Replace the source of time, for instance by the database's clock."""
    _source.fill(source)


@contextmanager
def freeze(at: datetime) -> Iterator[None]:
    """Let the time stand still at `at` (aware) for the length of the block."""
    if at.tzinfo is None:
        raise ValueError("freeze() takes an aware datetime")
    token = _held.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _held.reset(token)


@contextmanager
def hold() -> Iterator[datetime]:
    """Read the time once and keep it for the length of the block."""
    at = now()
    with freeze(at):
        yield at
