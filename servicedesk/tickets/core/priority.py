"""Priority = impact × urgency, with its reason. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from servicedesk.identity.tiers import Tier

# Rows: impact 1 organisation, 2 team, 3 person. Columns: urgency 1 work stopped, 2 hindered, 3 can wait.
MATRIX = ((1, 2, 3), (2, 3, 4), (3, 4, 4))

# How many steps a customer's tier lifts; a tier that is not named lifts by none.
TIER_LIFT: Mapping[str, int] = MappingProxyType({Tier.VITAL: 1})


@dataclass(frozen=True, slots=True)
class Priority:
    """A priority from 1 (P1, highest) to 4 and the codes of what decided it, in order."""

    level: int
    reasons: tuple[str, ...]


def priority(
    impact: int,
    urgency: int,
    *,
    tier: str = Tier.STANDARD,
    deadline_inside_target: bool = False,
    override: int | None = None,
) -> Priority:
    """Return the priority and why.

    impact, urgency: 1 to 3. A deadline inside the target lifts urgency by one. A tier lifts the
    result by one step but never to P1. `override` is a person's decision and wins.
    """
    if override is not None:
        return Priority(override, ("override",))
    reasons = [f"impact_{impact}", f"urgency_{urgency}"]
    if deadline_inside_target and urgency > 1:
        urgency -= 1
        reasons.append("deadline")
    level = MATRIX[impact - 1][urgency - 1]
    lifted = max(2, level - TIER_LIFT.get(tier, 0)) if level > 1 else level
    if lifted != level:
        reasons.append(f"tier_{tier}")
    return Priority(lifted, tuple(reasons))
