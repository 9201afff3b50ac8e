"""The one registry of ticket columns: what queues, filters, rules, agreements, API and exports can name.

Rooms above add theirs in their `wiring.py` (`sla.due_at`, `routing.confidence` …).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, type_coerce

from servicedesk.identity.models import Organisation
from servicedesk.kernel.conditions import Field, FieldType
from servicedesk.kernel.conditions_sql import Column, Membership
from servicedesk.kernel.db import AnySelect, Base
from servicedesk.kernel.numbered import Numbered
from servicedesk.tickets.core.statuses import Category
from servicedesk.tickets.models import CatalogueItem, Ticket, TicketCategory

PRIORITIES = ("P1", "P2", "P3", "P4")


@dataclass(frozen=True)
class Join:
    """A left join that a column needs; equal joins are made once."""

    target: type[Base] | FromClause
    on: ColumnElement[bool]
    key: str


@dataclass(frozen=True)
class TicketField:
    """A column of tickets: its type for conditions, its SQL expression and the join it needs."""

    field: Field
    column: ColumnElement[Any] | Membership
    join: Join | None = None


_fields: dict[str, TicketField] = {}


def register(field: TicketField) -> None:
    """Add a ticket field; a name is given once."""
    known = _fields.get(field.field.name)
    if known is not None and known.column is not field.column:
        raise ValueError(f"the ticket field {field.field.name} is already taken")
    _fields[field.field.name] = field


def ticket_fields() -> Mapping[str, TicketField]:
    """Return every registered field by name."""
    return _fields


def condition_fields() -> dict[str, Field]:
    """Return the fields as the condition language knows them."""
    return {name: entry.field for name, entry in _fields.items()}


def condition_columns() -> dict[str, Column]:
    """Return the SQL expression of each field."""
    return {name: entry.column for name, entry in _fields.items()}


def with_joins(query: AnySelect, names: frozenset[str] | set[str], others: Iterable[Join] = ()) -> AnySelect:
    """Add the left joins that the named fields need, each once, and `others`."""
    joins = {entry.join.key: entry.join for name in sorted(names) if (entry := _fields[name]).join}
    for join in (*joins.values(), *others):
        query = query.outerjoin(join.target, join.on)
    return query


_ORGANISATION = Join(Organisation, Organisation.id == Ticket.organisation_id, "organisation")
_CATEGORY = Join(TicketCategory, TicketCategory.id == Ticket.category_id, "category")
_ITEM = Join(CatalogueItem, CatalogueItem.id == Ticket.item_id, "item")


def register_own() -> None:
    """Register the columns of tickets themselves."""
    choice, reference, instant = FieldType.CHOICE, FieldType.REFERENCE, FieldType.INSTANT
    level = type_coerce(Ticket.priority, Numbered(dict(enumerate(PRIORITIES, start=1))))
    categories = tuple(str(category) for category in Category)
    for entry in (
        TicketField(Field("number", FieldType.INTEGER), _c(Ticket.id)),
        TicketField(Field("kind", choice, ("service_request", "incident")), _c(Ticket.kind)),
        TicketField(Field("subject", FieldType.TEXT), _c(Ticket.subject_folded)),
        TicketField(Field("status", choice), _c(Ticket.status)),
        TicketField(Field("status_category", choice, categories), _c(Ticket.status_category)),
        TicketField(Field("priority", choice, PRIORITIES), level),
        TicketField(Field("impact", FieldType.INTEGER), _c(Ticket.impact)),
        TicketField(Field("urgency", FieldType.INTEGER), _c(Ticket.urgency)),
        TicketField(Field("channel", choice), _c(Ticket.channel)),
        TicketField(Field("language", choice), _c(Ticket.language)),
        TicketField(Field("group_id", reference), _c(Ticket.group_id)),
        TicketField(Field("assignee_id", reference), _c(Ticket.assignee_id)),
        TicketField(Field("requester_id", reference), _c(Ticket.requester_id)),
        TicketField(Field("organisation_id", reference), _c(Ticket.organisation_id)),
        TicketField(Field("branch_id", reference), _c(Ticket.branch_id)),
        TicketField(Field("category_id", reference), _c(Ticket.category_id)),
        TicketField(Field("offered_by_id", reference), _c(Ticket.offered_by_id)),
        TicketField(Field("offered_group_id", reference), _c(Ticket.offered_group_id)),
        TicketField(Field("offered_to_id", reference), _c(Ticket.offered_to_id)),
        TicketField(Field("needs_triage", FieldType.BOOLEAN), _c(Ticket.needs_triage)),
        TicketField(Field("opened_at", instant), _c(Ticket.opened_at)),
        TicketField(Field("changed_at", instant), _c(Ticket.changed_at)),
        TicketField(Field("resolved_at", instant), _c(Ticket.resolved_at)),
        TicketField(Field("organisation_tier", choice), _c(Organisation.tier), _ORGANISATION),
        TicketField(Field("category", choice), _c(TicketCategory.key), _CATEGORY),
        TicketField(Field("item", choice), _c(CatalogueItem.key), _ITEM),
    ):
        if entry.field.name not in _fields:
            register(entry)


def _c(column: Any) -> ColumnElement[Any]:
    return column  # type: ignore[no-any-return]
