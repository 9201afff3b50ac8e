"""Doors for people without an account: asking for something, where the desk allows it."""

from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from portal.customer.schemas import GuestForm
from portal.customer.shell import customer_page, go_on
from portal.customer.subjects import subject_of
from portal.framing import home_of
from portal.thanks import thank_for
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import public
from servicedesk.kernel import i18n
from servicedesk.kernel.callers import limit_anonymous_forms
from servicedesk.kernel.errors import Conflict, Invalid, TooMany
from servicedesk.kernel.forms import Form, empty_form, load_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.guests import GuestRequest, file_as_guest
from servicedesk.tickets.recording import SUBJECT_LIMIT

blueprint = Blueprint("guest", __name__)


@blueprint.get("/ask")
@public
def ask() -> ResponseReturnValue:
    """Ask what somebody needs who is not signed in; whoever is goes to their own page."""
    if actor().id is not None:
        return redirect(home_of(actor()), HTTPStatus.SEE_OTHER)
    _check_allowed()
    return _page(empty_form(GuestForm))


@blueprint.post("/ask")
@public
def send() -> ResponseReturnValue:
    """File the request, and go to it by its private link."""
    _check_allowed()
    form = load_form(GuestForm, request.form)
    if not form.is_valid:
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    given = dict(form.data)
    asked = GuestRequest(
        name=given["name"],
        email=given["email"],
        subject=subject_of(given["text"], most=SUBJECT_LIMIT),
        text=given["text"],
        language=i18n.current_language(),
    )
    try:
        limit_anonymous_forms()
        filed = file_as_guest(actor(), asked, key=form.key)
    except (Invalid, Conflict) as error:
        return _page(form.refused(Invalid(error.code, error.message, field=error.field)), error.status)
    except TooMany as error:
        return _page(form.refused(Invalid(error.code, error.message)), error.status)
    return thank_for(go_on(url_for("private.follow", secret=filed.secret)), filed.ticket_id)


def _check_allowed() -> None:
    if not the_settings().anonymous_filing:
        raise NotFound


def _page(form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    page = customer_page(str(_("What do you need?")))
    return make_response(render_template("private/ask.html", page=page, form=form), status)
