"""Fold and audit are two roads to the same clocks, whatever a log holds (R12; rules F1 to F7, P4, P7)."""

from collections.abc import Iterator
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from servicedesk.calendars.hours import OpeningHours
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.refs import ActorRef, Cause, StreamRef
from servicedesk.tickets.core.statuses import BY_KEY
from sla import entries as reading
from sla import history
from sla.core.audit import audit
from sla.core.audit_figures import figures
from sla.core.audit_log import KINDS, StatusFacts
from sla.core.audit_steps import chain_of
from sla.core.clock import fold
from sla.core.escalation import plan_for, read_steps
from sla.core.steps import judged_at, plan_text, step_times

START = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
PAUSES = (0, 0, 0, 1, 60, 60, 600, 3_600, 3_600, 14_400, 86_400, 86_400 * 3)
STATUSES = {key: StatusFacts(str(each.category), each.clocks) for key, each in BY_KEY.items()}
OFFICE = OpeningHours.weekly("mon-fri 09:00-17:00", zone="UTC")
HOURS = {1: OFFICE, 2: OpeningHours.around_the_clock(), 3: OFFICE}
# One of the two rules names its steps, the other leaves the usual ones.
STEPS = [
    {"at": {"percent": 33}},
    {"at": {"before_minutes": 50}, "repeat": {"every_minutes": 20, "times": 4}},
    {"at": {"percent": 150}, "clocks": ["resolution", "update"]},
    {"at": {"percent": 100}, "repeat": {"every_minutes": 7, "times": 2}},
    {"at": {"after_minutes": 14}},
]
DOCUMENT = {"rules": [{"name": "one", "steps": STEPS}, {"name": "two"}]}


class Calendars:
    """Three versions, of which the first and the third tell the same hours."""

    def hours(self, version_id: int) -> OpeningHours:
        return HOURS[version_id]

    def is_same(self, version_id: int, other_id: int) -> bool:
        return HOURS[version_id] is HOURS[other_id]


def random_log(seed: int) -> list[LoggedEvent]:
    """Return a log of up to thirty saves, each of one to three events, some in the same second."""
    random, at, log = Random(seed), START, []
    for save in range(random.randint(1, 30)):
        for type_, body in saved(random, at) if save else [("ticket_opened", opening()), promise(random)]:
            log.append(event(len(log) + 1, type_, body, at, str(save)))
        if random.random() < 0.15 and (seqs := undoable(random, log)):
            body = {"seqs": seqs, "what": "reply"}
            log.append(event(len(log) + 1, "taken_back", body, at, f"undo {save}"))
        at += timedelta(seconds=random.choice(PAUSES), microseconds=random.choice([0, 0, 999_999]))
    return log


def undoable(random: Random, log: list[LoggedEvent]) -> list[int]:
    """Return some of the last words and moves that still stand."""
    gone = {seq for each in log if each.type == "taken_back" for seq in each.body["seqs"]}
    words = [each.seq for each in log if each.type in ("message_added", "status_changed")]
    left = [seq for seq in words if seq not in gone][-4:]
    return sorted(random.sample(left, random.randint(1, len(left)))) if left else []


def event(seq: int, type_: str, body: dict[str, Any], at: datetime, command_id: str) -> LoggedEvent:
    return LoggedEvent(
        stream=StreamRef("ticket", 1), seq=seq, type=type_, version=1, at=at, received_at=at, at_known=True,
        actor=ActorRef("person", 1), cause=Cause("person"), command_id=command_id, body=body,
    )  # fmt: skip


def opening() -> dict[str, Any]:
    return {"status": "new", "clocks": None, "group_id": 1, "assignee_id": None}


