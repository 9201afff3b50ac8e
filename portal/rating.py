"""Doors of the rating: the signed link of a mail, and the box on one's own solved request.

Opening the link records nothing; only sending the form does, so a program that opens links rates nothing.
"""

from http import HTTPStatus

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.asked import ticket_id_of
from portal.customer.rating_box import rating_box
from portal.customer.schemas import RatingForm
from portal.customer.shell import customer_page, go_on
from portal.sign_in import no_link, unindexed
from portal.words import ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits, public
from servicedesk.kernel.callers import limit_anonymous_forms
from servicedesk.kernel.errors import DeskError, Invalid, NotFound, Refused, TooMany
from servicedesk.kernel.forms import Form, load_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.queries import TicketRow
from servicedesk.tickets.surveys import rate, rater_of, rating_of

blueprint = Blueprint("rating", __name__)


@blueprint.get("/rate/<signed>")
@public
def ask(signed: str) -> ResponseReturnValue:
    """Show the question of a mail, with what was answered before."""
    try:
        return _page(signed)
    except NotFound as error:
        return no_link(error, url_for("mail_links.ask"))


@blueprint.post("/rate/<signed>")
@public
def answer(signed: str) -> ResponseReturnValue:
    """Record the answer."""
    try:
        rater, ticket, resolution = rater_of(signed)
    except NotFound as error:
        return no_link(error, url_for("mail_links.ask"))
    form, refusal = _recorded(rater, ticket, resolution)
    if refusal is not None:
        return _page(signed, form, refusal)
    return unindexed(go_on(url_for("rating.ask", signed=signed)))


@blueprint.post("/requests/<ref>/rating")
@permits(Permission.TICKET_REPLY)
def answer_here(ref: str) -> ResponseReturnValue:
    """Record the answer given on one's own request."""
    ticket_id = ticket_id_of(ref)
    form = load_form(RatingForm, request.form)
    if not form.is_valid:
        flash(str(_("Choose one of the five.")), "risk")
    else:
        try:
            _record(actor(), ticket_id, int(form.data["resolution"] or 0), form)
        except (Invalid, Refused) as error:
            flash(error.message, "risk")
    return go_on(url_for("customer.request_page", ref=ticket_ref(ticket_id)))


def _recorded(rater: Actor, ticket: TicketRow, resolution: int) -> tuple[Form, DeskError | None]:
    form = load_form(RatingForm, request.form)
    if not form.is_valid:
        return form, Invalid("survey.score", str(_("Choose one of the five.")), field="score")
    try:
        limit_anonymous_forms()
        _record(rater, ticket.id, resolution, form)
    except (Invalid, Refused, TooMany) as error:
        return form, error
    return form, None


def _record(rater: Actor, ticket_id: int, resolution: int, form: Form) -> None:
    rate(
        rater,
        ticket_id,
        resolution=resolution,
        score=int(form.data["score"]),
        comment=form.data["comment"],
    )
    flash(str(_("Thank you for your answer.")), "met")


def _page(signed: str, form: Form | None = None, refusal: DeskError | None = None) -> Response:
    rater, ticket, resolution = rater_of(signed)
    found = rating_of(rater, ticket)
    is_open = found is not None and found.resolution == resolution
    action = url_for("rating.answer", signed=signed)
    box = rating_box(found, action, form, refusal) if found is not None and is_open else None
    title = str(_("How did we do with %(ref)s?", ref=ticket_ref(ticket.id)))
    status = HTTPStatus(refusal.status) if refusal is not None else HTTPStatus.OK
    page = render_template("private/rating.html", page=customer_page(title), rating=box)
    return unindexed(make_response(page, status))
