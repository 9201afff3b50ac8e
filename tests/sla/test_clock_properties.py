"""What holds of every clock, whatever its log (R12; rules F1 to F4 and section 4 of the clock rules)."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sla.core.events import (
    AgreementAssigned,
    Assigned,
    Created,
    Held,
    Message,
    Overridden,
    Released,
    StatusSet,
    TargetInForce,
    VendorTurn,
)
from tests.sla.worklog import NIGHT_AND_DAY, OFFICE, STATUSES, TARGETS, assigned, at, cycles, event, targets

# A busy machine is no fault of a clock.
unhurried = settings(deadline=None)

START = at("mon 15:30")
LENGTH = 4 * 24 * 60


def inside(priority, hours):
    """Return what teams and suppliers agreed; nothing where nothing is promised at all."""
    seconds = {"assignment": 1800, "vendor": 7200} if TARGETS[priority] else {}
    return {kind: TargetInForce(target, hours) for kind, target in seconds.items()}


minutes = st.integers(0, LENGTH)
statuses = st.sampled_from(sorted(STATUSES.keys() - {"withdrawn"}))
assignments = st.builds(
    lambda priority, hours, retarget: (
        AgreementAssigned,
        {
            "agreement_version_id": 1,
            "rule": priority,
            "targets": {**targets(priority, hours), **inside(priority, hours)},
            "retarget": retarget,
        },
    ),
    st.sampled_from(sorted(TARGETS)),
    st.sampled_from([OFFICE, NIGHT_AND_DAY]),
    st.sampled_from(["from_start", "from_change"]),
)
messages = st.builds(
    lambda by, public: (Message, {"by": by, "public": public}),
    st.sampled_from(["customer", "agent", "system"]),
    st.booleans(),
)
moves = st.builds(lambda key: (StatusSet, {"status": key}), statuses)
hands = st.sampled_from(
    [
        (Assigned, {"group": 1, "is_owned": False}),
        (Assigned, {"group": 2, "is_owned": False}),
        (Assigned, {"group": 2, "is_owned": True}),
        (VendorTurn, {"is_out": True}),
        (VendorTurn, {"is_out": False}),
        (Held, {"kind": None, "reason": "storm", "by": "dana"}),
        (Released, {"kind": None}),
        (Overridden, {"kind": "resolution", "seconds": 7200}),
    ]
)


def build(entries):
    log = [event(Created, START, id="created", status="open"), assigned(START, "P3", id="first", order=1)]
    for order, (minute, (kind, rest)) in enumerate(entries, start=2):
        log.append(event(kind, START + timedelta(minutes=minute), id=str(order), order=order, **rest))
    return log


def logs(*actions):
    return st.lists(st.tuples(minutes, st.one_of(*actions)), max_size=12).map(build)


any_logs = logs(assignments, messages, moves, moves, hands)
moments = minutes.map(lambda minute: START + timedelta(minutes=minute))


@unhurried
@given(any_logs, moments, st.randoms(use_true_random=False))
def test_neither_doubles_nor_the_order_of_arrival_change_anything(log, now, random):
    again = log + random.choices(log, k=len(log))
    random.shuffle(again)

    assert cycles(again, now=now) == cycles(log, now=now)


@unhurried
@given(any_logs, moments)
def test_what_follows_later_never_changes_how_things_stood(log, now):
    so_far = [each for each in log if each.at <= now]

    assert cycles(log, now=now) == cycles(so_far, now=now)


@unhurried
@given(any_logs, minutes, st.sampled_from(["agent", "customer"]), moments)
def test_a_word_noted_late_counts_as_if_it_had_been_noted_at_once(log, minute, by, now):
    said_at = START + timedelta(minutes=minute, seconds=30)
    late = event(Message, said_at, id="call", by=by, order=len(log) + 1, received_at=now)
    in_time = event(Message, said_at, id="call", by=by, order=0)

    assert cycles(log, late, now=now) == cycles(in_time, *log, now=now)


@unhurried
@given(any_logs, moments)
def test_the_counted_running_lines_of_the_ledger_add_up_to_the_elapsed_time(log, now):
    for cycle in cycles(log, now=now).values():
        counted = [span.open_seconds for span in cycle.spans if span.kind == "running" and span.counts]

        assert sum(counted) == cycle.elapsed_seconds


@unhurried
@given(any_logs, moments)
def test_the_ledger_has_neither_gaps_nor_overlaps(log, now):
    for cycle in cycles(log, now=now).values():
        edges = [span.from_at for span in cycle.spans] + [cycle.spans[-1].to_at]
        ends = [span.to_at for span in cycle.spans]

        assert edges[0] == cycle.started_at
        assert ends == edges[1:]


@unhurried
@given(any_logs, moments)
def test_the_due_moment_follows_from_the_running_stretch_alone(log, now):
    for cycle in cycles(log, now=now).values():
        if cycle.state != "running":
            continue
        left = cycle.target_seconds - cycle.consumed_seconds
        expected = {hours.add(cycle.running_since, left).breach_at for hours in (OFFICE, NIGHT_AND_DAY)}

        assert cycle.breach_at in expected


@unhurried
@given(any_logs, moments)
def test_a_state_says_what_the_figures_say(log, now):
    for cycle in cycles(log, now=now).values():
        is_over = cycle.elapsed_seconds > cycle.target_seconds

        assert (cycle.state in {"overdue", "missed"}) is (is_over and cycle.state != "cancelled")
        assert cycle.breached_at is not None or not is_over
        assert cycle.left_seconds == cycle.target_seconds - cycle.elapsed_seconds


@unhurried
@given(any_logs, moments, st.integers(0, 600))
def test_elapsed_time_never_runs_backwards(log, now, later):
    before = cycles(log, now=now)
    quiet = [each for each in log if each.at <= now]
    after = cycles(quiet, now=now + timedelta(minutes=later))

    for key, cycle in before.items():
        assert 0 <= after[key].elapsed_seconds - cycle.elapsed_seconds <= later * 60


def counted_by_the_minute(log, now):
    """Count open minutes in which the status lets the resolution clock run: slow and plain."""
    moves_made = sorted((each for each in log if isinstance(each, StatusSet)), key=lambda e: (e.at, e.order))
    seconds, moment, key = 0, START, "open"
    while moment < now:
        while moves_made and moves_made[0].at <= moment:
            key = moves_made.pop(0).status
        seconds += 60 * (key == "open" and OFFICE.is_open(moment))
        moment += timedelta(minutes=1)
    return seconds


@settings(unhurried, max_examples=50)
@given(logs(messages, moves), moments)
def test_a_resolution_clock_counts_what_a_stop_watch_would(log, now):
    assert cycles(log, now=now)["resolution", 1].elapsed_seconds == counted_by_the_minute(log, now)


@unhurried
@given(logs(messages, moves), minutes, st.integers(1, 600), moments)
def test_one_more_pause_never_adds_time(log, minute, length, now):
    pause, end = (START + timedelta(minutes=each) for each in (minute, minute + length))
    held = [
        event(Held, pause, kind=None, reason="storm", by="dana"),
        event(Released, end, kind=None),
    ]

    with_pause, without = cycles(log, held, now=now), cycles(log, now=now)

    assert with_pause["resolution", 1].elapsed_seconds <= without["resolution", 1].elapsed_seconds
