"""How much was open at any moment, by age: exact for every past one, reopenings included.

Age is time since the request was filed, on the wall clock of the desk's zone, so that weeks are weeks on both
sides of a change of the clocks. Requests of which the table they came from told no opening, or no end, are
counted nowhere. The team is the ticket's present one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, func, select, true

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.core.periods import WEEK, edges_of, mondays, wall_weeks_before
from servicedesk.tickets.models import Reopening, Ticket
from servicedesk.tickets.reporting.buckets import edges_before
from servicedesk.tickets.reporting.listing import ListedTicket, Place, listed
from servicedesk.tickets.reporting.lives import done_at, has_known_life, was_open

# The bands end so many weeks before the moment; what is older than the last is in a band of its own.
BAND_WEEKS = (1, 4, 13)
BANDS = len(BAND_WEEKS) + 1
LONGEST_WEEKS = 106
# The key of what the figure means; the words stand with the page.
BACKLOG = "tickets.backlog"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was open at `at`; `bands` from the youngest to the oldest (see BAND_WEEKS)."""

    at: datetime
    bands: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return how many were open."""
        return sum(self.bands)


def backlog_at(viewer: Actor, at: datetime, *, zone: str, group_id: int | None = None) -> Backlog:
    """Return how many of the tickets that `viewer` may see were open at `at`, by age."""
    band = _band(at, zone).label("band")
    query = select(band, func.count()).where(was_open(at), *_among(viewer, group_id)).group_by("band")
    counted = dict(session().execute(query).all())
    return Backlog(at, tuple(counted.get(place, 0) for place in range(BANDS)))


def tickets_open_at(
    viewer: Actor,
    at: datetime,
    *,
    zone: str,
    band: int | None = None,
    group_id: int | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> tuple[ListedTicket, ...]:
    """Return the tickets that `backlog_at` counts, or those of one band, latest filed first."""
    query: AnySelect = select(Ticket.id.label("ticket_id"), Ticket.opened_at.label("at")).where(
        was_open(at), true() if band is None else _band(at, zone) == band
    )
    return listed(viewer, query, group_id=group_id, after=after, limit=limit)


def unknown_lives(viewer: Actor, *, group_id: int | None = None) -> int:
    """Return how many tickets are counted nowhere because their opening or their end is unknown."""
    query = select(func.count()).select_from(Ticket).where(~has_known_life(), *_among(viewer, group_id))
    return session().scalar(query) or 0


def backlog_by_week(
    viewer: Actor, *, weeks: int, until: date, now: datetime, zone: str, group_id: int | None = None
) -> tuple[Backlog, ...]:
    """Return the backlog at the end of each of the last `weeks` weeks; the present one ends now.

    Tickets and reopenings are each counted once, by the weeks in which they began and ended; the rest is
    addition.
    """
    shown = min(weeks, LONGEST_WEEKS)
    edges = edges_of(mondays(until, shown + BAND_WEEKS[-1]), WEEK, zone)[1:]
    past = [edge for edge in edges if edge <= now]
    lives = _lives(viewer, past, group_id)
    places = range(len(edges) - shown, len(past))
    found = [Backlog(past[place], _bands_at(place, lives)) for place in places]
    if len(found) < shown:
        found.append(backlog_at(viewer, now, zone=zone, group_id=group_id))
    return tuple(found)


# How many tickets there are of one kind: the first edge after the opening, the first at which they count, the
# first at which they no more do. Times of being done before a reopening count negative.
_Lives = Mapping[tuple[int, int, int], int]


def _lives(viewer: Actor, edges: Sequence[datetime], group_id: int | None) -> _Lives:
    opened = edges_before(Ticket.opened_at.expression, edges)
    ended = case((done_at().is_(None), len(edges)), else_=edges_before(done_at(), edges))
    away = edges_before(Reopening.done_at.expression, edges)
    back = edges_before(Reopening.reopened_at.expression, edges)
    among = (has_known_life(), *_among(viewer, group_id))
    whole = select(opened, opened, ended, func.count()).where(*among).group_by(opened, ended)
    done = select(opened, away, back, func.count()).join(Ticket, Ticket.id == Reopening.ticket_id)
    found: dict[tuple[int, int, int], int] = {}
    for query, sign in ((whole, 1), (done.where(*among).group_by(opened, away, back), -1)):
        for *life, count in session().execute(query):
            key = (life[0], life[1], life[2])
            found[key] = found.get(key, 0) + sign * count
    return found


def _bands_at(place: int, lives: _Lives) -> tuple[int, ...]:
    bands = [0] * BANDS
    for (opened, begun, ended), count in lives.items():
        if begun <= place < ended:
            age = place - opened
            bands[sum(age >= weeks for weeks in BAND_WEEKS)] += count
    return tuple(bands)


def _band(at: datetime, zone: str) -> ColumnElement[int]:
    edges = [wall_weeks_before(at, weeks, zone) for weeks in BAND_WEEKS]
    whens = [(Ticket.opened_at > edge, place) for place, edge in enumerate(edges)]
    return case(*whens, else_=len(BAND_WEEKS))


def _among(viewer: Actor, group_id: int | None) -> list[ColumnElement[bool]]:
    team = [Ticket.group_id == group_id] if group_id is not None else []
    return [visible_to(viewer, Permission.REPORT_SEE), *team]
