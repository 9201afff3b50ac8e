"""Doors of private links: one request without signing in, and where its requester finds and ends the link."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.asked import ticket_id_of
from portal.customer.doors import link_door
from portal.customer.request_page import known, news_of, page_of, thanks_for
from portal.customer.schemas import LinkAnswerForm
from portal.customer.shell import customer_page, go_on
from portal.customer.subjects import one_line
from portal.customer.writing import Unsent
from portal.page import Notice
from portal.sign_in import no_link, unindexed
from portal.thanks import is_to_be_thanked, thanked
from portal.words import ticket_ref
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits, public
from servicedesk.kernel import clock
from servicedesk.kernel.callers import limit_anonymous_forms
from servicedesk.kernel.display import day
from servicedesk.kernel.errors import Conflict, Invalid, NotFound, Refused, TooMany
from servicedesk.kernel.forms import load_form, new_key
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.links import full_link
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.private_links import (
    Holder,
    end_private_links,
    holder_of,
    make_private_link,
    private_link_of,
)
from servicedesk.tickets.queries import ticket_detail

blueprint = Blueprint("private", __name__)


@blueprint.get("/r/<secret>")
@public
def follow(secret: str) -> ResponseReturnValue:
    """Show the request of a private link."""
    try:
        return _page(secret, holder_of(secret))
    except NotFound as error:
        return _no_good(error)


@blueprint.get("/r/<secret>/live")
@public
def live(secret: str) -> ResponseReturnValue:
    """Answer with what is new, 304 while nothing is."""
    holder = holder_of(secret)
    found = known(holder.actor, holder.ticket_id, now=clock.now())
    if request.if_none_match.contains_weak(found.version):
        answer = Response(status=HTTPStatus.NOT_MODIFIED)
    else:
        news = news_of(holder.actor, found, link_door(found.ticket, secret))
        answer = make_response(render_template("customer/_news.html", news=news))
    answer.set_etag(found.version)
    return unindexed(answer)


@blueprint.post("/r/<secret>/messages")
@public
def say(secret: str) -> ResponseReturnValue:
    """Add a message to the request, as its requester."""
    try:
        holder = holder_of(secret)
    except NotFound as error:
        return _no_good(error)
    form = load_form(LinkAnswerForm, request.form)
    typed = str(form.values.get("text", ""))
    if not form.is_valid:
        problems = [problem.message for problem in form.problems]
        return _page(secret, holder, Unsent(typed, form.key, problems), HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        limit_anonymous_forms()
        reply(holder.actor, holder.ticket_id, text=form.data["text"], channel="link", key=form.key)
    except (Conflict, Invalid, Refused, TooMany) as error:
        key = form.key if isinstance(error, Invalid | TooMany) else new_key()
        return _page(secret, holder, Unsent(typed, key, [error.message]), HTTPStatus(error.status))
    flash(str(_("Your message has arrived.")), "met")
    return unindexed(go_on(url_for("private.follow", secret=secret)))


@blueprint.get("/requests/<ref>/link")
@permits(Permission.TICKET_SEE)
def of_request(ref: str) -> ResponseReturnValue:
    """Show the private link of one's own request, or the button that makes it."""
    ticket = ticket_detail(actor(), ticket_id_of(ref))
    title = str(_("Follow %(ref)s without signing in", ref=ticket_ref(ticket.id)))
    found = private_link_of(actor(), ticket)
    values = {
        "subject": one_line(ticket.subject),
        "address": full_link("private.follow", secret=found.secret) if found and found.secret else "",
        "is_own": ticket.requester_id == actor().id,
        "until": day(found.expires_at) if found else "",
        "back_url": url_for("customer.request_page", ref=ticket_ref(ticket.id)),
        "end_url": url_for("private.end", ref=ticket_ref(ticket.id)),
    }
    page = render_template("private/link.html", page=customer_page(title), **values)
    return unindexed(make_response(page))


@blueprint.post("/requests/<ref>/link")
@permits(Permission.TICKET_SEE)
def make(ref: str) -> ResponseReturnValue:
    """Make the private link of one's own request."""
    make_private_link(actor(), ticket_id_of(ref))
    return go_on(url_for("private.of_request", ref=ref))


@blueprint.post("/requests/<ref>/link/end")
@permits(Permission.TICKET_SEE)
def end(ref: str) -> ResponseReturnValue:
    """End the private link of a request."""
    end_private_links(actor(), ticket_id_of(ref))
    flash(str(_("The link works no longer.")), "met")
    return go_on(url_for("private.of_request", ref=ref))


def _page(
    secret: str, holder: Holder, unsent: Unsent | None = None, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    found = known(holder.actor, holder.ticket_id, now=clock.now())
    shown = page_of(holder.actor, found, link_door(found.ticket, secret), unsent)
    is_new = is_to_be_thanked(holder.ticket_id)
    notices = [Notice(thanks_for(found), "met")] if is_new else []
    page = customer_page(f"{found.head.ref} {shown.subject}", *notices)
    values = {
        "request_page": shown,
        "until": day(holder.expires_at),
        "has_files": any(entry.said and entry.said.files for entry in shown.news.entries),
        "address": full_link("private.follow", secret=secret) if is_new else "",
    }
    answer = unindexed(make_response(render_template("private/request.html", page=page, **values), status))
    return thanked(answer) if is_new else answer


def _no_good(error: NotFound) -> Response:
    return no_link(error, url_for("mail_links.ask"))
