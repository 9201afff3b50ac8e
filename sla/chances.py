"""How likely a running clock is to be missed: asked of whoever forecasts, if anybody does."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from servicedesk.kernel.slot import Slot

# Clock ids and the present moment to the likelihood (0 to 1) that each will be missed; ids may be left out.
Chances = Callable[[Collection[int], datetime], Mapping[int, float]]

chances_to_miss: Slot[Chances | None] = Slot(None)


def is_forecast() -> bool:
    """Say whether anybody forecasts; without it a step at a likelihood never comes."""
    return chances_to_miss.value is not None
