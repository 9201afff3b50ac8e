"""Replays of the past: asking for one, and what people are shown of those that ran.

A replay is its asker's, and of whoever sees the same requests, or all of them. What it counted it counted
over the requests that its asker saw; a list shows the reader only those that they see today.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, func, or_, select, true

from servicedesk.calendars.queries import DESK_CALENDAR
from servicedesk.identity.actor import Actor
from servicedesk.identity.models import Person
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.kernel import clock, jobs
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import AnySelect, canonical_json, insert_rows, session
from servicedesk.kernel.errors import Invalid, NotAllowed, NotFound, Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.access import sight_of, visible_to
from servicedesk.tickets.core.statuses import OPEN_CATEGORIES
from servicedesk.tickets.models import Ticket
from sla.models import ReplayRow, ReplayRun
from sla.past_policy import past_policy
from sla.proposals import applied

JOB = "sla.replay"
LONGEST = timedelta(days=732)
MOST_WAITING = 3
LIST_LIMIT = 200
RIGHT = Permission.AGREEMENT_TRY


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """A replay as lists show it."""

    id: int
    name: str
    asked_by: str
    asked_at: datetime
    from_at: datetime
    to_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class ReplayPage:
    """A replay with what it came to; `document` is empty until it is done."""

    line: ReplayLine
    as_of: datetime
    zone: str
    proposal: Mapping[str, Any]
    looked_at: int
    expected: int
    error: str
    finished_at: datetime | None
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LateRow:
    """A cycle that is late on one side only, with its request as it is today."""

    position: int
    side: str
    ticket_id: int
    subject: str
    group_id: int
    priority: int
    kind: str
    started_at: datetime
    judged_at: datetime
    state_before: str
    state_after: str
    target_before: int | None
    target_after: int | None
    elapsed_before: int | None
    elapsed_after: int | None


def ask_replay(
    actor: Actor,
    *,
    name: str,
    from_at: datetime,
    to_at: datetime,
    proposal: Mapping[str, Any],
    as_of: datetime | None = None,
    key: str | None = None,
) -> int:
    """Let the past be replayed under a proposal, later, and return the replay's id.

    as_of: the log is read as far as it was known then; now unless given. Asked again as of the same moment,
    the result is the same to the byte. It is made once for the same idempotency `key`.
    """
    said = [name, from_at, to_at, dict(proposal), as_of]

    @command
    def ask(who: Actor) -> int:
        require_right(who)
        now = clock.now()
        moment = as_of or now
        _check(who, name.strip(), (from_at, to_at), moment, now)
        applied(past_policy(moment), proposal, desk_calendar=DESK_CALENDAR)  # raises Invalid
        run = ReplayRun(name=name.strip(), asked_by_id=who.id, asked_at=now, as_of=moment)
        run.from_at, run.to_at, run.zone = from_at, to_at, the_settings().zone
        run.proposal, run.sight = canonical_json(proposal), _sight_text(who)
        session().add(run)
        session().flush()
        jobs.later(JOB, replay_id=run.id)
        remember(key, said, run.id)
        return run.id

    return once(key, said, lambda: ask(actor))


def require_right(actor: Actor) -> None:
    """Raise NotAllowed for whoever may not try anything on the past."""
    if not actor.has(RIGHT):
        raise NotAllowed("desk.not_allowed", _("Your role does not allow this."), permission=RIGHT.value)


def _check(
    actor: Actor, name: str, period: tuple[datetime, datetime], as_of: datetime, now: datetime
) -> None:
    if not 1 <= len(name) <= 120:
        raise Invalid("name.length", _("Write a name of up to 120 characters."), field="name")
    from_at, to_at = period
    if as_of > now or to_at > as_of:
        raise Invalid(
            "replay.not_past", _("Only what is past can be replayed: choose an earlier end."), field="until"
        )
    if from_at >= to_at:
        raise Invalid(
            "replay.empty", _("This period is empty: its end is not after its beginning."), field="until"
        )
    if to_at - from_at > LONGEST:
        raise Invalid("replay.too_long", _("Choose a period of two years at most."), field="since")
    if not expected_tickets(from_at, to_at, visible_to(actor, RIGHT)):
        raise Invalid(
            "replay.nothing_there",
            _("In this period there was no request that you can see. Choose another one."),
            field="since",
        )
    waiting = select(func.count()).where(
        ReplayRun.asked_by_id == actor.id, ReplayRun.state.in_(("queued", "running"))
    )
    if (session().scalar(waiting) or 0) >= MOST_WAITING:
        raise Refused("replay.busy", _("Your earlier replays are still running. Wait until one has ended."))


def in_period(from_at: datetime, to_at: datetime, visible: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition of the tickets that may have a cycle judged in the period; some have none."""
    is_late_enough = or_(Ticket.changed_at >= from_at, Ticket.status_category.in_(OPEN_CATEGORIES))
    return and_(Ticket.opened_at < to_at, Ticket.times_known, is_late_enough, visible)


