"""Clocks for subjects that are no tickets: a task, a visit, whatever has a log of its own.

A room that has such a subject says, inside a command of its own, what happens to the clock:

    start_clock(StreamRef("visit", 7), kind="arrival", target=Target(7200, "desk"))
    pause_clock(StreamRef("visit", 7), kind="arrival", reason="no_access")
    resume_clock(StreamRef("visit", 7), kind="arrival")
    stop_clock(StreamRef("visit", 7), kind="arrival")          # or cancel_clock: it counts nowhere

Each is an event in the subject's log. In the same transaction the clock is folded from that log and stored
in `sla_clock` with its ledger; the sweep announces its warnings and its miss there (`subject_step_came`), and
`servicedesk verify` works it out anew. Which people may see or move it is the room's own question.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from servicedesk.calendars.queries import calendar_in_force
from servicedesk.kernel import clock
from servicedesk.kernel.db import session
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import publish
from servicedesk.tickets.events import STREAM
from sla.core.agreement import LONGEST_TARGET_SECONDS
from sla.core.events import Type
from sla.core.turns import What
from sla.events import SubjectClockTurned
from sla.models import Clock

LONGEST_KIND = 16


@dataclass(frozen=True, slots=True)
class Target:
    """So many seconds of open time by the hours of a calendar, as they are when the clock starts."""

    seconds: int
    calendar: str
    type: Type = "ola"


@dataclass(frozen=True, slots=True)
class SubjectClock:
    """One cycle of a subject's clock as it is stored."""

    kind: str
    cycle: int
    type: str
    state: str
    started_at: datetime
    due_at: datetime | None
    breached_at: datetime | None
    stopped_at: datetime | None
    target_seconds: int
    consumed_seconds: int


def start_clock(
    subject: StreamRef, *, kind: str, target: Target, reason: str = "", at: datetime | None = None
) -> None:
    """Begin a cycle of the clock `kind`, or set another target for the one under way.

    at: when it took effect, if not now. Raises NotFound for a calendar that is not there.
    """
    if subject.kind == STREAM or not 1 <= len(kind) <= LONGEST_KIND:
        raise ValueError("tickets have clocks of their own; a kind has up to 16 letters")
    if not 1 <= target.seconds <= LONGEST_TARGET_SECONDS:
        raise ValueError("a target is longer than nothing and shorter than five years")
    calendar = calendar_in_force(target.calendar, at or clock.now())
    said = (target.seconds, calendar.id)
    _turn(subject, kind, "start", reason, at, target=said, clock_type=target.type)


def pause_clock(subject: StreamRef, *, kind: str, reason: str, at: datetime | None = None) -> None:
    """Let its time rest, for a reason that the ledger names."""
    _turn(subject, kind, "pause", reason, at)


def resume_clock(subject: StreamRef, *, kind: str, at: datetime | None = None) -> None:
    """Let its time go on."""
    _turn(subject, kind, "resume", "", at)


def stop_clock(subject: StreamRef, *, kind: str, at: datetime | None = None) -> None:
    """End the cycle: it is judged by what has been used."""
    _turn(subject, kind, "stop", "", at)


def cancel_clock(subject: StreamRef, *, kind: str, at: datetime | None = None) -> None:
    """End the cycle without judging it."""
    _turn(subject, kind, "cancel", "", at)


def clocks_of(subject: StreamRef) -> tuple[SubjectClock, ...]:
    """Return a subject's clocks in the order in which they started."""
    names = SubjectClock.__dataclass_fields__
    query = (
        select(*(getattr(Clock, name) for name in names))
        .where(Clock.subject_kind == subject.kind, Clock.subject_id == subject.id)
        .order_by(Clock.started_at, Clock.id)
    )
    return tuple(SubjectClock(*row) for row in session().execute(query))


def _turn(
    subject: StreamRef,
    kind: str,
    what: What,
    reason: str,
    at: datetime | None,
    *,
    target: tuple[int, int] | None = None,
    clock_type: str = "ola",
) -> None:
    publish(
        SubjectClockTurned(
            stream_id=subject.id,
            subject_kind=subject.kind,
            kind=kind,
            what=what,
            target=target,
            clock_type=clock_type,
            reason=reason,
            at=at,
        )
    )
