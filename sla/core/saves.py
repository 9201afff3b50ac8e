"""A log put in order: duplicates dropped, sorted by effect, gathered into the saves it was made of."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import TypeAlias

from sla.core.events import Created, Event

Save: TypeAlias = tuple[datetime, list[Event]]


def whole_second(at: datetime) -> datetime:
    """Return `at` without its fraction: clocks count whole seconds, and the very second counts as met."""
    return at.replace(microsecond=0)


def saves(events: Iterable[Event], *, until: datetime) -> list[Save]:
    """Return the saves in effect at `until`, in order of effect, each with its moment.

    What took effect before the subject was opened (a call noted down later) counts at the opening.
    """
    distinct: dict[str, Event] = {}
    for event in sorted(events, key=_order):
        distinct.setdefault(event.id, event)
    opened_at = next((event.at for event in distinct.values() if isinstance(event, Created)), None)
    if opened_at is None:
        return []

    def moment(event: Event) -> datetime:
        return max(event.at, opened_at)

    history = sorted(distinct.values(), key=lambda event: (moment(event), event.order))
    return [
        (whole_second(at), list(together))
        for (at, _), together in groupby(history, key=lambda event: (moment(event), event.save))
        if at <= until
    ]


def _order(event: Event) -> tuple[datetime, int]:
    return event.at, event.order
