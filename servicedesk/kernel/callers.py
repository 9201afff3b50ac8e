"""Who calls, as the network knows them: the address, and how often an anonymous one may send a form."""

import re
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from flask import Flask, current_app, request
from limits import parse

from servicedesk.kernel.errors import TooMany
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.rate_limits import RateLimits
from servicedesk.kernel.settings import Settings
from servicedesk.kernel.this_desk import the_settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_PROXIES = 16  # one after another; more addresses are somebody's attempt to keep us busy
_WITH_PORT = re.compile(r"^(?:\[([^\]]*)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$")


def init_app(app: Flask) -> None:
    """Count forms of anonymous callers, in Redis where there is one."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions["form_limiter"] = RateLimits(settings.redis_url)


def caller_address() -> str:
    """Return the network address of the caller.

    A proxy adds to X-Forwarded-For whom it answers, so the list is read from its end, for as long as
    each one is a proxy we trust: what stands before it was written by somebody else.
    """
    proxies = _networks(the_settings().trusted_proxies)
    address = request.remote_addr or ""
    known = _address(address)
    for named in reversed(_forwarded_for()):
        if known is None or not _is_trusted(known, proxies):
            break
        before = _address(named)
        if before is None:
            break
        known, address = before, str(before)
    return address


def _forwarded_for() -> list[str]:
    """Return the addresses that X-Forwarded-For lists, the nearest last; at most so many as make sense."""
    said = ",".join(request.headers.getlist("X-Forwarded-For"))
    return said.rsplit(",", MOST_PROXIES)[-MOST_PROXIES:] if said else []


def _address(text: str) -> Address | None:
    """Read an address as proxies write it, also with a port; an IPv4 address in IPv6 form is that address."""
    bare = _WITH_PORT.sub(r"\1\2", text.strip())
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_trusted(address: Address, proxies: tuple[Network, ...]) -> bool:
    return address.is_loopback or any(address in network for network in proxies)


@cache
def _networks(written: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in written)


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
    limiter: RateLimits = current_app.extensions["form_limiter"]
    item = parse(limit)
    if not limiter.hit(item, "form", caller_address()):
        raise TooMany(
            "form.too_many",
            _("That was a lot in a short time. Try again in a few minutes."),
            retry_after_seconds=item.get_expiry(),
        )
