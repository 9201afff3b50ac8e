"""Tickets whose clocks were others at a past moment than they are now, told again from their logs.

A figure as of a moment counts what the desk knew then. Most tickets have not changed since, and their stored
clocks serve; of the others the log is read as far as it reached then, and folded again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.events import STREAM
from sla.core.clock import fold
from sla.core.cycle import Cycle
from sla.history import READ_TYPES, History, TicketState, statuses, stored_histories
from sla.models import Clock

# More than this would take longer than anybody waits for a page.
MOST = 20_000
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Retold:
    """A ticket as of the moment: where it stood, and its cycles."""

    ticket_id: int
    state: TicketState
    cycles: Sequence[Cycle]


@dataclass(frozen=True, slots=True)
class Changes:
    """Tickets whose stored clocks do not serve: those that changed since, and those that came since."""

    changed: frozenset[int]
    new: frozenset[int]

    @property
    def all(self) -> frozenset[int]:
        return self.changed | self.new


def changes_since(as_of: datetime, *, now: datetime) -> Changes:
    """Return the tickets of which the stored clocks tell something else than was known at `as_of`.

    Clocks that are late without a sweep having said so are among them. Raises Refused for too many.
    """
    late = select(Clock.subject_id).where(
        Clock.next_fire_at.is_not(None), Clock.next_fire_at <= as_of, Clock.late_at <= as_of
    )
    late = late.where(Clock.subject_kind == STREAM, Clock.stopped_at.is_(None), Clock.state != "overdue")
    found = set(session().scalars(late))
    new: set[int] = set()
    if as_of < now.replace(microsecond=0):
        query = (
            select(EventRow.stream_id, func.min(EventRow.seq))
            .where(EventRow.stream_kind == STREAM, EventRow.received_at > as_of)
            .where(EventRow.type.in_(sorted(READ_TYPES)))
            .group_by(EventRow.stream_id)
        )
        for ticket_id, first_seq in session().execute(query):
            (new if first_seq == 1 else found).add(ticket_id)
    if len(found) > MOST:
        raise Refused(
            "report.as_of_too_far",
            _("Too many requests have changed since that moment. Choose a later one."),
        )
    return Changes(frozenset(found), frozenset(new))


def retell(ticket_ids: Collection[int], *, as_of: datetime) -> Iterator[Retold]:
    """Yield tickets as they stood at `as_of` by what was known then."""
    ordered = sorted(ticket_ids)
    for start in range(0, len(ordered), _AT_ONCE):
        for ticket_id, history in stored_histories(ordered[start : start + _AT_ONCE]).items():
            then = History(ticket_id, [each for each in history.entries if each.received_at <= as_of])
            if then.entries:
                cycles = fold(then.core_events(), statuses=statuses(), now=as_of)
                yield Retold(ticket_id, then.last_state(), cycles)
