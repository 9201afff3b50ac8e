"""What of a log still stands: everything but what a later event took back. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

TAKEN_BACK = "taken_back"


class InLog(Protocol):
    """An event as far as this looks at it."""

    @property
    def seq(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...


E = TypeVar("E", bound=InLog)


def taken_back(log: Iterable[InLog]) -> frozenset[int]:
    """Return the numbers of the events that were taken back."""
    return frozenset(seq for event in log if event.type == TAKEN_BACK for seq in event.body["seqs"])


def standing(log: Iterable[E]) -> list[E]:
    """Return the events that still stand, in their order."""
    events = list(log)
    gone = taken_back(events)
    return [event for event in events if event.seq not in gone] if gone else events
