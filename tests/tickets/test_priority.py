"""Priority is a pure function of its inputs and says why (R9)."""

import pytest

from servicedesk.identity.tiers import Tier
from servicedesk.tickets.core.priority import TIER_LIFT, priority


@pytest.mark.parametrize(
    ("impact", "urgency", "level"),
    [(1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 1, 2), (2, 2, 3), (2, 3, 4), (3, 1, 3), (3, 2, 4), (3, 3, 4)],
)
def test_priority_is_impact_times_urgency(impact: int, urgency: int, level: int) -> None:
    assert priority(impact, urgency).level == level


def test_a_vital_customer_is_lifted_by_one_step() -> None:
    lifted = priority(3, 2, tier="vital")

    assert (lifted.level, lifted.reasons[-1]) == (3, "tier_vital")


def test_requests_of_a_vital_organisation_rank_one_step_higher(make_ticket, make_person, make_organisation):
    make_organisation("Emergency Ward", tier="vital")

    usual = make_ticket(make_person(), impact=3, urgency=2)
    vital = make_ticket(make_person(organisation="Emergency Ward"), impact=3, urgency=2)

    assert (usual.priority, vital.priority) == (4, 3)


def test_only_tiers_of_the_desk_lift() -> None:
    assert set(TIER_LIFT) <= set(Tier)


def test_no_tier_lifts_to_p1() -> None:
    assert priority(1, 2, tier="vital").level == 2


def test_a_deadline_inside_the_target_lifts_urgency_by_one() -> None:
    hurried = priority(2, 2, deadline_inside_target=True)

    assert (hurried.level, hurried.reasons) == (2, ("impact_2", "urgency_2", "deadline"))


def test_work_that_already_stopped_gains_nothing_from_a_deadline() -> None:
    assert "deadline" not in priority(2, 1, deadline_inside_target=True).reasons


def test_a_persons_override_wins_over_everything() -> None:
    assert priority(1, 1, tier="vital", override=4).level == 4
