"""The cycles behind a figure of promises: exactly those that it counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, and_, or_, select

from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import session
from servicedesk.tickets.models import Ticket
from sla.reporting.asked import Asked
from sla.reporting.population import LATE, Population

MOST_ROWS = 100_000
Place = tuple[datetime, int, str, int]


@dataclass(frozen=True, slots=True)
class BehindRow:
    """A cycle behind a figure. used_seconds: None while it runs."""

    ticket_id: int
    subject: str
    kind: str
    cycle: int
    state: str
    group_id: int
    priority: int
    started_at: datetime
    stopped_at: datetime | None
    breached_at: datetime | None
    target_seconds: int
    used_seconds: int | None

    @property
    def at(self) -> datetime:
        """When it was broken, else when it ended, else when it began."""
        return self.breached_at or self.stopped_at or self.started_at


_FIGURES: Mapping[str, Callable[[Population], FromClause]] = {
    "judged": lambda found: found.judged(),
    "met": lambda found: found.judged(state="met"),
    "late": lambda found: found.judged(state=LATE),
    "lowered": lambda found: found.lowered(),
    "overridden": lambda found: found.judged(is_overridden=1),
    "retargeted": lambda found: found.judged(),
    "open": lambda found: found.open(),
    "open_late": lambda found: found.open("late"),
    "open_at_risk": lambda found: found.open("at_risk"),
}
FIGURES = tuple(_FIGURES)


def cycles_behind(
    viewer: Actor, figure: str, asked: Asked, *, now: datetime, after: Place | None = None, limit: int = 50
) -> tuple[BehindRow, ...]:
    """Return the cycles of one of FIGURES, the latest started first; `after`: the place of the last row."""
    rows = _FIGURES[figure](Population(viewer, asked, now))
    c = rows.c
    query = (
        select(
            *(c.ticket_id, Ticket.subject, c.kind, c.cycle, c.state, c.group_id, c.priority),
            *(c.started_at, c.stopped_at, c.breached_at, c.target_seconds, c.used_seconds),
        )
        .select_from(rows.join(Ticket, Ticket.id == c.ticket_id))
        .order_by(c.started_at.desc(), c.ticket_id.desc(), c.kind, c.cycle)
        .limit(min(limit, MOST_ROWS))
    )
    if figure == "retargeted":
        query = query.where(c.target_epoch > 1)
    if after is not None:
        query = query.where(_beyond(c, after))
    return tuple(BehindRow(*row) for row in session().execute(query))


def _beyond(c: Any, after: Place) -> Any:
    at, ticket_id, kind, cycle = after
    return or_(
        c.started_at < at,
        and_(c.started_at == at, c.ticket_id < ticket_id),
        and_(c.started_at == at, c.ticket_id == ticket_id, c.kind > kind),
        and_(c.started_at == at, c.ticket_id == ticket_id, c.kind == kind, c.cycle > cycle),
    )


def place_of(row: BehindRow) -> Place:
    """Return where a page that ends with this row ends."""
    return row.started_at, row.ticket_id, row.kind, row.cycle
