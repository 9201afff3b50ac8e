"""What promises add to the registry of ticket fields: where a ticket stands, and the clock that leads it.

The values are those of the last save or sweep, at most a sweep's interval behind the moment.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, type_coerce

from servicedesk.calendars.queries import hours_of
from servicedesk.kernel.conditions import Field, FieldType
from servicedesk.kernel.numbered import Numbered
from servicedesk.tickets.fields import Join, TicketField, register, ticket_fields
from servicedesk.tickets.models import Ticket
from sla.core.events import PROMISED
from sla.core.fuse import Burning, Fuse, fuse
from sla.core.standing import Band
from sla.models import Standing

BANDS = tuple(band.name.lower() for band in Band)
OPEN_STATES = ("running", "paused", "overdue")

STANDING = Join(Standing, Standing.ticket_id == Ticket.id, "sla_standing")

# What `fuse_of` needs of a row of the queue, in this order.
FUSE_FIELDS = (
    "sla.kind",
    "sla.state",
    "sla.target_seconds",
    "sla.consumed_seconds",
    "sla.running_since",
    "sla.due_at",
    "sla.calendar_version",
)


def register_fields() -> None:
    """Register the fields; they join the table of places."""
    instant, integer, choice = FieldType.INSTANT, FieldType.INTEGER, FieldType.CHOICE
    band = type_coerce(Standing.band, Numbered({int(each): each.name.lower() for each in Band}))
    for field, column in (
        (Field("sla.band", choice, BANDS), band),
        (Field("sla.kind", choice, PROMISED), Standing.kind),
        (Field("sla.state", choice, OPEN_STATES), Standing.state),
        (Field("sla.due_at", instant), Standing.due_at),
        (Field("sla.breach_at", instant), Standing.breach_at),
        (Field("sla.risk_at", instant), Standing.risk_at),
        (Field("sla.percents", FieldType.TEXT), Standing.percents),
        (Field("sla.target_seconds", integer), Standing.target_seconds),
        (Field("sla.consumed_seconds", integer), Standing.consumed_seconds),
        (Field("sla.running_since", instant), Standing.running_since),
        (Field("sla.waits_since", instant), Standing.waits_since),
        (Field("sla.calendar_version", FieldType.REFERENCE), Standing.calendar_version),
    ):
        if field.name not in ticket_fields():
            register(TicketField(field, _c(column), STANDING))


def fuse_of(values: Sequence[Any], now: datetime) -> Fuse | None:
    """Return the fuse of a row from its values of FUSE_FIELDS; None for a ticket without promises."""
    kind, state, target_seconds, consumed_seconds, running_since, due_at, calendar_version = values
    if kind is None:
        return None
    clock = Burning(kind, state, target_seconds, consumed_seconds, running_since, due_at)
    return fuse(clock, hours_of(calendar_version), now=now)


def _c(column: Any) -> ColumnElement[Any]:
    return column  # type: ignore[no-any-return]
