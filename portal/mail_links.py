"""Doors of mailed links: asking for one to sign in or for a new password, and signing in with it.

Opening a link shows a page and does nothing more, so a program that opens every link of a mail does no harm.
"""

from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from portal.framing import home_of
from portal.sign_in import let_in, no_link, unindexed, visit_of
from servicedesk.channels.outbox import outbox_folder
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import public
from servicedesk.identity.schemas import AddressForm, SameAddressForm
from servicedesk.identity.sign_in import sign_in_by_link
from servicedesk.identity.tokens import SET_PASSWORD, SIGN_IN, good_token, secret_of
from servicedesk.kernel.callers import caller_address
from servicedesk.kernel.errors import Invalid, NotFound, TooMany
from servicedesk.kernel.forms import Form, empty_form, load_form
from servicedesk.kernel.links import own_path
from servicedesk.kernel.this_desk import the_settings
from servicedesk.notify.mailed_links import ask_for_link

blueprint = Blueprint("mail_links", __name__)

ASKED, GO_ON = "asked_links", "asked_next"  # in the cookie: links asked for here, and where to go then
MOST_ASKED = 5


@blueprint.get("/sign-in/link")
@public
def ask() -> ResponseReturnValue:
    """Ask for the address that a link to sign in is sent to."""
    back = own_path(request.args.get("next"), "")
    if actor().id is not None:
        return redirect(back or home_of(actor()), HTTPStatus.SEE_OTHER)
    return _page("ask_link.html", form=empty_form(AddressForm, next=back))


@blueprint.post("/sign-in/link")
@public
def send_link() -> ResponseReturnValue:
    """Let a link to sign in be mailed; the answer is the same whoever has the address."""
    form, nonce = _asked(SIGN_IN)
    if not nonce:
        return _page("ask_link.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    cookie[ASKED] = [nonce, *cookie.get(ASKED, [])][:MOST_ASKED]
    cookie[GO_ON] = own_path(form.data["next"], "")
    return _sent(form.data["email"], minutes=20)


@blueprint.get("/password/forgotten")
@public
def forgotten() -> ResponseReturnValue:
    """Ask for the address that a link to choose a password is sent to."""
    return _page("forgotten.html", form=empty_form(AddressForm))


@blueprint.post("/password/forgotten")
@public
def send_password_link() -> ResponseReturnValue:
    """Let a link to choose a password be mailed; the answer is the same whoever has the address."""
    form, nonce = _asked(SET_PASSWORD)
    if not nonce:
        return _page("forgotten.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    return _sent(form.data["email"], minutes=60)


@blueprint.get("/sign-in/link/<secret>")
@public
def open_link(secret: str) -> ResponseReturnValue:
    """Show the button that signs in, and outside of the browser that asked, a field for the address."""
    try:
        good_token(secret, SIGN_IN)
    except NotFound as error:
        return _no_good(error)
    return _button(empty_form(SameAddressForm), secret)


@blueprint.post("/sign-in/link/<secret>")
@public
def enter(secret: str) -> ResponseReturnValue:
    """Sign in with the link, which is used up by it."""
    form, limit = load_form(SameAddressForm, request.form), the_settings().rate_limit_sign_in
    email = None if _was_asked_here(secret) else str(form.values.get("email", ""))
    back = str(cookie.get(GO_ON, "")) if email is None else ""
    try:
        proven = sign_in_by_link(actor(), secret, email=email, visit=visit_of(), limit=limit)
    except NotFound as error:
        return _no_good(error)
    except Invalid as error:
        return _button(form.refused(error), secret, error.status)
    except TooMany as error:
        return _button(form.refused(Invalid(error.code, error.message)), secret, error.status)
    return let_in(proven, back=back)


def _asked(purpose: str) -> tuple[Form, str]:
    """Return the form that was sent and the nonce of the link on its way; none where it is refused."""
    form = load_form(AddressForm, request.form)
    if not form.is_valid:
        return form, ""
    limit = the_settings().rate_limit_sign_in
    email = form.data["email"]
    return form, ask_for_link(actor(), purpose, email=email, address=caller_address(), limit=limit)


def _was_asked_here(secret: str) -> bool:
    return any(secret_of(str(nonce), SIGN_IN) == secret for nonce in cookie.get(ASKED, ()))


def _button(form: Form, secret: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return _page("by_link.html", status, form=form, asks_address=not _was_asked_here(secret))


def _sent(email: str, *, minutes: int) -> Response:
    """Say that a mail is on its way if somebody has the address; where this is a trial, where it lies."""
    settings = the_settings()
    is_trial = settings.smtp_server is None and settings.is_on_loopback
    lies_in = str(outbox_folder()) if is_trial else ""
    return _page("link_sent.html", email=email, minutes=minutes, lies_in=lies_in)


def _no_good(error: NotFound) -> Response:
    return no_link(error, url_for("mail_links.ask"))


def _page(template: str, status: HTTPStatus = HTTPStatus.OK, **values: object) -> Response:
    return unindexed(make_response(render_template(f"sign_in/{template}", **values), status))
