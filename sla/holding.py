"""What a person may do to a clock by hand, with a reason: hold it, release it, set another due moment."""

from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.errors import Invalid, Refused
from servicedesk.kernel.save import publish
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.core.statuses import BY_KEY, OPEN_CATEGORIES
from servicedesk.tickets.models import Ticket
from sla.core.events import KINDS
from sla.events import ClockHeld, ClockOverridden, ClockReleased

REASON_LIMIT = 2000
FARTHEST = timedelta(days=5 * 366)


@command
def hold_clock(
    actor: Actor, ticket_id: int, *, kind: str | None, reason: str, expected_version: int | None = None
) -> None:
    """Stop the time of one clock, or of all of a ticket (`kind` None), until it is released."""
    ticket = _open_ticket(actor, ticket_id, expected_version)
    publish(ClockHeld(stream_id=ticket.id, kind=_kind(kind), reason=_reason(reason)))


@command
def release_clock(
    actor: Actor, ticket_id: int, *, kind: str | None, reason: str, expected_version: int | None = None
) -> None:
    """End a hold of the same clock, or of all."""
    ticket = _open_ticket(actor, ticket_id, expected_version)
    publish(ClockReleased(stream_id=ticket.id, kind=_kind(kind), reason=_reason(reason)))


@command
def override_clock(
    actor: Actor,
    ticket_id: int,
    *,
    kind: str,
    until: datetime,
    reason: str,
    expected_version: int | None = None,
) -> None:
    """Let the running cycle of a clock be due at `until`; a later change of priority leaves that alone."""
    ticket = _open_ticket(actor, ticket_id, expected_version)
    check_until(until)
    kind, why, until = _kind(kind) or kind, _reason(reason), until.astimezone(UTC)
    publish(ClockOverridden(stream_id=ticket.id, kind=kind, until=until, reason=why))


def check_until(until: datetime | None) -> None:
    """Refuse a due moment that does not lie ahead, or five years and more; raises Invalid."""
    if until is None or not clock.now() < until <= clock.now() + FARTHEST:
        raise Invalid("clock.until_bad", _("Choose a time that lies ahead."), field="until")


def _open_ticket(actor: Actor, ticket_id: int, expected_version: int | None) -> Ticket:
    ticket = ticket_for(actor, ticket_id, Permission.CLOCK_OVERRIDE, expected_version=expected_version)
    if BY_KEY[ticket.status].category not in OPEN_CATEGORIES:
        raise Refused("clock.ticket_done", _("This request is done: its clocks stand still."))
    return ticket


def _kind(kind: str | None) -> str | None:
    if kind is not None and kind not in KINDS:
        raise Invalid("clock.unknown", _("Choose one of the clocks."), field="kind")
    return kind


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Invalid("clock.why_missing", _("Say why, so that others understand it later."), field="reason")
    return reason.strip()[:REASON_LIMIT]