def saved(random: Random, at: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        deeds = [move, move, word, word, word, promise, promise, hand, assign, assign]
        yield random.choice(deeds)(random, at)


def move(random: Random, _at: datetime) -> tuple[str, dict[str, Any]]:
    likely = ["in_progress"] * 4 + ["waiting_customer"] * 2 + ["resolved"] * 3
    return "status_changed", {"to_status": random.choice([*likely, *BY_KEY])}


def word(random: Random, _at: datetime) -> tuple[str, dict[str, Any]]:
    return "message_added", {"by": random.choice(["agent", "agent", "customer", "customer", "system"])}


def promise(random: Random, _at: datetime = START) -> tuple[str, dict[str, Any]]:
    kinds = random.sample(KINDS, random.choice([0, 2, 4, 6, 6, 6]))
    calendar = random.choice([1, 1, 2, 3])
    return "agreement_assigned", {
        "version_id": 1,
        "agreement": "standard",
        "rule": random.choice(["one", "two"]),
        "position": 1,
        "matched": [],
        "targets": {kind: [random.choice([60, 3_600, 7_200, 86_400, 200_000]), calendar] for kind in kinds},
        "retarget": random.choice(["from_start", "from_start", "from_change"]),
        "reopen": random.choice(["continue", "continue", "new_cycle"]),
        "reopen_within_days": random.choice([1, 14]),
    }


def assign(random: Random, _at: datetime) -> tuple[str, dict[str, Any]]:
    return "assigned", {"group_id": random.choice([1, 1, 2]), "assignee_id": random.choice([None, None, 7])}


def hand(random: Random, at: datetime) -> tuple[str, dict[str, Any]]:
    kind = random.choice([None, *KINDS])
    until = (at + timedelta(hours=random.choice([1, 30]))).isoformat()
    choices = ["clock_held", "clock_released", "clock_released", *["clock_overridden"] * (kind is not None)]
    choices.append("clock_acknowledged")
    return random.choice(choices), {"kind": kind, "until": until}


def told_by_the_fold(log: list[LoggedEvent], now: datetime) -> list[dict[str, Any]]:
    entries = [reading.entry_of(each) for each in log]
    found = fold(history.History(1, entries).core_events(), statuses=history.statuses(), now=now)
    return [
        {
            "clock": (cycle.kind, cycle.number, cycle.rule, cycle.state, cycle.is_overridden),
            "target": (cycle.target_seconds, cycle.target_epoch, cycle.calendar_version_id, cycle.aimed_at),
            "time": (cycle.started_at, cycle.running_since, cycle.consumed_seconds, cycle.stopped_at),
            "due": (cycle.due_at, cycle.breach_at, cycle.breached_at, judged_at(cycle)),
            "steps": astuple(step_times(cycle))[:3],
            "plan": plan_text(step_times(cycle).plan),
            "ledger": [
                (each.from_at, each.to_at, each.kind, each.reason, each.calendar_version_id, each.counts)
                for each in cycle.spans
            ],
        }
        for cycle in sorted(found, key=lambda cycle: (KINDS.index(cycle.kind), cycle.number))
    ]


def told_by_the_audit(log: list[LoggedEvent], now: datetime) -> list[dict[str, Any]]:
    told = []
    for cycle in audit(log, STATUSES, Calendars()):
        found, aim, current = (
            figures(cycle, now.replace(microsecond=0), Calendars()),
            cycle.aims[-1],
            cycle.current,
        )
        running_since = current.from_at if current and current.kind == "running" else None
        rule = cycle.said.body["rule"]
        told.append(
            {
                "clock": (cycle.kind, cycle.number, rule, found.state, cycle.is_overridden),
                "target": (aim.seconds, len(cycle.aims), aim.calendar, aim.at),
                "time": (cycle.started_at, running_since, found.consumed_seconds, cycle.stopped_at),
                "due": (found.due_at, found.breach_at, found.breached_at, found.judged_at),
                "steps": (found.warn_75_at, found.warn_90_at, found.late_at),
                "plan": chain_of(cycle, found, {1: ("standard", DOCUMENT)}, log, Calendars()).text,
                "ledger": [
                    (each.from_at, each.to_at, each.kind, each.reason, each.calendar, each.counts)
                    for each in cycle.lines
                ],
            }
        )
    return told


def apart(seeds: range) -> list[int]:
    """Return the seeds of logs of which fold and audit tell different clocks, at the end or a while later."""
    found = []
    for seed in seeds:
        log = random_log(seed)
        for later in (0, 5_000, 500_000):
            now = log[-1].at + timedelta(seconds=later)
            if told_by_the_fold(log, now) != told_by_the_audit(log, now):
                found.append(seed)
    return found


@pytest.fixture
def known_hours(monkeypatch):
    monkeypatch.setattr(reading, "hours_of", HOURS.__getitem__)
    steps = read_steps(STEPS, "steps", {})
    plans = {(1, "one"): {kind: plan_for(steps, kind) for kind in KINDS}}
    monkeypatch.setattr(reading, "plans_by_rule", lambda: plans)


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_fold_and_audit_tell_the_same_clocks(known_hours, first):
    assert apart(range(first, first + 100)) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(400, 4400, 500))
def test_fold_and_audit_tell_the_same_clocks_of_four_thousand_logs(known_hours, first):
    assert apart(range(first, first + 500)) == []
