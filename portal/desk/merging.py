"""Doors: merging a ticket into another one, with a look at what that does, and undoing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import words
from portal.answering import go_to, notify
from portal.asked import ticket_id_of, wants_fragment
from portal.desk.keys import TICKET
from portal.desk.ledgers import ClockLine, clock_lines
from portal.desk.promises import clock_name
from portal.desk.schemas import MergeForm
from portal.desk.shell import blueprint, desk_page, shown_version
from portal.desk.undo_offer import offer_undo, withdraw_offer
from portal.words import ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock, i18n
from servicedesk.kernel.errors import Conflict, DeskError, Invalid, NotFound, Refused
from servicedesk.kernel.forms import Form, load_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import ngettext
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.access import may, not_found, triage_ids
from servicedesk.tickets.catalogue import status_name
from servicedesk.tickets.core.numbers import number_from
from servicedesk.tickets.listing import others_of
from servicedesk.tickets.merging import UNDO_WITHIN, merge_of, merge_tickets, undo_merge, why_not
from servicedesk.tickets.queries import TicketRow, conversation, ticket_detail
from sla.queries import ticket_clocks


@dataclass(frozen=True, slots=True)
class Choice:
    """A ticket of the same person that it may be merged into."""

    ref: str
    subject: str
    status: str
    url: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What merging would do. problem: why it is not possible; empty where it is.

    other_person: a sentence where the two come from different people, which has to be confirmed.
    """

    ref: str
    subject: str
    moves: str
    ends: str
    promises: Sequence[ClockLine]
    other_person: str
    problem: str


@dataclass(frozen=True, slots=True)
class MergeSheet:
    """The form as `templates/desk/_merge.html` draws it."""

    ref: str
    subject: str
    action: str
    back: str
    row_version: int
    choices: Sequence[Choice]
    into: str
    problem: str
    preview: Preview | None
    confirm_problem: str = ""


@blueprint.route("/tickets/<ref>/merge", methods=["GET", "POST"])
@permits(Permission.TICKET_EDIT)
def merge(ref: str) -> ResponseReturnValue:
    """Choose a ticket, look at what merging does, and merge."""
    viewer, ticket_id = actor(), ticket_id_of(ref)
    if request.method == "GET":
        return _drawn(viewer, ticket_id, request.args.get("into", ""))
    form = load_form(MergeForm, request.form)
    into = str(form.values.get("into", ""))
    if not form.is_valid or not form.data["do"]:
        problem = "" if form.is_valid else " ".join(str(each.message) for each in form.problems)
        status = HTTPStatus.OK if form.is_valid else HTTPStatus.UNPROCESSABLE_ENTITY
        return _drawn(viewer, ticket_id, into, problem=problem, status=status)
    return _merged(viewer, ticket_id, into, form)


def _merged(viewer: Actor, ticket_id: int, into: str, form: Form) -> Response:
    try:
        into_id = _number(into)
        confirmed, version = form.data["confirmed"], form.row_version
        merge_tickets(viewer, ticket_id, into_id=into_id, confirmed=confirmed, expected_version=version)
    except (Conflict, Invalid, NotFound, Refused) as error:
        is_last_word = isinstance(error, Invalid) and error.field == "confirmed"
        told = {"confirm_problem" if is_last_word else "problem": error.message}
        return _drawn(viewer, ticket_id, into, status=HTTPStatus(error.status), **told)
    refs = {"ref": ticket_ref(ticket_id), "into": ticket_ref(into_id)}
    said = str(_("%(ref)s goes on in %(into)s. This can be undone for 24 hours.", **refs))
    offer_undo(said, url_for("desk.unmerge", ref=refs["ref"]), clock.now() + SHOWN_FOR)
    return go_to(url_for("desk.ticket", ref=refs["into"]))


SHOWN_FOR = UNDO_WITHIN / (24 * 60)


