"""The place in a list as text in an address, signed so that only places we gave out are taken."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from servicedesk.kernel.db import instant_text

_AT = "@"


class Place(NamedTuple):
    """Where a page of the queue goes on: the order's moment, the rank of the last row, rows before it."""

    as_of: datetime
    rank: tuple[Any, ...]
    shown: int


def cursor_text(place: Place) -> str:
    """Return the place as text for an address."""
    rank = [_AT + instant_text(part) if isinstance(part, datetime) else part for part in place.rank]
    return str(_serializer().dumps([instant_text(place.as_of), rank, place.shown]))


def cursor_from(text: str) -> Place | None:
    """Read what `cursor_text` wrote; None for anything else, which means the first page."""
    if not text:
        return None
    try:
        as_of, rank, shown = _serializer().loads(text)
    except BadData:
        return None
    parts = tuple(
        datetime.fromisoformat(part[1:]) if isinstance(part, str) and part.startswith(_AT) else part
        for part in rank
    )
    return Place(datetime.fromisoformat(as_of), parts, int(shown))


def _serializer() -> URLSafeSerializer:
    return _signer_with(current_app.config["SECRET_KEY"])


@lru_cache(maxsize=4)
def _signer_with(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="desk.queue")
