"""What the desk promises, as the customer's pages need it: before a request is sent, and while it is here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.customer.standing import Promise
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.tickets.catalogue import ItemRow
from servicedesk.tickets.opening import PriorityFacts, decide_priority
from sla.core.events import TYPES
from sla.promises import Offer, promise
from sla.queries import ClockRow, clocks_of_tickets
from sla.unanswered import Seen, clocks_without_held

# What a request begins with that names neither an item nor its urgency.
USUAL_IMPACT, USUAL_URGENCY = 3, 2


@dataclass(frozen=True, slots=True)
class Wish:
    """What is known of a request that is not sent yet; `urgency` only where the desk would set it."""

    item: ItemRow | None = None
    category_id: int | None = None
    group_id: int | None = None
    urgency: int | None = None


def offer_for(viewer: Actor, wish: Wish, *, at: datetime) -> Offer | None:
    """Return what `viewer` would be promised for this request; None where nothing is promised."""
    item = wish.item
    category_id = item.category_id if item else wish.category_id
    impact = item.default_impact if item else USUAL_IMPACT
    urgency = wish.urgency or (item.default_urgency if item else USUAL_URGENCY)
    facts = PriorityFacts(impact, urgency, viewer.organisation_id, category_id, None, at)
    return promise(
        priority=decide_priority(facts).level,
        at=at,
        category_id=category_id,
        item_id=item.id if item else None,
        organisation_id=viewer.organisation_id,
        branch_id=viewer.branch_id,
        group_id=(item.default_group_id if item else None) or wish.group_id or 0,
        kind=item.kind if item else "service_request",
        language=viewer.language,
        requester_id=viewer.id or 0,
    )


def promises_of(
    viewer: Actor, ticket_ids: Collection[int], *, now: datetime
) -> Mapping[int, tuple[Promise, ...]]:
    """Return the promises of several requests, with one statement: open ones first, then the newest.

    While a reply may still be taken back, they are to its customer what they were before it.
    """
    if not ticket_ids:
        return {}
    found = clocks_of_tickets(viewer, ticket_ids, now=now)
    seen = {} if viewer.has(Permission.TICKET_SEE_NOTES) else clocks_without_held(found, now=now)
    return {
        ticket_id: tuple(_of_seen(clock, now) for clock in seen[ticket_id] if _is_for_customers(clock))
        if ticket_id in seen
        else tuple(_promise(clock, now) for clock in clocks if _is_for_customers(clock))
        for ticket_id, clocks in found.items()
    }


def _is_for_customers(clock: Seen | ClockRow) -> bool:
    """Say whether it is promised to customers; what is agreed inside is on no page of theirs."""
    return TYPES.get(clock.kind) == "sla"


def _of_seen(clock: Seen, now: datetime) -> Promise:
    # Due at closing time, it is late only when the desk opens again: in between there is no moment to name.
    is_between = clock.state == "running" and clock.due_at is not None and clock.due_at <= now
    due_at = None if is_between else clock.due_at
    return Promise(clock.kind, clock.state, due_at, max(clock.left_seconds, 0), clock.look)


def _promise(clock: ClockRow, now: datetime) -> Promise:
    return _of_seen(Seen(clock.kind, clock.state, clock.due_at, clock.left_seconds, clock.fuse.shape), now)
