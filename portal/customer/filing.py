"""Doors: the customer's home with the one box, the forms of the catalogue, and sending a request."""

from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from knowledge.feedback import sending_beside
from portal import drafts
from portal.customer.answers import LOOK, beside, own_fields, put_aside
from portal.customer.asking import box, item_page, request_in
from portal.customer.proposal import proposed_for
from portal.customer.rows import request_rows
from portal.customer.schemas import request_form
from portal.customer.shell import blueprint, drawn, go_on
from portal.files import NOTHING, Enclosed, enclosed_in
from portal.framing import home_of
from portal.thanks import thank_for
from portal.words import ticket_ref
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits, signed_in
from servicedesk.kernel import clock, i18n
from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed
from servicedesk.kernel.forms import Form, empty_form, load_form, new_key
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import ItemRow, item_by_key
from servicedesk.tickets.drafts import NEW
from servicedesk.tickets.opening import open_ticket
from servicedesk.tickets.requests import request_page

SHOWN_AT_HOME = 5


@blueprint.get("/")
@signed_in
def home() -> ResponseReturnValue:
    """Ask what somebody needs, and show how their requests stand."""
    viewer, now = actor(), clock.now()
    if not viewer.has(Permission.TICKET_FILE):
        return _elsewhere()
    own = request_page(viewer, limit=SHOWN_AT_HOME)
    rows = request_rows(viewer, own.rows, now=now)
    return drawn("home.html", _title(), box=box(viewer, at=now), requests=rows, has_more=own.has_more)


def _elsewhere() -> ResponseReturnValue:
    place = home_of(actor())
    if place == "/":
        raise NotAllowed("desk.not_allowed", _("Your role does not allow this."))
    return redirect(place, HTTPStatus.SEE_OTHER)


def _title() -> str:
    return str(_("What do you need?"))


@blueprint.route("/requests/proposal", methods=["GET", "POST"])
@permits(Permission.TICKET_FILE)
def proposal() -> ResponseReturnValue:
    """Show where a text would go and what would be promised; changes nothing."""
    without = put_aside(request.values)
    found = proposed_for(actor(), request.values.get("text", ""), at=clock.now(), without=without)
    return render_template("customer/_proposal.html", proposed=found)


@blueprint.get("/requests/new")
@permits(Permission.TICKET_FILE)
def new_request() -> ResponseReturnValue:
    """Show the one box, or the form of the catalogue item that was picked."""
    key = request.args.get("item", "")
    item = item_by_key(key) if key else None
    if key and item is None:
        raise NotFound
    form = empty_form(request_form(item, i18n.current_language()))
    return _form(form, item)


@blueprint.post("/requests/new")
@permits(Permission.TICKET_FILE)
def send_request() -> ResponseReturnValue:
    """File the request and go to its page; or show the form again with everything that was typed."""
    picked = request.form.get("choose", "")
    if picked or request.form.get(LOOK):
        return _other_form(item_by_key(picked) if picked else None)
    key = request.form.get("item", "")
    item = item_by_key(key) if key else None
    form = load_form(request_form(item, i18n.current_language()), own_fields(request.form))
    if key and item is None:
        form = form.refused(Invalid("item.unknown", _("Choose what you need from the list.")))
    enclosed = enclosed_in(form)
    if not form.is_valid or enclosed.problems:
        return _form(form, item, enclosed.status, enclosed)
    try:
        with sending_beside(beside(actor(), request.form)):
            ticket_id = open_ticket(actor(), request_in(form, item, enclosed.ids), key=form.key)
    except Invalid as error:
        return _form(form.refused(error), item, error.status, enclosed)
    except Conflict as error:
        return _already_sent(form, item, error, enclosed)
    drafts.sent(NEW)
    page = url_for("customer.request_page", ref=ticket_ref(ticket_id))
    return thank_for(go_on(page), ticket_id)


def _other_form(item: ItemRow | None) -> Response:
    """Show the form of an item that was picked while writing; what is in the box comes along."""
    typed, sent = request.form.get("text", ""), request.form.getlist("upload")
    form = empty_form(request_form(item, i18n.current_language()), text=typed, upload=sent)
    return _form(form, item, enclosed=enclosed_in(form))


def _already_sent(form: Form, item: ItemRow | None, error: Conflict, enclosed: Enclosed) -> Response:
    """The same form came with another text: keep it, name the request there is, let it be a new one."""
    ref = ticket_ref(int(str(error.details["result"])))
    sentence = _(
        "You have already sent this form as %(ref)s, with another text. Add the change there as a message,"
        " or send it again as a new request.",
        ref=ref,
    )
    fresh = Form(form.schema, values=form.values, key=new_key())
    return _form(fresh.refused(Invalid(error.code, str(sentence))), item, error.status, enclosed)


def _form(
    form: Form, item: ItemRow | None, status: HTTPStatus = HTTPStatus.OK, enclosed: Enclosed = NOTHING
) -> Response:
    viewer, now = actor(), clock.now()
    if item is None:
        without = put_aside(request.form)
        drawn_box = box(viewer, at=now, form=form, without=without, enclosed=enclosed)
        return drawn("new.html", _title(), box=drawn_box, status=status)
    asked = item_page(viewer, item, form, at=now, enclosed=enclosed)
    return drawn("item.html", asked.item.name, asked=asked, status=status)
