"""The ticket's doors: its page, what is written to it and done to it, and why the desk did what it did."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import drafts
from portal.answering import go_to, notify
from portal.asked import ticket_id_of, wants_fragment
from portal.desk import deeds, proposals, schemas, sheet
from portal.desk.composing import NOTE, Draft
from portal.desk.conflicts import already_said
from portal.desk.keys import TICKET
from portal.desk.ledger_page import ledger_of
from portal.desk.shell import blueprint, desk_page, place_after, shown_version, way_back
from portal.desk.ticket_page import ticket_page
from portal.desk.undo import notify_sent
from portal.desk.views import ALL, view_named
from portal.desk.why import why_of
from portal.files import Enclosed, enclosed_in
from portal.onward import onward, told_onward
from portal.words import ticket_ref
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.errors import Conflict, Invalid, Refused
from servicedesk.kernel.forms import Form, load_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.assignment import take as take_ticket
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.file_answers import sent
from servicedesk.tickets.files import content_of
from servicedesk.tickets.progress import resolve_ticket, start_work, wait_for
from servicedesk.tickets.queries import conversation, ticket_detail


@blueprint.get("/tickets/<ref>")
@permits(Permission.QUEUE_SEE)
def ticket(ref: str) -> ResponseReturnValue:
    """Show one ticket."""
    return _page(ticket_id_of(ref))


def _page(
    ticket_id: int,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    draft: Draft | None = None,
    seen_version: int | None = None,
) -> Response:
    viewer = actor()
    view = view_named(viewer, request.args.get("view", ALL.key))
    shown = ticket_page(viewer, ticket_id, view, now=clock.now(), draft=draft, seen_version=seen_version)
    if url := onward(viewer, shown.ticket, "desk.ticket"):
        notify(told_onward(shown.ticket), "")
        return go_to(url)
    page = desk_page(shown.title, TICKET)
    return make_response(render_template("desk/ticket.html", ticket=shown, page=page), status)


@blueprint.get("/tickets/<ref>/files/<int:seq>")
@permits(Permission.TICKET_SEE)
def file(ref: str, seq: int) -> ResponseReturnValue:
    """Send a file of a message or note."""
    return sent(content_of(actor(), ticket_id_of(ref), seq))


@blueprint.post("/tickets/<ref>/messages")
@permits(Permission.TICKET_REPLY, Permission.TICKET_NOTE)
def say(ref: str) -> ResponseReturnValue:
    """Send a reply or add a note, and wait or resolve in the same save where the button said so."""
    ticket_id, form = ticket_id_of(ref), load_form(schemas.MessageForm, request.form)
    enclosed = enclosed_in(form)
    if not form.is_valid or enclosed.problems:
        return _refused(ticket_id, form, enclosed.status, enclosed=enclosed)
    try:
        told = _send(ticket_id, form, enclosed.ids)
    except Invalid as error:
        return _refused(ticket_id, form.refused(error), error.status, enclosed=enclosed)
    except (Refused, Conflict) as error:
        if _came_twice(ticket_id, form):
            return go_to(_address(ref))
        stale = form.row_version if isinstance(error, Conflict) else None
        wrong = form.refused(Invalid(error.code, error.message))
        return _refused(ticket_id, wrong, error.status, enclosed=enclosed, seen_version=stale)
    drafts.sent(form.data["kind"], ticket_id)
    if form.data["kind"] == NOTE:
        notify(told)
    else:
        notify_sent(ticket_id, told)
    return go_to(_address(ref))


def _send(ticket_id: int, form: Form, uploads: Sequence[str]) -> str:
    who, text, version = actor(), form.data["text"], form.row_version
    more: dict[str, Any] = {"uploads": uploads, "expected_version": version}
    ref = ticket_ref(ticket_id)
    if form.data["kind"] == NOTE:
        add_note(who, ticket_id, text=text, **more)
        return str(_("Note added to %(ref)s.", ref=ref))
    if form.data["then"] == "wait":
        wait_for(who, ticket_id, status="waiting_customer", text=text, **more)
        return str(_("Sent. %(ref)s waits for the customer.", ref=ref))
    if form.data["then"] == "resolve":
        resolve_ticket(who, ticket_id, answer=text, **more)
        return str(_("Sent. %(ref)s is resolved.", ref=ref))
    reply(who, ticket_id, text=text, key=form.key, **more)
    return str(_("Sent."))


def _came_twice(ticket_id: int, form: Form) -> bool:
    """Say whether the refused form is one that was taken a moment ago: nothing is lost, nothing twice."""
    found = ticket_detail(actor(), ticket_id)
    spoken = conversation(actor(), found)
    return already_said(form.row_version, found, spoken, author_id=actor().id, text=form.data["text"])


def _refused(
    ticket_id: int,
    form: Form,
    status: HTTPStatus,
    *,
    enclosed: Enclosed,
    seen_version: int | None = None,
) -> Response:
    """Show the ticket again with what was typed, what is wrong with it, and what others did meanwhile."""
    wrong = tuple(str(message) for messages in form.errors.values() for message in messages)
    kind, text = str(form.values.get("kind", "")), str(form.values.get("text", ""))
    errors = (*wrong, *enclosed.problems)
    draft = Draft(kind=kind, text=text, key=form.key, errors=errors, files=enclosed.ids)
    return _page(ticket_id, status, draft=draft, seen_version=seen_version)


def _address(ref: str) -> str:
    return url_for("desk.ticket", ref=ref, view=request.args.get("view"))


@blueprint.post("/tickets/<ref>/take")
@permits(Permission.TICKET_ASSIGN)
def take(ref: str) -> ResponseReturnValue:
    """Make the ticket one's own."""

    def do(ticket_id: int) -> str:
        take_ticket(actor(), ticket_id, expected_version=shown_version())
        return str(_("%(ref)s is yours.", ref=ticket_ref(ticket_id)))

    return _at_once(ref, do)


