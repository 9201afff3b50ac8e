"""Which settings no desk starts with where others than this machine can reach it."""

import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from servicedesk.kernel.secret_key import FILE_NAME
from servicedesk.kernel.setting_values import is_loopback

if TYPE_CHECKING:
    from servicedesk.kernel.settings import Settings

# A random key of 32 characters has more than twenty.
LEAST_DIFFERENT = 10
_PLACEHOLDER = re.compile(r"change.?me|replace.?me|your.?secret|secret.?key|password|example", re.IGNORECASE)


def why_unsafe(settings: "Settings") -> str | None:
    """Return one sentence that says what is unsafe and what to set instead; None where nothing is."""
    if settings.is_on_loopback:
        return None
    found = (rule(settings) for rule in _RULES)
    return next((sentence for sentence in found if sentence), None)


def why_exposed(data_dir: Path) -> str | None:
    """Return one sentence where anybody on this machine may change the data folder or read the desk's key."""
    key = data_dir / FILE_NAME
    if data_dir.stat().st_mode & stat.S_IWOTH:
        return f"Anybody on this machine may write into the data folder; do: chmod o-rwx {data_dir}"
    if key.exists() and key.stat().st_mode & stat.S_IROTH:
        return f"Anybody on this machine may read the key that signs cookies; do: chmod 600 {key}"
    return None


def _plain_http(settings: "Settings") -> str | None:
    if settings.is_https or settings.allow_http:
        return None
    return (
        "Over plain http others on the network can read passwords "
        f"(BASE_URL is {settings.base_url!r}, HOST is {settings.host!r}); "
        "set BASE_URL to the https address people use, or DESK_ALLOW_HTTP=1 for a trial."
    )


def _open_port(settings: "Settings") -> str | None:
    """The desk itself speaks plain http: with an https address, its port must be the proxy's alone."""
    if not settings.is_https or is_loopback(settings.host) or settings.trusted_proxies:
        return None
    return (
        f"HOST is {settings.host!r}, where the desk answers over plain http past the proxy with the"
        " certificate; leave HOST out if the proxy runs on this machine, else name the proxy in"
        " DESK_TRUSTED_PROXIES."
    )


def _demo(settings: "Settings") -> str | None:
    if not settings.demo:
        return None
    return (
        "DEMO=1 fills the desk with made-up people who can sign in, and others can reach this desk "
        f"(BASE_URL is {settings.base_url!r}); set DEMO=0."
    )


def _weak_key(settings: "Settings") -> str | None:
    key = settings.given_secret_key
    if key is None or (len(set(key)) >= LEAST_DIFFERENT and not _PLACEHOLDER.search(key)):
        return None  # a key that the desk made is random
    return (
        "SECRET_KEY can be guessed, and whoever does can be anybody here; leave it out and one is made, or"
        " make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'."
    )


_RULES: tuple[Callable[["Settings"], str | None], ...] = (
    _plain_http,
    _open_port,
    _demo,
    _weak_key,
)


def why_unreadable(settings: "Settings") -> str:
    """Return why the key that is kept cannot be read, as a sentence; empty if it can, or none is needed."""
    path = settings.data_dir / FILE_NAME
    if settings.given_secret_key is not None or not path.exists():
        return ""
    try:
        path.read_bytes()
    except OSError as error:
        advice = "chown it to the user as whom the desk runs"
        return f"The key {path} cannot be read ({error.strerror}); {advice}."
    return ""
