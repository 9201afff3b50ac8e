"""How far calendar arithmetic looks, and what it raises where it stops."""

# Ten years hold at most this many days.
HORIZON_DAYS = 3653
HORIZON_SECONDS = HORIZON_DAYS * 86400

FIRST_MOMENT = -2_208_988_800  # 1900-01-01T00:00Z
LAST_MOMENT = 7_258_118_400  # 2200-01-01T00:00Z


class NeverOpen(Exception):
    """The desk is not open long enough within ten years."""


class OutOfRange(ValueError):
    """A moment before 1900 or after 2199, for which no calendar is compiled."""


def checked_moment(moment: int) -> int:
    """Return the moment, seconds since 1970, if calendars answer for it; raises OutOfRange."""
    if not FIRST_MOMENT <= moment <= LAST_MOMENT:
        raise OutOfRange("Calendars answer for the years 1900 to 2199.")
    return moment


def horizon_after(moment: int) -> int:
    """Return the moment up to which something that follows is looked for."""
    return min(moment + HORIZON_SECONDS, LAST_MOMENT)


def horizon_before(moment: int) -> int:
    """Return the moment back to which something that precedes is looked for."""
    return max(moment - HORIZON_SECONDS, FIRST_MOMENT)
