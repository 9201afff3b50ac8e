"""Clocks of a subject that is no ticket: a visit has a target, hours, a start, a pause and a stop (3.2)."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import session
from servicedesk.kernel.events import DomainEvent, stored_events
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.kernel.save import begin_stream, publish
from servicedesk.kernel.verification import verify
from sla.models import Clock
from sla.subject_sweep import sweep_subjects
from sla.subjects import Target, cancel_clock, clocks_of, pause_clock, resume_clock, start_clock, stop_clock
from sla.sweep import sweep

VISIT = StreamRef("visit", 7)
TWO_HOURS = Target(7200, "always", "sla")


@dataclass(frozen=True, kw_only=True)
class VisitBooked(DomainEvent):
    stream_kind: ClassVar[str] = "visit"
    type: ClassVar[str] = "visit_booked"


@pytest.fixture
def visit(app, clock):
    """Say something of the clock of a visit, in a save of its own after some time."""

    def say(deed, *, after=0, **said):
        clock.move(minutes=after)
        with saving(system_actor(Cause("test"))):
            deed(VISIT, kind="arrival", **said)

    with saving(system_actor(Cause("test"))):
        begin_stream(VISIT)
        publish(VisitBooked(stream_id=7))
        start_clock(VISIT, kind="arrival", target=TWO_HOURS)
    return say


def stored():
    session().rollback()
    return [(row.cycle, row.type, row.state, row.consumed_seconds) for row in clocks_of(VISIT)]


def test_its_time_rests_while_it_is_paused(visit, clock):
    visit(pause_clock, after=30, reason="no_access")
    visit(resume_clock, after=300)
    visit(stop_clock, after=60)

    assert stored() == [(1, "sla", "met", 5400)]
    assert verify().differences == []


def test_a_clock_that_is_started_again_is_another_cycle(visit):
    visit(cancel_clock, after=10)
    visit(start_clock, after=10, target=Target(600, "desk"))
    visit(stop_clock, after=15)

    assert stored() == [(1, "sla", "cancelled", 600), (2, "ola", "missed", 900)]
    assert verify().differences == []


def test_a_start_of_what_runs_sets_another_target_and_keeps_the_time_used(visit, clock):
    visit(start_clock, after=60, target=Target(3000, "always", "sla"))

    (found,) = clocks_of(VISIT)
    assert (found.target_seconds, found.breached_at) == (3000, clock.at)
    assert verify().differences == []


def test_being_late_is_announced_once_in_the_log_of_the_subject(visit, clock):
    clock.move(hours=3)
    first, second = sweep_subjects(), sweep_subjects()

    steps = [event.body["step"] for event in stored_events(VISIT, types={"subject_step_came"})]
    assert (first, second, steps) == (1, 0, [100])
    assert stored() == [(1, "sla", "overdue", 0)]
    assert verify().differences == []


def test_the_sweep_of_tickets_leaves_other_subjects_alone(visit, clock):
    clock.move(hours=3)

    assert sweep().tickets == 0


def test_verify_sees_a_clock_of_a_visit_that_its_log_does_not_tell_of(visit):
    session().rollback()
    session().query(Clock).filter_by(subject_kind="visit").update({"consumed_seconds": 5})
    session().commit()

    assert [(each.table, each.column) for each in verify().differences] == [("sla_clock", "consumed_seconds")]


@pytest.mark.parametrize(
    ("subject", "kind", "seconds"),
    [(StreamRef("ticket", 1), "arrival", 60), (VISIT, "", 60), (VISIT, "arrival", 0), (VISIT, "x" * 17, 60)],
)
def test_what_makes_no_clock_is_refused(app, clock, subject, kind, seconds):
    with pytest.raises(ValueError, match=r"tickets have|a target is"):
        start_clock(subject, kind=kind, target=Target(seconds, "desk"))
