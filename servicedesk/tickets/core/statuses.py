"""Statuses and the moves between them: the state machine of a ticket. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Category(StrEnum):
    """What a status means to the desk, whatever its own name is."""

    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Status:
    """One status as data.

    `clocks` maps a clock kind to what it does meanwhile: runs, paused, stops, held, final, cancelled or
    none.
    """

    key: str
    category: Category
    clocks: MappingProxyType[str, str]
    position: int


def _status(position: int, key: str, category: Category, *clocks: str) -> Status:
    kinds = ("first_response", "next_response", "update", "resolution", "assignment", "vendor")
    return Status(key, category, MappingProxyType(dict(zip(kinds, clocks, strict=True))), position)


# What a new desk starts with; a desk's own statuses are rows of the same shape.
DEFAULT_STATUSES: tuple[Status, ...] = (
    _status(1, "new", Category.OPEN, "runs", "none", "none", "runs", "runs", "stops"),
    _status(2, "in_progress", Category.OPEN, *("runs",) * 5, "stops"),
    _status(3, "waiting_customer", Category.WAITING, "runs", *("paused",) * 4, "stops"),
    _status(4, "waiting_supplier", Category.WAITING, *("runs",) * 6),
    _status(5, "scheduled", Category.WAITING, "runs", *("paused",) * 4, "stops"),
    _status(6, "resolved", Category.RESOLVED, "stops", "stops", "stops", "held", "stops", "stops"),
    _status(7, "closed", Category.CLOSED, "stops", "stops", "stops", "final", "stops", "stops"),
    _status(8, "withdrawn", Category.CLOSED, *("cancelled",) * 6),
    # It goes on in another ticket: neither solved nor missed.
    _status(9, "merged", Category.CLOSED, *("cancelled",) * 6),
)
BY_KEY = MappingProxyType({status.key: status for status in DEFAULT_STATUSES})

WAITING_FOR = frozenset({"waiting_customer", "waiting_supplier", "scheduled"})
OPEN_CATEGORIES = frozenset({Category.OPEN, Category.WAITING})


class Move(StrEnum):
    """What people (and the desk) do to a ticket's status."""

    START = "start"
    WAIT = "wait"
    WAKE = "wake"
    RESOLVE = "resolve"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    MERGE = "merge"


class IllegalMove(Exception):
    """The move does not lead anywhere from this status."""

    def __init__(self, status: str, move: Move) -> None:
        super().__init__(f"{move} from {status}")
        self.status = status
        self.move = move


def next_status(status: str, move: Move, wait_for: str = "waiting_customer") -> str:
    """Return the status after `move`; raise IllegalMove where the move is not open.

    Open and waiting move freely among each other; resolved closes or reopens; closed by itself may
    reopen (whether it is still in time is the caller's question); withdrawn and merged are final.
    """
    category = BY_KEY[status].category
    if move is Move.WAIT and wait_for not in WAITING_FOR:
        raise IllegalMove(status, move)
    target = {
        Move.START: "in_progress",
        Move.WAKE: "in_progress",
        Move.WAIT: wait_for,
        Move.RESOLVE: "resolved",
        Move.CLOSE: "closed",
        Move.WITHDRAW: "withdrawn",
        Move.REOPEN: "in_progress",
        Move.MERGE: "merged",
    }[move]
    if not _is_open_to(status, category, move):
        raise IllegalMove(status, move)
    return target


def _is_open_to(status: str, category: Category, move: Move) -> bool:
    if move in (Move.START, Move.WAIT, Move.RESOLVE, Move.WITHDRAW):
        return category in OPEN_CATEGORIES
    if move is Move.WAKE:
        return category is Category.WAITING
    if move is Move.MERGE:
        return category is not Category.CLOSED
    if move is Move.CLOSE:
        return category is Category.RESOLVED
    return category is Category.RESOLVED or status == "closed"
