"""What routing tells of tickets to queues, filters, rules, API and exports."""

from typing import Any

from sqlalchemy import ColumnElement

from routing.models import RoutingProposal
from servicedesk.kernel.conditions import Field, FieldType
from servicedesk.tickets.fields import Join, TicketField, register
from servicedesk.tickets.models import Ticket

PROPOSAL = Join(RoutingProposal, RoutingProposal.ticket_id == Ticket.id, "routing_proposal")
DECIDERS = ("rule", "model", "catalogue")


def register_own() -> None:
    """Register the columns of routing: by what, how sure, and whether it acted at once."""
    for field, column in (
        (Field("routing.decided_by", FieldType.CHOICE, DECIDERS), _c(RoutingProposal.decided_by)),
        (Field("routing.confidence", FieldType.NUMBER), _c(RoutingProposal.confidence)),
        (Field("routing.routed", FieldType.BOOLEAN), _c(RoutingProposal.routed)),
        (Field("routing.corrected_to", FieldType.CHOICE), _c(RoutingProposal.corrected_to)),
    ):
        register(TicketField(field, column, PROPOSAL))


def _c(column: Any) -> ColumnElement[Any]:
    return column  # type: ignore[no-any-return]
