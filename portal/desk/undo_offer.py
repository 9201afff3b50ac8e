"""What may be undone for some seconds: shown on every page of the desk until they are over."""

from datetime import UTC, datetime, timedelta

from flask import session as cookie

from portal.page import Notice
from servicedesk.kernel import clock

_KEPT = "undo"


def offer_undo(sentence: str, url: str, until: datetime, *, is_last_chance: bool = False) -> None:
    """Say `sentence` with a button that posts to `url`, on the next pages up to `until`.

    is_last_chance: it cannot be undone after that, so the seconds are shown.
    """
    cookie[_KEPT] = [sentence, url, until.astimezone(UTC).isoformat(), is_last_chance]


def withdraw_offer() -> None:
    """Offer no undo any more."""
    cookie.pop(_KEPT, None)


def offered() -> tuple[Notice, ...]:
    """Return the notice with the undo that is open, if one is."""
    kept = cookie.get(_KEPT)
    if not isinstance(kept, list) or len(kept) != 4:
        return ()
    sentence, url, until, is_last_chance = kept
    left = datetime.fromisoformat(until) - clock.now()
    if left <= timedelta(0):
        withdraw_offer()
        return ()
    seconds = -(-left // timedelta(seconds=1))
    return (Notice(sentence, "met", undo_url=url, undo_seconds=seconds if is_last_chance else 0),)
