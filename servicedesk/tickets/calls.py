"""Calls that an agent notes down later: the word counts from when it was said, and both times are kept."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import instant_text
from servicedesk.kernel.errors import Invalid, NotAllowed, Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import ngettext
from servicedesk.kernel.save import publish
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.conversation import add_message, move_on_message
from servicedesk.tickets.events import CallLogged
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.recording import clean_text, speaks_as

PHONE = "phone"


def log_call(
    actor: Actor,
    ticket_id: int,
    *,
    text: str,
    happened_at: datetime,
    uploads: Sequence[str] = (),
    expected_version: int | None = None,
    key: str | None = None,
) -> None:
    """Note down what was said to the customer by phone, or while offline; it answers them from `happened_at`.

    Clocks are folded as if it had been noted at once (F9). Raises Invalid for a time that lies ahead, before
    the ticket, or further back than the desk allows.
    """
    happened_at = happened_at.astimezone(UTC)
    payload = {"by": actor.id, "ticket": ticket_id, "call": text, "at": instant_text(happened_at)}

    @command
    def log(who: Actor) -> int:
        ticket = ticket_for(who, ticket_id, Permission.TICKET_REPLY, expected_version=expected_version)
        _check(who, ticket, happened_at)
        _note(who, ticket, text, happened_at, uploads)
        remember(key, payload, ticket_id)
        return ticket_id

    once(key, payload, lambda: log(actor))


def _note(actor: Actor, ticket: Ticket, text: str, happened_at: datetime, uploads: Sequence[str]) -> None:
    words = clean_text(text, field="text")
    said = add_message(ticket, actor, words, by="agent", channel=PHONE, at=happened_at, uploads=uploads)
    publish(CallLogged(stream_id=ticket.id, message_seq=said.seq, happened_at=happened_at))
    move_on_message(ticket, "agent", happened_at)


def _check(actor: Actor, ticket: Ticket, happened_at: datetime) -> None:
    if speaks_as(actor, ticket) != "agent":
        raise NotAllowed("call.for_agents", _("Only agents note down calls."))
    if ticket.status_category == "closed":
        raise Refused("ticket.closed", _("This request is closed. Reopen it first, or add a note."))
    now, hours = clock.now(), the_settings().backdate_hours
    if happened_at > now:
        raise Invalid("call.ahead", _("Choose a time that has passed."), field="happened_at")
    if happened_at < ticket.opened_at:
        raise Invalid("call.before", _("This is before the request was filed."), field="happened_at")
    if happened_at < now - timedelta(hours=hours):
        limit = ngettext(
            "A call can be noted down up to %(num)d hour later.",
            "A call can be noted down up to %(num)d hours later.",
            hours,
        )
        raise Invalid("call.too_long_ago", limit, field="happened_at")
