"""The web face of the kernel: request ids, safe headers, cookies, forgery protection, limits, filters."""

import re
import secrets
import time
from datetime import timedelta

import structlog
from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect

from servicedesk.kernel import callers, compression, display, error_pages, i18n
from servicedesk.kernel.cookies import SignedCookies
from servicedesk.kernel.logs import logger
from servicedesk.kernel.settings import Settings
from servicedesk.kernel.this_desk import the_settings

log = logger(__name__)
csrf = CSRFProtect()

LONGEST_REQUEST = 50 * 1024 * 1024
LONGEST_FORM_TEXT = 2 * 1024 * 1024
MOST_FORM_PARTS = 500
SESSION_LIFETIME = timedelta(days=30)

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_ONE_YEAR = "max-age=31536000"


def init_app(app: Flask, settings: Settings) -> None:
    """Give `app` everything that its pages and its API share."""
    _configure(app, settings)
    app.before_request(_begin_request)
    i18n.init_app(app, settings)
    display.init_app(app)
    callers.init_app(app)
    app.before_request(_check_origin)
    csrf.init_app(app)
    error_pages.init_app(app)
    # Flask runs these in reverse: compress first, then describe what is really sent.
    app.after_request(_finish_response)
    app.after_request(compression.compress)


def _configure(app: Flask, settings: Settings) -> None:
    secure = settings.is_https
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-desk" if secure else "desk",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # The rows of our own end a session sooner; sending the cookie again each time would spoil caching.
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=max(LONGEST_REQUEST, (settings.file_limit_mb + 1) * 1_000_000),
        MAX_FORM_MEMORY_SIZE=LONGEST_FORM_TEXT,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        # As long as the session: whoever left a page open over lunch can still send it.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,  # _check_origin calls it
        # Pages whose address is a secret send no Referer to ask for. The token is bound to a cookie that no
        # other host can plant over https (__Host-), which is what the Referer would be asked for.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = SignedCookies()
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _check_origin() -> None:
    if callers.bearer_secret() is None:
        csrf.protect()


def request_id() -> str:
    """Return the id under which this request is logged."""
    return str(g.get("request_id", "-"))


def _begin_request() -> None:
    g.request_began = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish_response(response: Response) -> Response:
    given = {name.lower() for name, _value in response.headers}
    response.headers["X-Request-ID"] = request_id()
    for name, value in _HEADERS.items():
        if name.lower() not in given:
            response.headers.add(name, value)
    if the_settings().is_https:
        response.headers.setdefault("Strict-Transport-Security", _ONE_YEAR)
    if "Cache-Control" not in response.headers:
        # A page that is polled may be kept, to be asked about again; any other page of a person may not.
        response.headers["Cache-Control"] = (
            "private, no-cache" if response.headers.get("ETag") else "no-store"
        )
    _log(response)
    return response


def _log(response: Response) -> None:
    # The rule, not the path: paths hold the secrets of one-time links.
    rule = request.url_rule.rule if request.url_rule else "-"
    took_ms = round((time.perf_counter() - g.get("request_began", time.perf_counter())) * 1000, 1)
    log.info("request", method=request.method, rule=rule, status=response.status_code, took_ms=took_ms)
