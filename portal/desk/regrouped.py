"""Tickets that went apart or together, as facts beside a ticket."""

from collections.abc import Sequence

from flask import url_for

from portal import words
from portal.desk.facts import Fact
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.joined import merged_ids
from servicedesk.tickets.queries import Conversation, TicketRow


def regrouped_facts(ticket: TicketRow, spoken: Conversation) -> Sequence[Fact]:
    """Return where a merged ticket goes on, and which tickets go on in this one."""
    found = [_fact(str(_("Merged into")), ticket.merged_into_id)] if ticket.merged_into_id else []
    merged = merged_ids(spoken) if ticket.merged_count else []
    found += [_fact(str(_("Merged from")), each, stay="1") for each in merged]
    labels = {"split_into": str(_("Split into")), "split_from": str(_("Split from"))}
    splits = [event.body for event in spoken.events if event.type == "ticket_split"]
    return [*found, *(_fact(labels[str(each["relation"])], int(str(each["other_id"]))) for each in splits)]


def _fact(label: str, ticket_id: int, stay: str | None = None) -> Fact:
    ref = words.ticket_ref(ticket_id)
    return Fact(label, ref, url=url_for("desk.ticket", ref=ref, stay=stay))