def expected_tickets(from_at: datetime, to_at: datetime, visible: ColumnElement[bool]) -> int:
    """Return how many tickets a replay would look at, at most."""
    query = select(func.count()).select_from(Ticket).where(in_period(from_at, to_at, visible))
    return session().scalar(query) or 0


def replays(viewer: Actor, *, before: int | None = None, limit: int = 50) -> tuple[ReplayLine, ...]:
    """Return the replays that `viewer` may look at, latest first; `before`: the id of the last one shown."""
    query = _lines(viewer, *_LINE).order_by(ReplayRun.id.desc()).limit(min(limit, LIST_LIMIT))
    if before is not None:
        query = query.where(ReplayRun.id < before)
    return tuple(ReplayLine(*row) for row in session().execute(query))


_LINE = (
    *(ReplayRun.id, ReplayRun.name, Person.name, ReplayRun.asked_at),
    *(ReplayRun.from_at, ReplayRun.to_at, ReplayRun.state),
)


def _lines(viewer: Actor, *columns: Any) -> AnySelect:
    require_right(viewer)
    query: AnySelect = select(*columns).join(Person, Person.id == ReplayRun.asked_by_id)
    return query.where(_shown_to(viewer))


def _shown_to(viewer: Actor) -> ColumnElement[bool]:
    if Scope.ALL in viewer.scopes(RIGHT):
        return true()
    return ReplayRun.sight == _sight_text(viewer)


def _sight_text(who: Actor) -> str:
    return canonical_json(sight_of(who, RIGHT))


def replay_page(viewer: Actor, replay_id: int) -> ReplayPage:
    """Return a replay; raises NotFound also where it is somebody's who sees other requests."""
    more = (
        *(ReplayRun.as_of, ReplayRun.zone, ReplayRun.proposal, ReplayRun.looked_at, ReplayRun.expected),
        *(ReplayRun.error, ReplayRun.finished_at, ReplayRun.document),
    )
    row = session().execute(_lines(viewer, *_LINE, *more).where(ReplayRun.id == replay_id)).one_or_none()
    if row is None:
        raise NotFound("replay.not_found", _("There is no such replay, or it is not shared with you."))
    as_of, zone, proposal, looked_at, expected, error, finished_at, document = row[len(_LINE) :]
    return ReplayPage(
        ReplayLine(*row[: len(_LINE)]),
        as_of,
        zone,
        json.loads(proposal),
        looked_at,
        expected,
        error,
        finished_at,
        json.loads(document or "{}"),
    )


def late_rows(
    viewer: Actor, replay_id: int, *, side: str | None = None, after: int = 0, limit: int | None = 50
) -> tuple[LateRow, ...]:
    """Return the cycles that are late on one side only, of the requests that `viewer` sees today.

    after: the position of the last row shown; limit None: all of them, which are bounded.
    """
    replay_page(viewer, replay_id)  # raises NotFound
    query = (
        select(
            *(ReplayRow.position, ReplayRow.side, ReplayRow.ticket_id, Ticket.subject, Ticket.group_id),
            *(Ticket.priority, ReplayRow.kind, ReplayRow.started_at, ReplayRow.judged_at),
            *(ReplayRow.state_before, ReplayRow.state_after, ReplayRow.target_before, ReplayRow.target_after),
            *(ReplayRow.elapsed_before, ReplayRow.elapsed_after),
        )
        .join(Ticket, Ticket.id == ReplayRow.ticket_id)
        .where(ReplayRow.replay_id == replay_id, ReplayRow.position > after, visible_to(viewer, RIGHT))
        .order_by(ReplayRow.position)
    )
    if side is not None:
        query = query.where(ReplayRow.side == side)
    if limit is not None:
        query = query.limit(min(limit, LIST_LIMIT))
    found: Any = session().execute(query)
    return tuple(LateRow(*row) for row in found)


RUNS = cast(Table, ReplayRun.__table__)


def put_rows(rows: list[dict[str, object]]) -> None:
    """Insert rows of a result, a bounded number in one statement."""
    for start in range(0, len(rows), 500):
        insert_rows(ReplayRow, rows[start : start + 500])
