"""Doors: splitting words of the customer off into a new ticket, and undoing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.answering import go_to, notify
from portal.asked import ticket_id_of, wants_fragment
from portal.desk.doings import Doing
from portal.desk.keys import TICKET
from portal.desk.schemas import SplitForm
from portal.desk.shell import blueprint, desk_page, place_after
from portal.desk.undo_offer import offer_undo, withdraw_offer
from portal.words import Moment, moment, ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.errors import Conflict, Invalid, Refused
from servicedesk.kernel.forms import Form, Problem, load_form, new_key
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.queries import Conversation, TicketRow, conversation, ticket_detail
from servicedesk.tickets.splitting import is_untouched, split_in, split_ticket, undo_split

SHOWN_FOR = timedelta(seconds=60)
SHORT = 400


@dataclass(frozen=True, slots=True)
class Choice:
    """A message that may begin the new ticket."""

    seq: int
    at: Moment
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SplitSheet:
    """The form as `templates/desk/_split.html` draws it."""

    ref: str
    subject: str
    action: str
    back: str
    key: str
    row_version: int
    choices: Sequence[Choice]
    typed: str
    problems: Sequence[Problem]


@blueprint.route("/tickets/<ref>/split", methods=["GET", "POST"])
@permits(Permission.TICKET_EDIT)
def split(ref: str) -> ResponseReturnValue:
    """Choose words of the customer, and begin a new ticket with them."""
    viewer, ticket_id = actor(), ticket_id_of(ref)
    if request.method == "GET":
        return _drawn(viewer, ticket_id, Form(SplitForm(), key=new_key()))
    form = load_form(SplitForm, request.form)
    if not form.is_valid:
        return _drawn(viewer, ticket_id, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    seqs, subject, version = form.data["messages"], form.data["subject"], form.row_version
    try:
        new_id = split_ticket(
            viewer, ticket_id, seqs=seqs, subject=subject, expected_version=version, key=form.key
        )
    except (Conflict, Invalid, Refused) as error:
        told = error if isinstance(error, Invalid) else Invalid(error.code, error.message)
        return _drawn(viewer, ticket_id, form.refused(told), HTTPStatus(error.status))
    new_ref = ticket_ref(new_id)
    said = str(_("%(new)s was split off from %(old)s.", new=new_ref, old=ticket_ref(ticket_id)))
    offer_undo(said, url_for("desk.unsplit", ref=new_ref), clock.now() + SHOWN_FOR)
    return go_to(place_after(viewer, new_id, url_for("desk.ticket", ref=new_ref)))


@blueprint.post("/tickets/<ref>/unsplit")
@permits(Permission.TICKET_EDIT)
def unsplit(ref: str) -> ResponseReturnValue:
    """Undo a split, while nothing happened to the new ticket."""
    withdraw_offer()
    try:
        old_id = undo_split(actor(), ticket_id_of(ref))
    except Refused as refused:
        notify(refused.message, "late")
        return go_to(url_for("desk.ticket", ref=ref))
    notify(str(_("The split is undone: %(ref)s leads back here.", ref=ticket_ref(ticket_id_of(ref)))))
    return go_to(url_for("desk.ticket", ref=ticket_ref(old_id)))


def undo_doings(viewer: Actor, ticket: TicketRow, spoken: Conversation) -> Sequence[Doing]:
    """Return the button that undoes the split which began a ticket, while that is possible."""
    begun = split_in(spoken.events)
    may_edit = may(viewer, Permission.TICKET_EDIT, ticket, triage_ids())
    if begun is None or ticket.status_category == "closed" or not may_edit:
        return ()
    if not is_untouched(spoken.events, begun, len(spoken.messages)):
        return ()
    url = url_for("desk.unsplit", ref=ticket_ref(ticket.id))
    return (Doing(str(_("Undo the split")), url, "", "unsplit", is_post=True),)


def _drawn(viewer: Actor, ticket_id: int, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    ticket = ticket_detail(viewer, ticket_id)
    ref = ticket_ref(ticket.id)
    sheet = SplitSheet(
        ref=ref,
        subject=ticket.subject,
        action=url_for("desk.split", ref=ref),
        back=url_for("desk.ticket", ref=ref),
        key=form.key or new_key(),
        row_version=form.row_version or ticket.row_version,
        choices=_choices(viewer, ticket, form),
        typed=str(form.values.get("subject", "")),
        problems=form.problems,
    )
    if wants_fragment():
        return make_response(render_template("desk/_split.html", sheet=sheet), status)
    page = desk_page(str(_("Split %(ref)s", ref=ref)), TICKET)
    return make_response(render_template("desk/split.html", sheet=sheet, page=page), status)


def _choices(viewer: Actor, ticket: TicketRow, form: Form) -> Sequence[Choice]:
    spoken = conversation(viewer, ticket)
    theirs = [row for row in spoken.messages if row.public and row.by == "customer" and row.text]
    chosen = {str(seq) for seq in form.values.get("messages", ())}
    return [
        Choice(row.seq, moment(row.at), (row.text or "")[:SHORT], str(row.seq) in chosen)
        for row in theirs[0 if spoken.is_cut else 1 :]
    ]
