"""Links: full addresses built from BASE_URL alone, and paths that are certainly our own."""

from urllib.parse import SplitResult, urlsplit

from flask import current_app, url_for

from servicedesk.kernel.this_desk import the_settings


def full_link(endpoint: str, **values: str | int) -> str:
    """Return the address of a page as people type it, whatever host this request named."""
    base = the_settings().base_url
    with current_app.test_request_context(base_url=base):
        return base + url_for(endpoint, **values)  # type: ignore[arg-type]


def parts_of(address: str) -> SplitResult:
    """Return the parts of an address that somebody else wrote; empty ones where it is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def own_path(target: str | None, otherwise: str = "/") -> str:
    r"""Return `target` if it is a path of this desk, else `otherwise`.

    Browsers read `//evil` and `/\\evil` as another host, and drop tabs and line ends while they do.
    """
    if not target or not target.startswith("/") or target[1:2] in {"/", "\\"}:
        return otherwise
    if any(character <= " " or character in "\\\x7f" for character in target):
        return otherwise
    parts = urlsplit(target)
    return otherwise if parts.scheme or parts.netloc else target
