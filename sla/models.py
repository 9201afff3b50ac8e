"""Tables of agreements and clocks. Columns only.

Clocks, spans and standings are caches: `fold` makes them from the ticket's log, and everything that is
shown can be rebuilt from it. Firings are the memory of what was announced, once.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel.db import Base, Id

TO_FIRE = text("next_fire_at is not null")
ENTERED = text("judged_at is not null")
# Late once, and made whole by an easier target since: few, and reports ask for them by when they were late.
LOWERED = "breached_at is not null and state not in ('missed', 'overdue')"


class Agreement(Base):
    """A document of promises under a lasting key. Agreements are tried in the order of `position`."""

    __tablename__ = "agreement"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(unique=True)
    row_version: Mapped[int] = mapped_column(default=1)


class AgreementVersion(Base):
    """What an agreement promises from a moment on; never changed once published.

    A version that is not active takes the agreement out of the order from its moment on. `document` is
    canonical JSON: `rules` (name, when, calendar, targets in seconds by clock kind), in
    order, and `retarget`, `reopen`, `reopen_within_days`.
    """

    __tablename__ = "agreement_version"
    __table_args__ = (UniqueConstraint("agreement_id", "number"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    number: Mapped[int]
    effective_from: Mapped[datetime]
    document: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]


class Clock(Base):
    """One cycle of one clock of one subject, as the fold left it after event `last_event_seq`.

    Moments are whole seconds in UTC. `consumed_seconds` is open time used up to `running_since`, or all
    of it where the cycle rests or has ended; due = add(running_since, target - consumed) by the hours of
    `calendar_version`. `rule` and `reason` (canonical JSON) say why these targets (no `rule_version` where
    the subject itself said so, see subjects.py); `aimed_at` is when
    they came into force, and `target_epoch` rises with each re-target.

    `warn_75_at` and `warn_90_at` are when so much of the target will have been (or was) used, `late_at`
    is the first second of being late; each is NULL while it does not lie ahead (paused, ended before).
    `plan` is the chain of steps of an agreement that names its own, with their moments (core/steps.py); NULL
    for 75, 90 and 100 %. `fired_step` is the code of the last one that was dealt with in this epoch,
    `next_step` the one after it and `next_fire_at` its moment. Steps up to `quiet_until` are imported history
    and stay silent.

    `judged_at` is when the cycle entered the figures: met ones when they ended, late ones when they
    became late; NULL while running, paused or cancelled. An overdue clock is stored as overdue by the sweep
    that announces it, seconds after the moment itself.
    """

    __tablename__ = "sla_clock"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "kind", "cycle", "type"),
        Index("ix_sla_clock_fire", "next_fire_at", sqlite_where=TO_FIRE, postgresql_where=TO_FIRE),
        Index(
            "ix_sla_clock_lowered",
            "breached_at",
            sqlite_where=text(LOWERED),
            postgresql_where=text(LOWERED),
        ),
        # With the subject in it, reports need not read the wide rows of clocks. Open ones are not in it: each
        # that is filed, and each step that is dealt with, would write it anew.
        Index(
            "ix_sla_clock_judged",
            *("kind", "judged_at", "state", "subject_kind", "subject_id"),
            sqlite_where=ENTERED,
            postgresql_where=ENTERED,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[int] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(16))
    cycle: Mapped[int]
    type: Mapped[str] = mapped_column(String(4))
    rule_version: Mapped[int | None] = mapped_column(ForeignKey("agreement_version.id"))
    rule: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    calendar_version: Mapped[int] = mapped_column(ForeignKey("calendar_version.id"))
    target_seconds: Mapped[int]
    target_epoch: Mapped[int]
    aimed_at: Mapped[datetime]
    is_overridden: Mapped[bool]
    started_at: Mapped[datetime]
    running_since: Mapped[datetime | None]
    consumed_seconds: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    due_at: Mapped[datetime | None]
    breach_at: Mapped[datetime | None]
    warn_75_at: Mapped[datetime | None]
    warn_90_at: Mapped[datetime | None]
    late_at: Mapped[datetime | None]
    plan: Mapped[str | None] = mapped_column(Text)
    fired_step: Mapped[int]
    next_step: Mapped[int | None]
    next_fire_at: Mapped[datetime | None]
    quiet_until: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    judged_at: Mapped[datetime | None]
    last_event_seq: Mapped[int]
    row_version: Mapped[int]


class ClockSpan(Base):
    """A line of a clock's ledger, numbered from 1; `to_at` is NULL for the one under way.

    `kind` is running, paused, held (by hand) or done; `reason` is the status or the hold's reason.
    `counts` is false for time before a re-target that began to count anew. Closed hours are not stored:
    the hours of `calendar_version` tell them (NULL where no target has measured the span).
    """

    __tablename__ = "sla_span"

    clock_id: Mapped[int] = mapped_column(ForeignKey("sla_clock.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(Text)
    calendar_version: Mapped[int | None]
    counts: Mapped[bool]


class Firing(Base):
    """What became of one step: `outcome` is fired, skipped: late, skipped: stopped or suppressed: import.

    `due_at` is the true moment of the step, however late it was dealt with.
    """

    __tablename__ = "sla_firing"
    __table_args__ = (Index("ix_sla_firing_fired", "fired_at"),)

    clock_id: Mapped[int] = mapped_column(ForeignKey("sla_clock.id"), primary_key=True)
    cycle: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    target_epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime]
    lag_seconds: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(20))


class Retraction(Base):
    """A firing that turned out wrong: what was said earlier was noted down only after it (F9).

    It is taken out of `sla_firing`, so that the step may come again at its true moment, and kept here for
    good; people were told by `target_retracted` on the ticket where it had been announced.
    """

    __tablename__ = "sla_retraction"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    cycle: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    target_epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fired_at: Mapped[datetime] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    lag_seconds: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(20))
    retracted_at: Mapped[datetime]


class Standing(Base):
    """Where an open ticket stands in the queue: one row per open ticket, sorted without reading clocks.

    (`band`, `level`, `sort_at`, ticket) is the order, kept by saves and by the sweep; core/standing.py
    defines it. `waits_since` is set while the ticket waits for its customer or for a date. The rest is the
    clock that leads: the one to look at first; all NULL for a ticket without promises. `risk_at` is when it
    is forecast to miss, or three quarters of its target are used; `percents` is its forecast, see there.
    """

    __tablename__ = "sla_standing"
    __table_args__ = (Index("ix_sla_standing_order", "band", "level", "sort_at", "ticket_id"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    band: Mapped[int]
    level: Mapped[int]
    sort_at: Mapped[datetime]
    priority: Mapped[int]
    waits_since: Mapped[datetime | None]
    kind: Mapped[str | None] = mapped_column(String(16))
    state: Mapped[str | None] = mapped_column(String(12))
    target_seconds: Mapped[int | None]
    consumed_seconds: Mapped[int | None]
    running_since: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    breach_at: Mapped[datetime | None]
    risk_at: Mapped[datetime | None]
    percents: Mapped[str | None] = mapped_column(String(90))
    calendar_version: Mapped[int | None]


class CountedDay(Base):
    """A day of the desk's `zone` that is rolled up, or (stale) has to be, anew or for the first time.

    `day` is the number that Python's `date.toordinal` gives it; `marked_at` is when either was last said.
    See rollups.py.
    """

    __tablename__ = "sla_counted_day"

    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    zone: Mapped[str] = mapped_column(String(64))
    is_stale: Mapped[bool]
    marked_at: Mapped[datetime]


class DayCount(Base):
    """How many cycles of one kind were judged in a day, and how many of them were kept, by present group."""

    __tablename__ = "sla_day_count"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("assignment_group.id"), primary_key=True, autoincrement=False
    )
    month: Mapped[int]
    judged: Mapped[int]
    met: Mapped[int]


class ReplayRun(Base):
    """The past replayed under a proposal: who asked when, about which period, and as of which moment.

    `proposal` is canonical JSON (proposals.py), `sight` how far the right of whoever asked reached. `state`
    is queued, running, done or failed (`error`: the code of a refusal, empty for an accident); `looked_at`
    counts the tickets of some `expected` that were replayed so far. `document` is the result as canonical
    JSON.
    """

    __tablename__ = "sla_replay"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asked_at: Mapped[datetime]
    as_of: Mapped[datetime]
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(64))
    proposal: Mapped[str] = mapped_column(Text)
    sight: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), default="queued")
    looked_at: Mapped[int] = mapped_column(default=0)
    expected: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(64), default="")
    document: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None]


class ReplayRow(Base):
    """A cycle that is late on one side of a replay only: `side` is after (it would be) or before (it was).

    Targets and what was used of them are seconds of open time; a state is empty where there is no such cycle.
    """

    __tablename__ = "sla_replay_row"

    replay_id: Mapped[int] = mapped_column(ForeignKey("sla_replay.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    side: Mapped[str] = mapped_column(String(8))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime]
    judged_at: Mapped[datetime]
    state_before: Mapped[str] = mapped_column(String(12))
    state_after: Mapped[str] = mapped_column(String(12))
    target_before: Mapped[int | None]
    target_after: Mapped[int | None]
    elapsed_before: Mapped[int | None]
    elapsed_after: Mapped[int | None]
