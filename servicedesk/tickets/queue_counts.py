"""The counts beside a queue: exact ones, and those of a moment ago that many viewers share."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import false, func, or_, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.conditions import Condition, names
from servicedesk.kernel.conditions_sql import open_moments, where
from servicedesk.kernel.db import AnySelect, connection, session
from servicedesk.kernel.log_mark import mark_of_the_log
from servicedesk.kernel.prepared import PreparedIfConstant
from servicedesk.kernel.state import revision
from servicedesk.tickets.access import Sight, sight_of, within
from servicedesk.tickets.fields import condition_columns, with_joins
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queue import STATEMENTS_KEPT, open_tickets

COUNTS_LAST = 5  # seconds
COUNTS_KEPT = 4096
# From so many tickets on a count takes a twentieth of a second or more, and is held so long against others'
# changes: at 50 agents somebody changes something all the time.
MANY = 2000
HELD = timedelta(seconds=1)

Named = tuple[tuple[str, Condition], ...]


class _Count(NamedTuple):
    """How many tickets a condition selected: when, in which state of the desk, and if all were many."""

    number: int
    at: datetime
    state: object
    among_many: bool

    def still_serves(self, state: object, now: datetime, acted_at: datetime | None) -> bool:
        if self.state == state:
            return True
        is_seen = acted_at is None or acted_at < self.at
        return self.among_many and is_seen and timedelta(0) <= now - self.at < HELD


_kept: dict[object, _Count] = {}


def queue_counts(viewer: Actor, conditions: Mapping[str, Condition], *, now: datetime) -> dict[str, int]:
    """Return how many open tickets each named condition selects, with one statement."""
    return _counted(sight_of(viewer, Permission.QUEUE_SEE), tuple(conditions.items()), now)


def queue_counts_lately(
    viewer: Actor, conditions: Mapping[str, Condition], *, now: datetime, acted_at: datetime | None = None
) -> dict[str, int]:
    """Return `queue_counts` as they were at the last change of any ticket, at most COUNTS_LAST seconds ago.

    For a page that counts everything beside what it is about: time alone moves a count by one now and then.
    Each condition is kept by itself, for every viewer who sees the same tickets. Among MANY tickets a count
    is also held against changes for a moment (HELD), unless the viewer made one: `acted_at`.
    """
    as_of, (engine, configuration, mark) = lately(now)
    sight, state = sight_of(viewer, Permission.QUEUE_SEE), (as_of, mark)
    keys = {name: (engine, configuration, sight, each) for name, each in conditions.items()}
    found = {name: kept for name, key in keys.items() if (kept := _kept.get(key))}
    missing = tuple(
        (name, condition)
        for name, condition in conditions.items()
        if name not in found or not found[name].still_serves(state, now, acted_at)
    )
    if missing:
        numbers = _counted(sight, missing, as_of)
        among_many = max(numbers.values()) >= MANY
        fresh = {name: _Count(number, now, state, among_many) for name, number in numbers.items()}
        found |= fresh
        _keep({keys[name]: count for name, count in fresh.items()})
    return {name: found[name].number for name in conditions}


def _keep(counts: Mapping[object, _Count]) -> None:
    if len(_kept) > COUNTS_KEPT:
        _kept.clear()
    _kept.update(counts)


def lately(now: datetime) -> tuple[datetime, tuple[object, int, str | None]]:
    """Return a moment that stays for COUNTS_LAST seconds, and what tells states of the desk apart."""
    as_of = datetime.fromtimestamp(now.timestamp() // COUNTS_LAST * COUNTS_LAST, UTC)
    return as_of, (session().get_bind(), revision(), mark_of_the_log())


def _counted(sight: Sight, conditions: Named, now: datetime) -> dict[str, int]:
    values = open_moments([condition for _name, condition in conditions], now)
    [row] = _counting(sight, conditions).rows(connection(), **values)
    return {name: int(row[i]) for i, (name, _condition) in enumerate(conditions)}


@lru_cache(maxsize=STATEMENTS_KEPT)
def _counting(sight: Sight, conditions: Named) -> PreparedIfConstant:
    used: set[str] = set()
    wanted = {}
    for name, condition in conditions:
        used |= names(condition)
        wanted[name] = where(condition, condition_columns(), now=None)
    columns = [func.count().filter(each).label(name) for name, each in wanted.items()]
    counted: AnySelect = select(*columns).select_from(Ticket)
    # Where only a few are wanted, an index may find them.
    of_any = or_(false(), *wanted.values())
    return PreparedIfConstant(with_joins(counted, used).where(open_tickets(), within(sight), of_any))
