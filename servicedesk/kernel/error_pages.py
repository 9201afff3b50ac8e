"""Errors as people and programs see them: a page in the reader's language, a fragment, or problem+json."""

from http import HTTPStatus

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateNotFound
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Busy, DeskError, Invalid
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.links import parts_of
from servicedesk.kernel.logs import logger

log = logger(__name__)

PROBLEM = "application/problem+json"
RETRY_SECONDS = 2
_DISK_FULL = "53100"  # SQLSTATE of PostgreSQL
# Never shown back: secrets, and the token that was too old.
_UNSHOWN = frozenset({"csrf_token", "password", "new_password", "old_password"})


def init_app(app: Flask) -> None:
    """Answer every error of `app`."""
    app.register_error_handler(DeskError, on_desk_error)
    app.register_error_handler(CSRFError, on_old_page)
    app.register_error_handler(OperationalError, on_database_error)
    app.register_error_handler(PoolTimeout, on_database_error)
    app.register_error_handler(HTTPException, on_http_error)


def on_desk_error(error: DeskError) -> Response:
    """Answer a refusal of the desk."""
    response = answer(error.status, error.message, code=error.code, error=error)
    seconds = error.details.get("retry_after_seconds") or (RETRY_SECONDS if isinstance(error, Busy) else None)
    if seconds:
        response.headers["Retry-After"] = str(seconds)
    return response


def on_database_error(error: OperationalError | PoolTimeout) -> Response:
    """Answer 503 where the database is busy, away or full; anything else is a fault of ours."""
    if isinstance(error, OperationalError) and _is_full(error):
        log.error("database.full", error=str(error.orig))
        sentence = _("The desk has no room left to save anything. Tell whoever looks after it.")
        return _not_now(Busy("desk.full", sentence))
    if isinstance(error, OperationalError) and not _is_passing(error):
        raise error
    log.warning("database.busy", error=str(error))
    return _not_now(
        Busy("desk.busy", _("The desk is busy right now. Nothing was changed. Try again in a moment."))
    )


def _not_now(error: Busy) -> Response:
    """Answer that it could not be done; what somebody typed into a form of ours is kept, to be sent again."""
    is_form = request.method == "POST" and came_from_here() and "HX-Request" not in request.headers
    if not is_form or wants_json():
        return on_desk_error(error)
    _end_transaction()
    kept = _("Your text is kept below: look at it, then send it again.")
    response = kept_form(error.status, _("Send it again?"), f"{error.message} {kept}")
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _is_full(error: OperationalError) -> bool:
    is_postgresql_full = getattr(error.orig, "sqlstate", None) == _DISK_FULL
    return is_postgresql_full or "database or disk is full" in str(error.orig)


def _is_passing(error: OperationalError) -> bool:
    text = str(error.orig).lower()
    is_sqlite = type(error.orig).__module__.startswith("sqlite3")
    return not is_sqlite or "locked" in text or "busy" in text


def on_http_error(error: HTTPException) -> Response:
    """Answer what Flask and Werkzeug refuse, and (with an incident number) what went wrong inside."""
    status = HTTPStatus(error.code or 500)
    if isinstance(error, SecurityError):  # a host name that is not ours: no page could be built for it
        return Response(_("This desk has another address."), status, mimetype="text/plain")
    if isinstance(error, InternalServerError):
        # Flask has logged the exception; the number is the one in its lines.
        log.error("request.failed", error=repr(error.original_exception or error))
    response = answer(status, _sentence(status), code=f"http.{status.value}")
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            response.headers[name] = value
    return response


def _sentence(status: HTTPStatus) -> str:
    sentences = {
        HTTPStatus.BAD_REQUEST: _("The desk could not read what your browser sent."),
        HTTPStatus.NOT_FOUND: _("There is nothing at this address, or it is not shared with you."),
        HTTPStatus.METHOD_NOT_ALLOWED: _("This address cannot be used in this way."),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _(
            "That is more than the desk takes at once. Send less, or smaller files."
        ),
        HTTPStatus.TOO_MANY_REQUESTS: _("That was a lot in a short time. Try again in a few minutes."),
        HTTPStatus.INTERNAL_SERVER_ERROR: _(
            "Something went wrong here. It was written down; nothing was half saved."
        ),
    }
    return str(sentences.get(status, status.phrase))


