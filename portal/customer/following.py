"""Doors: one request's page, its poll, and what its customer does with it."""

from http import HTTPStatus

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import drafts
from portal.asked import ticket_id_of
from portal.customer.doors import own_door
from portal.customer.request_page import known, news_of, page_of, thanks_for
from portal.customer.schemas import AnswerForm
from portal.customer.shell import blueprint, drawn, go_on
from portal.customer.subjects import one_line
from portal.customer.writing import Unsent
from portal.files import enclosed_in
from portal.onward import onward, told_onward
from portal.page import Notice
from portal.thanks import is_to_be_thanked, thanked
from portal.words import ticket_ref
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.errors import Conflict, Invalid, Refused
from servicedesk.kernel.forms import load_form, new_key
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.file_answers import sent
from servicedesk.tickets.files import content_of
from servicedesk.tickets.progress import reopen_ticket, withdraw_ticket
from servicedesk.tickets.queries import TicketRow, ticket_detail


@blueprint.get("/requests/<ref>")
@permits(Permission.TICKET_SEE)
def request_page(ref: str) -> ResponseReturnValue:
    """Show one request."""
    return _page(ticket_id_of(ref))


def _page(
    ticket_id: int,
    *notices: Notice,
    unsent: Unsent | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    found = known(actor(), ticket_id, now=clock.now())
    if url := onward(actor(), found.ticket):
        flash(told_onward(found.ticket))
        return go_on(url)
    is_new = is_to_be_thanked(ticket_id)
    if is_new:
        notices = (*notices, Notice(thanks_for(found), "met"))
    shown = page_of(actor(), found, own_door(found.ticket, reader_id=actor().id), unsent)
    title = f"{found.head.ref} {shown.subject}"
    answer = drawn("request.html", title, *notices, status=status, request_page=shown)
    return thanked(answer) if is_new else answer


@blueprint.get("/requests/<ref>/live")
@permits(Permission.TICKET_SEE)
def live(ref: str) -> ResponseReturnValue:
    """Answer with what is new: 304 while nothing is, else the parts of the page that may have changed."""
    found = known(actor(), ticket_id_of(ref), now=clock.now())
    if request.if_none_match.contains_weak(found.version):
        answer = Response(status=HTTPStatus.NOT_MODIFIED)
    else:
        news = news_of(actor(), found, own_door(found.ticket, reader_id=actor().id))
        answer = make_response(render_template("customer/_news.html", news=news))
    answer.set_etag(found.version)
    return answer


@blueprint.get("/requests/<ref>/files/<int:seq>")
@permits(Permission.TICKET_SEE)
def file(ref: str, seq: int) -> ResponseReturnValue:
    """Send a file of a public message; those of notes are not here, whoever asks."""
    return sent(content_of(actor(), ticket_id_of(ref), seq, public_only=True))


@blueprint.post("/requests/<ref>/messages")
@permits(Permission.TICKET_REPLY)
def say(ref: str) -> ResponseReturnValue:
    """Add a message; one that comes too late for the old request opens a new one, linked to it."""
    ticket_id = ticket_id_of(ref)
    form = load_form(AnswerForm, request.form)
    typed = str(form.values.get("text", ""))
    enclosed = enclosed_in(form)
    if not form.is_valid or enclosed.problems:
        problems = [*(problem.message for problem in form.problems), *enclosed.problems]
        return _page(
            ticket_id, unsent=Unsent(typed, form.key, problems, enclosed.ids), status=enclosed.status
        )
    try:
        told = reply(actor(), ticket_id, text=form.data["text"], uploads=enclosed.ids, key=form.key)
    except (Conflict, Invalid, Refused) as error:
        # What is refused for its input is the same form still; else it is a new one.
        key = form.key if isinstance(error, Invalid) else new_key()
        unsent = Unsent(typed, key, [error.message], enclosed.ids)
        return _page(ticket_id, unsent=unsent, status=HTTPStatus(error.status))
    drafts.sent("reply", ticket_id)
    if told.passed_on:
        flash(_passed_on(ticket_id, told.ticket_id), "met")
    elif told.opened_new:
        flash(_new_instead(ticket_id, told.ticket_id), "due")
    return go_on(url_for("customer.request_page", ref=ticket_ref(told.ticket_id)))


def _passed_on(old_id: int, new_id: int) -> str:
    refs = {"old": ticket_ref(old_id), "new": ticket_ref(new_id)}
    return str(_("%(old)s was merged and goes on here, in %(new)s: your message is below.", **refs))


def _new_instead(old_id: int, new_id: int) -> str:
    refs = {"old": ticket_ref(old_id), "new": ticket_ref(new_id)}
    return str(
        _(
            "%(old)s was closed too long ago to open it again, so your message opened this new request,"
            " %(new)s. The two are linked.",
            **refs,
        )
    )


@blueprint.post("/requests/<ref>/close")
@permits(Permission.TICKET_WITHDRAW)
def close(ref: str) -> ResponseReturnValue:
    """Close a solved request: it works."""
    ticket = ticket_detail(actor(), ticket_id_of(ref))
    if ticket.status == "resolved":
        withdraw_ticket(actor(), ticket.id, expected_version=ticket.row_version)
        flash(str(_("Thank you for telling us. %(ref)s is closed.", ref=ticket_ref(ticket.id))), "met")
    elif ticket.status != "closed":
        return _stale(ticket)
    return _back_to(ticket)


@blueprint.post("/requests/<ref>/reopen")
@permits(Permission.TICKET_REOPEN)
def reopen(ref: str) -> ResponseReturnValue:
    """Take a solved request up again: it does not work."""
    ticket = ticket_detail(actor(), ticket_id_of(ref))
    if ticket.status_category in {"open", "waiting"}:
        return _back_to(ticket)
    try:
        reopen_ticket(actor(), ticket.id, expected_version=ticket.row_version)
    except Refused as error:
        return _page(ticket.id, Notice(error.message, "risk"), status=error.status)
    told = _("%(ref)s is open again. Tell us below what still does not work.", ref=ticket_ref(ticket.id))
    flash(str(told), "due")
    return _back_to(ticket)


@blueprint.get("/requests/<ref>/withdraw")
@permits(Permission.TICKET_WITHDRAW)
def withdraw(ref: str) -> ResponseReturnValue:
    """Ask before a request is withdrawn."""
    ticket = ticket_detail(actor(), ticket_id_of(ref))
    if ticket.status_category not in {"open", "waiting"}:
        return _stale(ticket)
    title = str(_("Withdraw %(ref)s?", ref=ticket_ref(ticket.id)))
    back = url_for("customer.request_page", ref=ticket_ref(ticket.id))
    return drawn("withdraw.html", title, title=title, subject=one_line(ticket.subject), back=back)


@blueprint.post("/requests/<ref>/withdraw")
@permits(Permission.TICKET_WITHDRAW)
def withdraw_it(ref: str) -> ResponseReturnValue:
    """Withdraw a request that is not needed any more."""
    ticket = ticket_detail(actor(), ticket_id_of(ref))
    if ticket.status == "withdrawn":
        return _back_to(ticket)
    if ticket.status_category not in {"open", "waiting"}:
        return _stale(ticket)
    withdraw_ticket(actor(), ticket.id, expected_version=ticket.row_version)
    flash(str(_("%(ref)s is withdrawn. Nobody works on it any more.", ref=ticket_ref(ticket.id))), "held")
    return _back_to(ticket)


def _stale(ticket: TicketRow) -> Response:
    """Show how the request stands by now instead of doing something nobody meant."""
    sentence = str(_("This request has changed meanwhile, and nothing was done. Here is how it stands now."))
    return _page(ticket.id, Notice(sentence, "risk"), status=HTTPStatus.CONFLICT)


def _back_to(ticket: TicketRow) -> Response:
    return go_on(url_for("customer.request_page", ref=ticket_ref(ticket.id)))
