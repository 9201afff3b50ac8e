"""What would be promised: the targets of a request that is not filed yet, as moments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from servicedesk.calendars.hours import NeverOpen, OpeningHours
from servicedesk.calendars.queries import calendar_in_force, hours_of
from servicedesk.tickets.facts import MatchedFacts
from sla.agreements import Promise, promise_for
from sla.core.events import Kind


@dataclass(frozen=True, slots=True)
class Offer:
    """What a request filed now would be promised; moments are UTC, None where nothing is.

    answer_by, solve_by: the due moments of first response and resolution. is_always_open: the hours never
    close. opens_at: when the hours next open, None while they are open. today: the hours of the present
    day there as (opens, closes) instants; a page writes them out in `zone`.
    """

    agreement: str
    rule: str
    answer_by: datetime | None
    solve_by: datetime | None
    answer_seconds: int | None
    solve_seconds: int | None
    is_always_open: bool
    opens_at: datetime | None
    today: tuple[tuple[datetime, datetime], ...]
    zone: str


def promise(
    *,
    priority: int,
    at: datetime,
    category_id: int | None = None,
    item_id: int | None = None,
    organisation_id: int | None = None,
    branch_id: int | None = None,
    group_id: int = 0,
    channel: str = "portal",
    kind: str = "service_request",
    language: str = "en",
    requester_id: int = 0,
) -> Offer | None:
    """Return what a request with these facts, filed at `at`, would be promised; None if nothing is."""
    facts = MatchedFacts(
        priority=priority,
        category_id=category_id,
        item_id=item_id,
        organisation_id=organisation_id,
        branch_id=branch_id,
        group_id=group_id,
        channel=channel,
        kind=kind,
        language=language,
        opened_at=at,
        requester_id=requester_id,
    )
    found = promise_for(facts.as_facts(), at)
    return _offer(found, at) if found else None


def resolution_due(
    priority: int, organisation_id: int | None, category_id: int | None, at: datetime
) -> datetime | None:
    """Return when such a request would have to be solved; what a customer's deadline is compared with."""
    found = promise(priority=priority, organisation_id=organisation_id, category_id=category_id, at=at)
    return found.solve_by if found else None


def _offer(found: Promise, at: datetime) -> Offer:
    targets = found.match.rule.targets
    hours = hours_of(calendar_in_force(targets.calendar, at).id)
    today = _today(hours, at)
    return Offer(
        agreement=found.version.name,
        rule=found.match.rule.name,
        answer_by=_due(hours, at, targets.seconds, "first_response"),
        solve_by=_due(hours, at, targets.seconds, "resolution"),
        answer_seconds=targets.seconds.get("first_response"),
        solve_seconds=targets.seconds.get("resolution"),
        is_always_open=len(today) == 1 and today[0][1] - today[0][0] >= timedelta(hours=23),
        opens_at=None if hours.is_open(at) else _next_open(hours, at),
        today=today,
        zone=hours.zone,
    )


def _due(hours: OpeningHours, at: datetime, seconds: Mapping[Kind, int], kind: Kind) -> datetime | None:
    try:
        return hours.add(at, seconds[kind]).due_at if kind in seconds else None
    except NeverOpen:
        return None


def _next_open(hours: OpeningHours, at: datetime) -> datetime | None:
    try:
        return hours.next_open(at)
    except NeverOpen:
        return None


def _today(hours: OpeningHours, at: datetime) -> tuple[tuple[datetime, datetime], ...]:
    zone = ZoneInfo(hours.zone)
    day = at.astimezone(zone).date()
    begins = datetime.combine(day, time(), tzinfo=zone)
    ends = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return tuple(hours.spans(begins, ends))