@blueprint.post("/tickets/<ref>/start")
@permits(Permission.TICKET_EDIT)
def start(ref: str) -> ResponseReturnValue:
    """Take a waiting ticket up again."""

    def do(ticket_id: int) -> str:
        start_work(actor(), ticket_id, expected_version=shown_version())
        return str(_("%(ref)s is in progress.", ref=ticket_ref(ticket_id)))

    return _at_once(ref, do)


@blueprint.post("/tickets/<ref>/accept")
@permits(Permission.TICKET_ASSIGN)
def accept(ref: str) -> ResponseReturnValue:
    """Do what routing proposes under the label that the address names."""

    def do(ticket_id: int) -> str:
        label = request.args.get("label", "")
        return proposals.accept(actor(), ticket_id, label=label, version=shown_version())

    return _at_once(ref, do)


def _at_once(ref: str, do: Callable[[int], str]) -> Response:
    """Do what a button without a form says; where that is refused, show the ticket as it is now, and why."""
    ticket_id = ticket_id_of(ref)
    try:
        notify(do(ticket_id))
    except (Refused, Conflict) as refused:
        notify(refused.message, "late")
        stale = shown_version() if isinstance(refused, Conflict) else None
        return _page(ticket_id, refused.status, seen_version=stale)
    return go_to(way_back(place_after(actor(), ticket_id, _address(ref))))


@blueprint.route("/tickets/<ref>/assign", methods=["GET", "POST"])
@permits(Permission.TICKET_ASSIGN)
def assign(ref: str) -> ResponseReturnValue:
    """Give the ticket to a team or a person."""
    return sheet.answer(ref, deeds.ASSIGN)


@blueprint.route("/tickets/<ref>/priority", methods=["GET", "POST"])
@permits(Permission.TICKET_EDIT)
def priority(ref: str) -> ResponseReturnValue:
    """Set impact, urgency and category; the priority follows."""
    return sheet.answer(ref, deeds.PRIORITY)


@blueprint.route("/tickets/<ref>/override", methods=["GET", "POST"])
@permits(Permission.PRIORITY_OVERRIDE)
def override(ref: str) -> ResponseReturnValue:
    """Set the priority by hand, or take that back."""
    return sheet.answer(ref, deeds.OVERRIDE)


@blueprint.route("/tickets/<ref>/wait", methods=["GET", "POST"])
@permits(Permission.TICKET_WAIT)
def wait(ref: str) -> ResponseReturnValue:
    """Let the ticket wait."""
    return sheet.answer(ref, deeds.WAIT)


@blueprint.route("/tickets/<ref>/resolve", methods=["GET", "POST"])
@permits(Permission.TICKET_RESOLVE)
def resolve(ref: str) -> ResponseReturnValue:
    """Resolve the ticket."""
    return sheet.answer(ref, deeds.RESOLVE)


@blueprint.route("/tickets/<ref>/reopen", methods=["GET", "POST"])
@permits(Permission.TICKET_REOPEN)
def reopen(ref: str) -> ResponseReturnValue:
    """Take a resolved ticket up again."""
    return sheet.answer(ref, deeds.REOPEN)


@blueprint.get("/tickets/<ref>/why/<int:seq>")
@permits(Permission.QUEUE_SEE)
def why(ref: str, seq: int) -> ResponseReturnValue:
    """Say why an automatic step was taken: its cause and the values that matched."""
    found = why_of(actor(), ticket_id_of(ref), seq)
    if wants_fragment():
        return render_template("desk/_why.html", why=found)
    return render_template("desk/why.html", why=found, page=desk_page(str(_("Why?")), TICKET))


@blueprint.get("/tickets/<ref>/clocks/<kind>")
@permits(Permission.QUEUE_SEE)
def ledger(ref: str, kind: str) -> ResponseReturnValue:
    """Say why a clock stands where it does: every stretch of time, whether it counts, and their sum."""
    cycle = request.args.get("cycle", type=int)
    found = ledger_of(actor(), ticket_id_of(ref), kind, now=clock.now(), cycle=cycle)
    if wants_fragment():
        return render_template("desk/_ledger.html", ledger=found)
    return render_template("desk/ledger.html", ledger=found, page=desk_page(found.name, TICKET))
