"""The gate: the check before every view, and the proof at start-up that every endpoint declares its needs."""

from http import HTTPMethod, HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, make_response, redirect, request
from flask.typing import RouteCallable

from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Needs, declared_needs
from servicedesk.kernel.error_pages import came_from_here, kept_form, on_desk_error, wants_json
from servicedesk.kernel.errors import NotAllowed, NotSignedIn
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.links import own_path, parts_of

SIGN_IN_PATH = "/sign-in"
_UNASKED = frozenset({HTTPMethod.OPTIONS, HTTPMethod.HEAD})


class UndeclaredEndpoint(RuntimeError):
    """A view says neither whom it permits nor that it is public."""


def needs_of(app: Flask, endpoint: str, method: str) -> Needs | None:
    """Return what an endpoint declares for `method`; None where it declares nothing."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return Needs(everybody=True)  # style, scripts and pictures of the repository
    view: RouteCallable = app.view_functions[endpoint]
    wanted = "GET" if method == HTTPMethod.HEAD else method
    handler: Any = getattr(getattr(view, "view_class", None), wanted.lower(), None)
    return declared_needs(handler) or declared_needs(view)


def check_every_endpoint(app: Flask) -> None:
    """Raise UndeclaredEndpoint if a rule of the URL map leaves open who may use it."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - _UNASKED:
            if needs_of(app, rule.endpoint, method) is None:
                raise UndeclaredEndpoint(f"{method} {rule.rule} ({rule.endpoint}) says nobody and nothing")


def guard() -> None:
    """Let a request through to its view, or raise NotSignedIn or NotAllowed. Runs before every view."""
    if request.endpoint is None or request.method == HTTPMethod.OPTIONS:
        return
    needs = needs_of(current_app, request.endpoint, request.method)
    if needs is not None and needs.everybody:
        return
    who = actor()
    if who.id is None:
        raise NotSignedIn("desk.sign_in", _("Sign in to go on."))
    if needs is None or (needs.permissions and not any(who.has(one) for one in needs.permissions)):
        raise NotAllowed("desk.not_allowed", _("Your role does not allow this."))


def ask_to_sign_in(error: NotSignedIn) -> Response:
    """Send somebody to the sign-in page and back; what they typed into a form is kept on the way."""
    if wants_json():
        return on_desk_error(error)
    if request.headers.get("HX-Request"):
        shown = parts_of(request.headers.get("HX-Current-URL", "")).path
        return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": _way_in(own_path(shown))})
    if request.method in {"GET", "HEAD"}:
        return make_response(redirect(_way_in(request.full_path.rstrip("?")), HTTPStatus.SEE_OTHER))
    if not came_from_here():
        return on_desk_error(error)
    sentence = _("You are signed out. Your text is kept below: sign in in another tab, then send it again.")
    title = _("Sign in, then send it again")
    return kept_form(HTTPStatus.UNAUTHORIZED, title, sentence, sign_in_url=SIGN_IN_PATH)


def _way_in(back: str) -> str:
    """Return the path of the sign-in page that leads back to `back`."""
    return SIGN_IN_PATH if back == "/" else f"{SIGN_IN_PATH}?{urlencode({'next': back})}"
