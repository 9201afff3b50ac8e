"""A ticket's facts as the condition language reads them in Python: the twin of `fields.py`'s SQL."""

from dataclasses import dataclass
from datetime import datetime

from servicedesk.identity.directory import tier_of
from servicedesk.tickets.catalogue import every_category, every_item
from servicedesk.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class MatchedFacts:
    """What agreements and rules look at when a ticket is opened or changed, before it is stored."""

    priority: int
    category_id: int | None
    item_id: int | None
    organisation_id: int | None
    branch_id: int | None
    group_id: int
    channel: str
    kind: str
    language: str
    opened_at: datetime
    requester_id: int

    def as_facts(self) -> dict[str, object]:
        """Return the facts by field name."""
        category = every_category().get(self.category_id) if self.category_id is not None else None
        item = every_item().get(self.item_id) if self.item_id is not None else None
        return {
            "priority": f"P{self.priority}",
            "category": category.key if category else None,
            "category_id": self.category_id,
            "item": item.key if item else None,
            "organisation_id": self.organisation_id,
            "organisation_tier": tier_of(self.organisation_id) if self.organisation_id else None,
            "branch_id": self.branch_id,
            "group_id": self.group_id,
            "channel": self.channel,
            "kind": self.kind,
            "language": self.language,
            "opened_at": self.opened_at,
            "requester_id": self.requester_id,
        }


# The ticket columns whose change asks for another look at agreements and rules.
MATCHED = frozenset(
    {"priority", "category_id", "item_id", "organisation_id", "branch_id", "group_id", "channel", "kind"}
)


def matched_facts(ticket: Ticket) -> MatchedFacts:
    """Return the matched facts of a ticket row."""
    return MatchedFacts(
        priority=ticket.priority,
        category_id=ticket.category_id,
        item_id=ticket.item_id,
        organisation_id=ticket.organisation_id,
        branch_id=ticket.branch_id,
        group_id=ticket.group_id,
        channel=ticket.channel,
        kind=ticket.kind,
        language=ticket.language,
        opened_at=ticket.opened_at,
        requester_id=ticket.requester_id,
    )


def ticket_facts(ticket: Ticket) -> dict[str, object]:
    """Return every fact of a ticket row that the registry's own fields name."""
    return {
        **matched_facts(ticket).as_facts(),
        "number": ticket.id,
        "subject": ticket.subject,
        "status": ticket.status,
        "status_category": ticket.status_category,
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "assignee_id": ticket.assignee_id,
        "offered_by_id": ticket.offered_by_id,
        "offered_group_id": ticket.offered_group_id,
        "offered_to_id": ticket.offered_to_id,
        "needs_triage": ticket.needs_triage,
        "changed_at": ticket.changed_at,
        "resolved_at": ticket.resolved_at,
    }
