"""The tickets around one in the view it was opened from: for the rail, and for the keys that step on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from portal import words
from portal.desk.views import View, work_of
from servicedesk.identity.actor import Actor
from servicedesk.tickets.queue_line import QueueStep, queue_line_lately

NEARBY = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A ticket of the queue in the rail of the ticket page."""

    ref: str
    subject: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Around:
    """The part of the queue around a ticket: `steps` with it among them, and the ids before and after it."""

    steps: tuple[QueueStep, ...]
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Nearby:
    """The tickets around this one in the view it was opened from."""

    label: str
    url: str
    steps: Sequence[Step]
    previous_url: str
    next_url: str


def around(viewer: Actor, ticket_id: int, view: View, now: datetime) -> Around:
    """Return what is around a ticket in a view; nothing where it is not in its beginning."""
    line = queue_line_lately(viewer, work_of(viewer, view, now=now), now=now)
    at = next((place for place, step in enumerate(line) if step.id == ticket_id), -1)
    start = max(0, at - NEARBY // 2)
    return Around(
        steps=line[start : start + NEARBY],
        before=line[at - 1].id if at > 0 else None,
        after=line[at + 1].id if at + 1 < len(line) else None,
    )


def nearby(ticket_id: int, view: View, around: Around) -> Nearby:
    """Return what is around a ticket in words."""
    return Nearby(
        label=str(view.label),
        url=url_for("desk.queue", view=view.key),
        steps=[
            Step(words.ticket_ref(step.id), step.subject, _url(step.id, view), step.id == ticket_id)
            for step in around.steps
        ],
        previous_url=_url(around.before, view) if around.before is not None else "",
        next_url=_url(around.after, view) if around.after is not None else "",
    )


def _url(ticket_id: int, view: View) -> str:
    return url_for("desk.ticket", ref=words.ticket_ref(ticket_id), view=view.key)