@blueprint.post("/tickets/<ref>/unmerge")
@permits(Permission.TICKET_EDIT)
def unmerge(ref: str) -> ResponseReturnValue:
    """Undo a merge: both tickets are as they were."""
    withdraw_offer()
    ticket_id = ticket_id_of(ref)
    try:
        undo_merge(actor(), ticket_id)
    except Refused as refused:
        notify(refused.message, "late")
        return go_to(url_for("desk.ticket", ref=ref, stay=1))
    notify(str(_("%(ref)s stands by itself again, as before the merge.", ref=ticket_ref(ticket_id))))
    return go_to(url_for("desk.ticket", ref=ref))


def may_unmerge(viewer: Actor, ticket: TicketRow) -> bool:
    """Say whether the viewer may still undo the merge of this ticket."""
    if ticket.merged_into_id is None or not may(viewer, Permission.TICKET_EDIT, ticket, triage_ids()):
        return False
    found = merge_of(ticket.id)
    return found is not None and found.may_be_undone(clock.now())


def _number(text: str) -> int:
    """Return the ticket that a typed number means, also one with its address around it."""
    found = number_from(text.rstrip("/").rsplit("/", 1)[-1].strip(), the_settings().ticket_prefix)
    if found is None:
        raise not_found()
    return found


def _drawn(
    viewer: Actor,
    ticket_id: int,
    into: str,
    *,
    problem: str = "",
    confirm_problem: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    ticket = ticket_detail(viewer, ticket_id)
    preview = None
    try:
        preview = _preview(viewer, ticket, ticket_detail(viewer, _number(into))) if into else None
    except DeskError as error:
        problem = problem or error.message
    sheet = MergeSheet(
        ref=ticket_ref(ticket.id),
        subject=ticket.subject,
        action=url_for("desk.merge", ref=ticket_ref(ticket.id)),
        back=url_for("desk.ticket", ref=ticket_ref(ticket.id)),
        row_version=shown_version() or ticket.row_version,
        choices=() if preview else [_choice(ticket, row) for row in others_of(viewer, ticket)],
        into=into,
        problem=problem,
        preview=preview,
        confirm_problem=confirm_problem,
    )
    if wants_fragment():
        return make_response(render_template("desk/_merge.html", sheet=sheet), status)
    page = desk_page(str(_("Merge %(ref)s", ref=sheet.ref)), TICKET)
    return make_response(render_template("desk/merge.html", sheet=sheet, page=page), status)


def _choice(ticket: TicketRow, row: TicketRow) -> Choice:
    ref = ticket_ref(row.id)
    url = url_for("desk.merge", ref=ticket_ref(ticket.id), into=ref)
    return Choice(ref, row.subject, status_name(row.status, i18n.current_language()), url)


def _preview(viewer: Actor, source: TicketRow, target: TicketRow) -> Preview:
    if source.id == target.id:
        raise Invalid("merge.itself", _("Choose another request than this one."), field="into")
    problem, now = why_not(source, target), clock.now()
    ends = [clock_name(each.kind) for each in ticket_clocks(viewer, source.id, now=now) if each.is_open]
    return Preview(
        ref=ticket_ref(target.id),
        subject=target.subject,
        moves=_moves(viewer, source),
        ends=_ends(ends),
        promises=clock_lines(target.id, ticket_clocks(viewer, target.id, now=now)),
        other_person=_other_person(source, target),
        problem=problem.message if problem else "",
    )


def _moves(viewer: Actor, source: TicketRow) -> str:
    count = len(conversation(viewer, source).messages)
    sentence = ngettext(
        "%(num)d message of %(ref)s is shown there, with where it came from.",
        "%(num)d messages of %(ref)s are shown there, with where they came from.",
        count,
        ref=words.isolated(ticket_ref(source.id)),
    )
    return str(sentence)


def _ends(names: Sequence[str]) -> str:
    if not names:
        return str(_("No promise of it is running."))
    return str(_("Its promises end without being counted: %(names)s.", names=words.listed(list(names))))


def _other_person(source: TicketRow, target: TicketRow) -> str:
    if source.requester_id == target.requester_id:
        return ""
    people = {"one": words.isolated(source.requester_name), "other": words.isolated(target.requester_name)}
    return str(_("They come from different people, %(one)s and %(other)s, and that is meant", **people))
