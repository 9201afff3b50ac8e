"""Doors and pieces of undo: a reply that is taken back stands in the composer again."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.answering import go_to, notify
from portal.asked import ticket_id_of
from portal.desk.composing import REPLY, Draft
from portal.desk.shell import blueprint
from portal.desk.undo_offer import offer_undo, withdraw_offer
from portal.words import ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.forms import new_key
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.held import may_be_taken_back_for
from servicedesk.tickets.queries import TicketRow
from servicedesk.tickets.taking_back import last_reply, take_back_reply, unsent_reply

ALREADY = "undo.already"


def notify_sent(ticket_id: int, sentence: str) -> None:
    """Say that a reply went out, with its undo where the desk allows one."""
    wait = may_be_taken_back_for()
    seq = last_reply(actor(), ticket_id) if wait else None
    if seq is None:
        notify(sentence)
        return
    url = url_for("desk.unsend", ref=ticket_ref(ticket_id), seq=seq)
    offer_undo(sentence, url, clock.now() + wait, is_last_chance=True)


@blueprint.post("/tickets/<ref>/messages/<int:seq>/undo")
@permits(Permission.TICKET_REPLY)
def unsend(ref: str, seq: int) -> ResponseReturnValue:
    """Take a reply back; its text, files and what was to follow stand in the composer again."""
    withdraw_offer()
    try:
        take_back_reply(actor(), ticket_id_of(ref), seq=seq)
    except Refused as refused:
        notify(refused.message, "late")
        # From a second tab: the text is there, too.
        return go_to(url_for("desk.ticket", ref=ref, undone=seq if refused.code == ALREADY else None))
    notify(str(_("Taken back: nothing was sent. Your text is in the box again.")))
    return go_to(url_for("desk.ticket", ref=ref, undone=seq, _anchor="composer"))


def unsent_draft(viewer: Actor, ticket: TicketRow) -> Draft | None:
    """Return the reply that the address says was taken back (`undone=12`), as a draft."""
    asked = request.args.get("undone", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        return None
    unsent = unsent_reply(viewer, ticket.id, int(asked))
    if unsent is None:
        return None
    return Draft(REPLY, unsent.text, new_key(), errors=(), files=unsent.uploads, then=unsent.then)
