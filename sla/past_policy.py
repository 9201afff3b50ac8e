"""What was ever published, read from the log as a policy that can be asked about any past moment."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from servicedesk.calendars.events import CalendarPublished
from servicedesk.calendars.queries import hours_of
from servicedesk.identity.events import OrganisationCreated
from servicedesk.identity.tiers import Tier
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import session
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.events import from_row
from servicedesk.tickets.catalogue import every_category, every_item
from sla.agreements import matched_fields
from sla.core.agreement import read_agreement
from sla.core.policy import ALWAYS, Columns, HoursOffer, Offer, Policy
from sla.events import AGREEMENT, AgreementPublished

Tiers = Mapping[int, list[tuple[datetime, str]]]


def past_policy(as_of: datetime) -> Policy:
    """Return every version of agreements and calendars that was known at `as_of`."""
    fields = matched_fields()
    offers = [
        Offer(
            agreement_id=event.stream.id,
            key=said["key"],
            position=said["position"],
            version_id=said["version_id"],
            number=said["number"],
            known_at=_known_at(event),
            begins=datetime.fromisoformat(said["effective_from"]),
            document=read_agreement(said["document"], fields),
        )
        for event, said in _published(AGREEMENT, AgreementPublished.type, as_of)
    ]
    calendars = [
        HoursOffer(
            key=said["key"],
            version_id=said["version_id"],
            number=said["number"],
            known_at=_known_at(event),
            begins=datetime.fromisoformat(said["effective_from"]),
            hours=hours_of(said["version_id"]),
        )
        for event, said in _published(CalendarPublished.stream_kind, CalendarPublished.type, as_of)
    ]
    return Policy(offers, calendars, facts_reader(_tiers(as_of)))


def _known_at(event: LoggedEvent) -> datetime:
    """Return since when a version is known: what a desk begins with, always (the demo desk has a past)."""
    return ALWAYS if event.cause.kind == "installation" else event.received_at


def _published(kind: str, type_: str, as_of: datetime) -> Iterator[tuple[LoggedEvent, Any]]:
    query = (
        select(EventRow)
        .where(EventRow.stream_kind == kind, EventRow.type == type_)
        .order_by(EventRow.received_at, EventRow.stream_id, EventRow.seq)
    )
    for row in session().scalars(query):
        event = from_row(row)
        if _known_at(event) <= as_of:
            yield event, event.body


def _tiers(as_of: datetime) -> Tiers:
    """Return since when each organisation has had which tier, oldest first."""
    query = (
        select(EventRow)
        .where(EventRow.stream_kind == OrganisationCreated.stream_kind, EventRow.received_at <= as_of)
        .order_by(EventRow.stream_id, EventRow.seq)
    )
    found: dict[int, list[tuple[datetime, str]]] = {}
    for row in session().scalars(query):
        event = from_row(row)
        tier = event.body.get("tier")
        if tier is not None:
            found.setdefault(event.stream.id, []).append((event.at, str(tier)))
    return found


def facts_reader(tiers: Tiers) -> Callable[[Columns, datetime], Mapping[str, object]]:
    """Return what reads the columns of a ticket at a moment as the fields that rules name."""
    categories = {row.id: row.key for row in every_category().values()}
    items = {row.id: row.key for row in every_item().values()}

    def facts(columns: Columns, at: datetime) -> Mapping[str, object]:
        organisation_id: Any = columns["organisation_id"]
        return {
            **columns,
            "priority": f"P{columns['priority']}",
            "category": categories.get(columns["category_id"]),  # type: ignore[call-overload]
            "item": items.get(columns["item_id"]),  # type: ignore[call-overload]
            "organisation_tier": _tier(tiers.get(organisation_id, ()), at) if organisation_id else None,
        }

    return facts


def _tier(known: Any, at: datetime) -> str:
    """Return the tier at a moment; before the organisation was known, the first one it had."""
    first: str = known[0][1] if known else str(Tier.STANDARD)
    return next((tier for since, tier in reversed(known) if since <= at), first)
