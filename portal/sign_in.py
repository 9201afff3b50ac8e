"""Signing in and out, and the one-time links that let somebody in for the first time."""

from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import login_user

from portal.framing import home_of
from servicedesk.identity import sign_in as doors
from servicedesk.identity.current import actor, load_member, sign_in_in_force
from servicedesk.identity.devices import known_device, remember_device
from servicedesk.identity.gate import SIGN_IN_PATH
from servicedesk.identity.permissions import public
from servicedesk.identity.schemas import FirstAdministratorForm, NewPasswordForm, SignInForm
from servicedesk.identity.sessions import sign_out
from servicedesk.identity.sign_in import Proven, Visit
from servicedesk.identity.tokens import FIRST_ADMINISTRATOR, SET_PASSWORD, good_token
from servicedesk.kernel import i18n
from servicedesk.kernel.callers import caller_address, limit_anonymous_forms
from servicedesk.kernel.errors import Invalid, NotFound, TooMany
from servicedesk.kernel.forms import Form, empty_form, load_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.links import own_path
from servicedesk.kernel.this_desk import the_settings

blueprint = Blueprint("sign_in", __name__)


@blueprint.get(SIGN_IN_PATH)
@public
def ask() -> ResponseReturnValue:
    """Show the sign-in form, or go on for somebody who is signed in."""
    back = own_path(request.args.get("next"), "")
    if actor().id is not None:
        return redirect(back or home_of(actor()), HTTPStatus.SEE_OTHER)
    return _page("sign_in/sign_in.html", empty_form(SignInForm, next=back))


@blueprint.post(SIGN_IN_PATH)
@public
def enter() -> ResponseReturnValue:
    """Sign in, and go where the visitor wanted to."""
    form = load_form(SignInForm, request.form)
    if not form.is_valid:
        return _page("sign_in/sign_in.html", form, HTTPStatus.UNPROCESSABLE_ENTITY)
    email, password = form.data["email"], form.data["password"]
    visit = visit_of(device=known_device(email))
    try:
        proven = doors.sign_in(
            actor(), email=email, password=password, visit=visit, limit=the_settings().rate_limit_sign_in
        )
    except Invalid as error:
        return _page("sign_in/sign_in.html", form.refused(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    except TooMany as error:
        refused = form.refused(Invalid(error.code, error.message))
        response = _page("sign_in/sign_in.html", refused, HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(error.details["retry_after_seconds"])
        return response
    return let_in(proven, email, form.data["next"])


@blueprint.post("/sign-out")
@public
def leave() -> ResponseReturnValue:
    """Sign out here; the other sign-ins of the person go on."""
    found = sign_in_in_force()
    if found is not None:
        sign_out(found.actor, found.token_digest)
    _forget_cookie()
    response = redirect(SIGN_IN_PATH, HTTPStatus.SEE_OTHER)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.get("/set-up/<secret>")
@public
def set_up(secret: str) -> ResponseReturnValue:
    """Show the form that makes the first administrator of an empty desk."""
    good_token(secret, FIRST_ADMINISTRATOR)
    return _page("sign_in/set_up.html", empty_form(FirstAdministratorForm))


@blueprint.post("/set-up/<secret>")
@public
def make_first_administrator(secret: str) -> ResponseReturnValue:
    """Make the first administrator and sign them in."""
    limit_anonymous_forms()
    form = load_form(FirstAdministratorForm, request.form)
    if not form.is_valid:
        return _page("sign_in/set_up.html", form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        proven = doors.create_first_administrator(actor(), secret, visit=visit_of(), **form.data)
    except Invalid as error:
        return _page("sign_in/set_up.html", form.refused(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return let_in(proven, form.data["email"])


@blueprint.get("/password/<secret>")
@public
def new_password(secret: str) -> ResponseReturnValue:
    """Show the form that a link for a new password leads to."""
    try:
        good_token(secret, SET_PASSWORD)
    except NotFound as error:
        return no_link(error, url_for("mail_links.forgotten"))
    return unindexed(_page("sign_in/password.html", empty_form(NewPasswordForm)))


@blueprint.post("/password/<secret>")
@public
def set_password(secret: str) -> ResponseReturnValue:
    """Set the password and sign in."""
    limit_anonymous_forms()
    form = load_form(NewPasswordForm, request.form)
    if not form.is_valid:
        return _page("sign_in/password.html", form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        proven = doors.set_password_by_link(actor(), secret, visit=visit_of(), **form.data)
    except NotFound as error:
        return no_link(error, url_for("mail_links.forgotten"))
    except Invalid as error:
        return _page("sign_in/password.html", form.refused(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return let_in(proven)


def visit_of(device: str | None = None) -> Visit:
    """Return from where somebody tries to get in."""
    return Visit(caller_address(), request.user_agent.string, device)


def no_link(error: NotFound, again_url: str) -> Response:
    """Say that a mailed link works no longer, and where to ask for another."""
    title = str(_("This link works no longer"))
    values = {"title": title, "sentence": error.message, "again_url": again_url}
    return unindexed(make_response(render_template("sign_in/no_link.html", **values), error.status))


def unindexed(response: Response) -> Response:
    """Keep the address of a page that is a secret from other sites and from search engines."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _page(template: str, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    takes_guests = the_settings().anonymous_filing
    return make_response(render_template(template, form=form, takes_guests=takes_guests), status)


def let_in(proven: Proven, email: str = "", back: str = "") -> Response:
    """Begin a new cookie: whatever an attacker may have put into the old one is gone."""
    _forget_cookie()
    member = load_member(proven.token)
    login_user(member)
    cookie.permanent = True
    home = home_of(member.actor) if member else "/"
    response = make_response(redirect(own_path(back, home), HTTPStatus.SEE_OTHER))
    if email:
        remember_device(response, email)
    return response


def _forget_cookie() -> None:
    language = cookie.get(i18n.COOKIE_KEY)
    cookie.clear()
    if language is not None:
        cookie[i18n.COOKIE_KEY] = language
