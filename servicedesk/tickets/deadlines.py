"""A hook by which the room of promises tells tickets when a resolution would be due."""

from collections.abc import Callable
from datetime import datetime

from servicedesk.kernel.slot import Slot

# (priority level, organisation id, category id, at) -> the moment by which it would be resolved, or None.
ResolutionDue = Callable[[int, int | None, int | None, datetime], datetime | None]


def _no_promise(
    level: int, organisation_id: int | None, category_id: int | None, at: datetime
) -> datetime | None:
    return None


_resolution_due: Slot[ResolutionDue] = Slot(_no_promise)


def set_resolution_due(function: ResolutionDue) -> None:
    """Register who answers when a resolution would be due."""
    _resolution_due.fill(function)


def is_inside_target(
    deadline_at: datetime | None,
    *,
    level: int,
    organisation_id: int | None,
    category_id: int | None,
    at: datetime,
) -> bool:
    """Say whether a customer's deadline falls before the promised resolution."""
    if deadline_at is None:
        return False
    due = _resolution_due.value(level, organisation_id, category_id, at)
    return due is not None and deadline_at < due
