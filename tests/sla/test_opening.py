"""The short way to the clocks of a ticket that was just opened finds what the fold finds (R12)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicedesk.calendars.hours import OpeningHours
from sla.core.clock import fold
from sla.core.events import KINDS, Created, Message, TargetInForce
from sla.core.moments import StepPlan
from sla.core.opening import cycles_at_opening, runs_from_the_start
from tests.sla.worklog import NIGHT_AND_DAY, OFFICE, STATUSES, assigned, at, event

unhurried = settings(deadline=None)
# With an hour and a half a week long promises reach beyond the ten years that are looked at: never due.
CALENDARS = (OFFICE, NIGHT_AND_DAY, OpeningHours.weekly("sun 22:00-23:30", zone="Asia/Jerusalem"))
CODES = (25, 100, 120, 1_000_030, 1_002_000, 2_000_045)
promises = st.dictionaries(
    st.sampled_from(KINDS),
    st.builds(
        TargetInForce,
        st.integers(1, 40_000_000),
        st.sampled_from(CALENDARS),
        st.sampled_from([None, 7]),
    ),
)
moments = st.integers(0, 9 * 24 * 3600 * 1_000_000).map(
    lambda passed: at("mon 00:00") + timedelta(microseconds=passed)
)


@unhurried
@given(now=moments, targets=promises, codes=st.lists(st.sampled_from(CODES), unique=True))
def test_the_steps_of_an_opening_are_those_of_the_fold(now, targets, codes):
    plans = dict.fromkeys(targets, StepPlan(tuple(sorted(codes)), frozenset(codes[:1])))
    promise = replace(assigned(now, "none", order=2, id="2"), targets=targets, steps=plans)
    opening = event(Created, now, id="1", order=1, status="open", by="customer")

    found = cycles_at_opening(promise)

    assert found == fold([opening, promise], statuses=STATUSES, now=now)


@unhurried
@given(now=moments, targets=promises, retarget=st.sampled_from(["from_start", "from_change"]))
def test_the_clocks_of_an_opening_are_those_of_the_fold(now, targets, retarget):
    promise = replace(assigned(now, "none", order=3, retarget=retarget, id="3"), targets=targets)
    opening = event(Created, now, id="1", order=1, status="open", by="customer")
    said = event(Message, now, id="2", order=2, by="customer")

    found = cycles_at_opening(promise)

    assert found == fold([opening, said, promise], statuses=STATUSES, now=now)


@pytest.mark.parametrize(
    "status, is_plain",
    [("open", True), ("pending", False), ("asleep", False), ("resolved", False), ("withdrawn", False)],
)
def test_only_a_status_in_which_its_clocks_run_begins_plainly(status: str, is_plain: bool):
    assert runs_from_the_start(STATUSES[status]) is is_plain