def on_old_page(error: CSRFError) -> Response:
    """Answer a form whose proof of origin is missing or too old: keep the text, offer to send it again."""
    sentence = _("The page was open too long. Your text is kept below: look at it, then send it again.")
    if not came_from_here() or wants_json():
        return answer(HTTPStatus.BAD_REQUEST, error.description or sentence, code="form.no_token")
    return kept_form(HTTPStatus.BAD_REQUEST, _("Send it again?"), sentence)


def kept_form(status: HTTPStatus, title: str, sentence: str, *, sign_in_url: str = "") -> Response:
    """Return a page that shows what was typed and sends it once more to the same address."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _UNSHOWN]
    typed = [
        value for name, value in fields if len(value) > 1 and not name.endswith(("_id", "_key", "version"))
    ]
    words = {"title": title, "sentence": sentence, "sign_in_url": sign_in_url}
    page = _render("errors/resend.html", **words, fields=fields, typed=typed)
    return make_response(page, status)


def came_from_here() -> bool:
    """Say whether the browser vouches that this form was sent from a page of ours."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    return origin is not None and parts_of(origin).netloc == request.host


def wants_json() -> bool:
    """Say whether the caller is a program."""
    if request.path.startswith("/api/") or request.is_json:
        return True
    accepted = request.accept_mimetypes
    best = accepted.best_match(["text/html", "application/json", PROBLEM], default="text/html")
    return best != "text/html" and accepted[best] > accepted["text/html"]


def answer(status: HTTPStatus, sentence: str, *, code: str, error: DeskError | None = None) -> Response:
    """Return `sentence` as problem+json, as a fragment for htmx, or as a page."""
    _end_transaction()
    if wants_json():
        return _problem(status, sentence, code, error)
    template = "errors/_error.html" if request.headers.get("HX-Request") else "errors/error.html"
    page = _render(
        template, status=status.value, title=_title(status), sentence=sentence, incident=_incident(status)
    )
    return make_response(page, status)


def _title(status: HTTPStatus) -> str:
    titles = {
        HTTPStatus.NOT_FOUND: _("Not found"),
        HTTPStatus.FORBIDDEN: _("Not allowed"),
        HTTPStatus.UNAUTHORIZED: _("Sign in"),
        HTTPStatus.CONFLICT: _("That was not possible"),
        HTTPStatus.TOO_MANY_REQUESTS: _("Please wait a little"),
        HTTPStatus.SERVICE_UNAVAILABLE: _("Busy right now"),
        HTTPStatus.INTERNAL_SERVER_ERROR: _("Something went wrong"),
    }
    return str(titles.get(status, _("That did not work")))


def _incident(status: HTTPStatus) -> str | None:
    return str(g.get("request_id", "")) if status == HTTPStatus.INTERNAL_SERVER_ERROR else None


def _problem(status: HTTPStatus, sentence: str, code: str, error: DeskError | None) -> Response:
    body: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": sentence,
        "code": code,
        "request_id": g.get("request_id"),
    }
    if error is not None:
        body |= {
            name: value
            for name, value in error.details.items()
            if isinstance(value, str | int | float | bool)
        }
        body |= {"field": error.field} if error.field else {}
    if isinstance(error, Invalid) and error.errors:
        body["errors"] = error.errors
    # "replace": the name of an unknown field may hold half a character.
    text = current_app.json.dumps(body).encode("utf-8", "replace")
    return Response(text, status, mimetype=PROBLEM)


def _end_transaction() -> None:
    try:
        session().rollback()
    except Exception as error:  # noqa: BLE001  (the database may be away; the page must still appear)
        log.warning("database.no_rollback", error=str(error))


def _render(template: str, **values: object) -> str:
    """Return the page; where even that fails, its sentence alone."""
    try:
        return render_template(template, **values)
    except TemplateNotFound:
        return str(values["sentence"])
    except (OperationalError, PoolTimeout):
        return str(values["sentence"])
