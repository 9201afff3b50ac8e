"""When somebody last looked at a queue, so that what is new since then can be marked. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Reloading at once must not wipe the marks away before they were read.
STAYS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Look:
    """`before` is the look that marks are measured against, `at` the latest one."""

    before: datetime
    at: datetime


def looked(earlier: Look | None, now: datetime) -> Look:
    """Return the look at `now`. A first look marks nothing; one soon after another marks the same."""
    if earlier is None:
        return Look(now, now)
    if now - earlier.at < STAYS:
        return earlier
    return Look(earlier.at, now)


def look_from(text: object) -> Look | None:
    """Read what `look_text` wrote; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        before, at = (datetime.fromisoformat(part) for part in text.split(" "))
    except ValueError:
        return None
    return Look(before, at) if before.tzinfo and at.tzinfo else None


def look_text(look: Look) -> str:
    """Return the look as short text for a cookie."""
    return f"{look.before.isoformat(timespec='seconds')} {look.at.isoformat(timespec='seconds')}"
