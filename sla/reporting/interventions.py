"""What people did to clocks by hand: held, let go on, another due moment set; each a row to look at."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import people
from servicedesk.kernel.db import AnySelect, session
from servicedesk.kernel.event_log import ErasableText, EventRow
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from sla.interventions import TYPES, Deed
from sla.reporting.asked import Asked

MOST_ROWS = 100_000
_DEEDS: Mapping[str, Deed] = {type_: deed for deed, type_ in TYPES.items()}


@dataclass(frozen=True, slots=True)
class InterventionRow:
    """One deed. kind: None for all clocks; person_id: None where people are not shown, or the desk did it.

    reason: "" where it was erased, or the viewer may not read what is internal of the ticket.
    """

    ticket_id: int
    subject: str
    group_id: int
    priority: int
    at: datetime
    deed: Deed
    kind: str | None
    person_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Interventions:
    """The deeds of a period, the latest first; `names` of who did them, None for who may not know."""

    asked: Asked
    rows: Sequence[InterventionRow]
    names: Mapping[int, str] | None

    def of(self, deed: Deed | None = None, person_id: int | None = None) -> Sequence[InterventionRow]:
        """Return those of one kind, of one person; None stands for any."""
        return tuple(
            row
            for row in self.rows
            if deed in (None, row.deed) and (person_id is None or row.person_id == person_id)
        )

    @property
    def counts(self) -> Counter[tuple[Deed, int | None]]:
        """Return how often each person did what; exactly what `of` lists."""
        return Counter((row.deed, row.person_id) for row in self.rows)


def count_interventions(viewer: Actor, asked: Asked) -> Interventions:
    """Return what was done by hand in the period, as known at `asked.as_of`.

    Team, priority and organisation are those that the request has today.
    """
    sees_people = viewer.has(Permission.REPORT_SEE_PEOPLE)
    found = session().execute(_query(viewer, asked)).all()
    rows = [_row(each, sees_people=sees_people) for each in found]
    shown = [row for row in rows if asked.kind is None or row.kind in (None, asked.kind)]
    ids = sorted({row.person_id for row in shown if row.person_id is not None})
    names = {person.id: person.name for person in people(ids).values()} if sees_people else None
    return Interventions(asked, shown, names)


def _query(viewer: Actor, asked: Asked) -> AnySelect:
    # Written out, so that the index of these types alone serves.
    types: BindParameter[Any] = bindparam("types", sorted(_DEEDS), expanding=True, literal_execute=True)
    text = (ErasableText.stream_kind == EventRow.stream_kind) & (ErasableText.stream_id == EventRow.stream_id)
    query = (
        select(
            *(Ticket.id, Ticket.subject, Ticket.group_id, Ticket.priority),
            *(EventRow.at, EventRow.type, EventRow.actor_id, EventRow.body.label("facts")),
            *(ErasableText.body, visible_to(viewer, Permission.TICKET_SEE_NOTES).label("sees_notes")),
        )
        .select_from(EventRow)
        .join(Ticket, (EventRow.stream_kind == STREAM) & (EventRow.stream_id == Ticket.id))
        .outerjoin(ErasableText, text & (ErasableText.seq == EventRow.seq))
        .where(EventRow.type.in_(types), EventRow.at >= asked.from_at, EventRow.at < asked.to_at)
        # What is known of a second is known of all of it.
        .where(EventRow.received_at < asked.as_of + timedelta(seconds=1))
        .where(visible_to(viewer, Permission.REPORT_SEE))
        .order_by(EventRow.at.desc(), EventRow.stream_id.desc(), EventRow.seq.desc())
        .limit(MOST_ROWS)
    )
    wanted = (
        (Ticket.group_id, asked.group_id),
        (Ticket.priority, asked.priority),
        (Ticket.organisation_id, asked.organisation_id),
    )
    return query.where(*(column == value for column, value in wanted if value is not None))


def _row(found: Any, *, sees_people: bool) -> InterventionRow:
    kind = json.loads(found.facts).get("kind")
    reason = json.loads(found.body).get("reason", "") if found.body and found.sees_notes else ""
    return InterventionRow(
        *(found.id, found.subject, found.group_id, found.priority, found.at),
        deed=_DEEDS[found.type],
        kind=str(kind) if kind is not None else None,
        person_id=found.actor_id if sees_people else None,
        reason=str(reason),
    )
