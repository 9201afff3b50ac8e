"""Who did it and because of what: the two references that every event carries. Pure."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class ActorRef:
    """Who: kind is person, system or automation; id is the person's, otherwise None."""

    kind: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Because of what: person, agreement, rule, model, catalogue, schedule, import, event or demo.

    id and version name the thing in its own room, for example agreement 3 in version 7.
    """

    kind: str
    id: str | None = None
    version: int | None = None


class StreamRef(NamedTuple):
    """Which stream of events: (kind, id), for example ("ticket", 12). A key of many tables, so a tuple."""

    kind: str
    id: int


class Acting(Protocol):
    """What a command needs to know of its actor."""

    @property
    def ref(self) -> ActorRef: ...

    @property
    def cause(self) -> Cause: ...


@dataclass(frozen=True, slots=True)
class System:
    """The desk itself as an actor: scheduler, sweep, importer."""

    cause: Cause = Cause("schedule")
    ref: ActorRef = ActorRef("system")
