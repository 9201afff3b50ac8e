"""How often what was resolved came back within two weeks, of what was resolved two weeks ago or longer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, union_all

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.models import Reopening, Ticket
from servicedesk.tickets.reporting.listing import ListedTicket, Place, listed

WITHIN = timedelta(days=14)
REOPENED = "tickets.reopened"


@dataclass(frozen=True, slots=True)
class ReopenRate:
    """Of `done` resolutions in [from_at, to_at) so many came back; `young` ones may still come back."""

    from_at: datetime
    to_at: datetime
    reopened: int
    done: int
    young: int

    @property
    def share(self) -> float | None:
        """Return the share from 0 to 1, None where nothing was resolved."""
        return self.reopened / self.done if self.done else None


def reopen_rate(
    viewer: Actor, *, from_at: datetime, to_at: datetime, as_of: datetime, **chosen: int | None
) -> ReopenRate:
    """Return the share of resolutions that came back within WITHIN, as known at `as_of`.

    chosen: group_id, priority and organisation_id of the ticket today; None stands for any.
    """
    limit = max(min(to_at, as_of - WITHIN), from_at)
    among = (visible_to(viewer, Permission.REPORT_SEE), Ticket.times_known, *_conditions(chosen))

    def count(query: AnySelect) -> int:
        return session().scalar(query) or 0

    still = select(func.count()).select_from(Ticket).where(*among)
    again = select(func.count()).select_from(Ticket).join(Reopening, Reopening.ticket_id == Ticket.id)
    again = again.where(*among)
    ended, was_done = Ticket.resolved_at, Reopening.done_at
    came_back = Reopening.lasted_seconds <= WITHIN.total_seconds()
    lasting = count(again.where(was_done >= from_at, was_done < limit))
    done = count(still.where(ended >= from_at, ended < limit)) + lasting
    young = count(still.where(ended >= limit, ended < to_at)) + count(
        again.where(was_done >= limit, was_done < to_at)
    )
    back = count(again.where(was_done >= from_at, was_done < limit, came_back))
    return ReopenRate(from_at, limit, back, done, young)


def tickets_reopened(
    viewer: Actor,
    *,
    from_at: datetime,
    to_at: datetime,
    group_id: int | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> tuple[ListedTicket, ...]:
    """Return what came back, by when it had been resolved, latest first; `to_at` as the rate has it."""
    query = (
        select(Ticket.id.label("ticket_id"), Reopening.done_at.label("at"))
        .join(Reopening, Reopening.ticket_id == Ticket.id)
        .where(Reopening.done_at >= from_at, Reopening.done_at < to_at, Ticket.times_known)
        .where(Reopening.lasted_seconds <= WITHIN.total_seconds())
    )
    moments: AnySelect = select(union_all(query).subquery())
    return listed(viewer, moments, group_id=group_id, after=after, limit=limit)


def _conditions(chosen: dict[str, Any]) -> list[ColumnElement[bool]]:
    columns = {name: getattr(Ticket, name) for name in ("group_id", "priority", "organisation_id")}
    return [columns[name] == wanted for name, wanted in chosen.items() if wanted is not None]
