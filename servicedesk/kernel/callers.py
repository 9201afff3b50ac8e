"""Who calls, as the network knows them: the address, and how often an anonymous one may send a form."""

from ipaddress import ip_address

from flask import Flask, current_app, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from servicedesk.kernel.errors import TooMany
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings


def init_app(app: Flask) -> None:
    """Count forms of anonymous callers in this process."""
    app.extensions["form_limiter"] = MovingWindowRateLimiter(MemoryStorage())


def caller_address() -> str:
    """Return the network address of the caller.

    Where the call comes from this very machine, that is a proxy in front of the desk, which names the
    caller last in X-Forwarded-For. Anybody else could write there what they like.
    """
    peer = request.remote_addr or ""
    if not _is_loopback(peer):
        return peer
    named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return named if _is_address(named) else peer


def bearer_secret() -> str | None:
    """Return the secret that a program shows to the API instead of a cookie, or None.

    No page of another site can make a browser send it, so such a call needs no proof of origin.
    """
    if not request.path.startswith("/api/"):
        return None
    kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" and secret.strip() else None


def limit_anonymous_forms() -> None:
    """Count this request of somebody who is not signed in; raises TooMany beyond the desk's limit."""
    limit = the_settings().rate_limit_forms
    if limit is None:
        return
    limiter: MovingWindowRateLimiter = current_app.extensions["form_limiter"]
    item = parse(limit)
    if not limiter.hit(item, "form", caller_address()):
        raise TooMany(
            "form.too_many",
            _("That was a lot in a short time. Try again in a few minutes."),
            retry_after_seconds=item.get_expiry(),
        )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(text: str) -> bool:
    return _is_address(text) and ip_address(text).is_loopback
