"""What may be done to a ticket right now, by whom, and with which key: the buttons of page and pane."""

from dataclasses import dataclass, replace

from flask import url_for

from portal import words
from portal.desk.merging import may_unmerge
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import is_offered_to, may, triage_ids
from servicedesk.tickets.handing_over import accountable_for
from servicedesk.tickets.queries import TicketRow


@dataclass(frozen=True, slots=True)
class Doing:
    """A button: a form of its own (`is_post`), or a link to a form that opens as a sheet."""

    label: str
    url: str
    key: str
    does: str
    is_post: bool = False
    is_main: bool = False


def doings(viewer: Actor, ticket: TicketRow, back: str = "") -> list[Doing]:
    """Return what `viewer` may do to `ticket` in its present state, the main thing last.

    back: where to go on to afterwards; the ticket's own page where it is empty.
    """
    if ticket.status_category in ("resolved", "closed"):
        return _after_the_end(viewer, ticket, back)
    found = _about_the_offer(viewer, ticket, back)
    if _may(viewer, Permission.TICKET_ASSIGN, ticket):
        if ticket.assignee_id != viewer.id and not is_offered_to(viewer, ticket):
            found.append(_doing(ticket, str(_("Take")), "take", "t", back, is_post=True))
        found.append(_doing(ticket, str(_("Assign")), "assign", "a", back))
        if accountable_for(ticket) == viewer.id and ticket.offer_seq is None:
            found.append(_doing(ticket, str(_("Hand over")), "hand_over", "h", back))
    if _may(viewer, Permission.TICKET_EDIT, ticket):
        found.append(_doing(ticket, str(_("Priority")), "priority", "p", back))
        if ticket.status_category == "waiting":
            found.append(_doing(ticket, str(_("Take up again")), "start", "", back, is_post=True))
    found += _about_the_customer(viewer, ticket, back)
    if _may(viewer, Permission.TICKET_EDIT, ticket):
        found.append(_doing(ticket, str(_("Merge")), "merge", "m", back))
        found.append(_doing(ticket, str(_("Split")), "split", "d", back))
    if _may(viewer, Permission.TICKET_RESOLVE, ticket):
        found.append(_doing(ticket, str(_("Resolve")), "resolve", "e", back, is_main=True))
    return found


def _about_the_customer(viewer: Actor, ticket: TicketRow, back: str) -> list[Doing]:
    found = []
    if _may(viewer, Permission.TICKET_REPLY, ticket):
        found.append(_doing(ticket, str(_("Note a call")), "call", "", back))
    if _may(viewer, Permission.TICKET_WAIT, ticket):
        found.append(_doing(ticket, str(_("Wait")), "wait", "w", back))
    return found


def _about_the_offer(viewer: Actor, ticket: TicketRow, back: str = "") -> list[Doing]:
    """Return what `viewer` may do about a hand-over on offer: answer it, or take it back."""
    if ticket.offer_seq is None or not viewer.has(Permission.TICKET_ASSIGN):
        return []
    if is_offered_to(viewer, ticket):
        accept = _doing(ticket, str(_("Accept")), "accept_offer", "t", back, is_post=True)
        return [
            replace(accept, does="take"),
            _doing(ticket, str(_("Send back")), "send_back", "", back),
        ]
    if viewer.id in (ticket.offered_by_id, accountable_for(ticket)):
        return [_doing(ticket, str(_("Take back")), "take_back", "", back, is_post=True)]
    return []


def _after_the_end(viewer: Actor, ticket: TicketRow, back: str) -> list[Doing]:
    if ticket.status == "merged":
        is_fresh = may_unmerge(viewer, ticket)
        return [_doing(ticket, str(_("Undo the merge")), "unmerge", "", "", is_post=True)] if is_fresh else []
    if ticket.status == "withdrawn" or not _may(viewer, Permission.TICKET_REOPEN, ticket):
        return []
    found = [_doing(ticket, str(_("Reopen")), "reopen", "", back)]
    if ticket.status == "resolved" and _may(viewer, Permission.TICKET_EDIT, ticket):
        found.append(_doing(ticket, str(_("Merge")), "merge", "m", back))
    return found


def _doing(
    ticket: TicketRow,
    label: str,
    does: str,
    key: str,
    back: str,
    *,
    is_post: bool = False,
    is_main: bool = False,
) -> Doing:
    url = url_for(f"desk.{does}", ref=words.ticket_ref(ticket.id), back=back or None)
    return Doing(label, url, key, does, is_post=is_post, is_main=is_main)


def _may(viewer: Actor, permission: Permission, ticket: TicketRow) -> bool:
    return may(viewer, permission, ticket, triage_ids())
