"""What was ever published, read from the log for the audit of choices; no table of agreements is asked."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Table, select

from servicedesk.identity.events import OrganisationCreated
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import session
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.stored_rows import stored_rows
from servicedesk.kernel.verification import logged_event
from servicedesk.tickets.fields import condition_fields
from servicedesk.tickets.models import CatalogueItem, TicketCategory
from sla.agreements import matched_fields
from sla.core.agreement import read_agreement
from sla.core.audit_choices import Choices, Facts, Offer
from sla.events import AgreementPublished

# What a desk begins with also counts for tickets of a past that it was given afterwards (the demo desk).
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


def published_choices() -> Choices:
    """Return every version that the log tells of, and how a ticket's columns read as fields of conditions."""
    fields, of_steps = matched_fields(), condition_fields()
    offers = []
    for event in _events(AgreementPublished.stream_kind, AgreementPublished.type):
        said: Any = event.body
        rules = read_agreement(said["document"], fields, of_steps).rules
        offers.append(
            Offer(
                agreement_id=event.stream.id,
                version_id=said["version_id"],
                number=said["number"],
                position=said["position"],
                published_at=BEFORE_ALL if event.cause.kind == "installation" else event.received_at,
                begins=datetime.fromisoformat(said["effective_from"]),
                rules=[(rule.name, rule.condition) for rule in rules],
                is_active=said.get("is_active", True),
            )
        )
    return Choices(offers, _facts_of(_tiers(), _keys(TicketCategory), _keys(CatalogueItem)))


def _events(kind: str, type_: str) -> Iterator[LoggedEvent]:
    events = cast(Table, EventRow.__table__)
    for row in stored_rows(events, events.c.stream_kind == kind, events.c.type == type_):
        yield logged_event(row)


def _tiers() -> Mapping[int, str]:
    """Return the tiers of organisations as they were given; none has changed since, for nothing does that."""
    made = _events(OrganisationCreated.stream_kind, OrganisationCreated.type)
    return {event.stream.id: str(event.body["tier"]) for event in made}


def _keys(model: type[TicketCategory] | type[CatalogueItem]) -> Mapping[int, str]:
    return dict(session().execute(select(model.id, model.key)).all())


def _facts_of(
    tiers: Mapping[int, str], categories: Mapping[int, str], items: Mapping[int, str]
) -> Callable[[Facts], Mapping[str, object]]:
    def facts(columns: Facts) -> Mapping[str, object]:
        organisation_id = columns["organisation_id"]
        return {
            **columns,
            "priority": f"P{columns['priority']}",
            "category": categories.get(columns["category_id"]),
            "item": items.get(columns["item_id"]),
            "organisation_tier": tiers.get(organisation_id, "standard") if organisation_id else None,
        }

    return facts
