"""How likely a running clock is to be missed: what steps at a likelihood ask of stored forecasts."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TypeAlias

from servicedesk.kernel.slot import Slot
from sla.forecast.moments import chances_at
from sla.forecast.versions import shown_version

# Clock ids and the present moment to the likelihood (0 to 1) that each will be missed; ids may be left out.
Chances: TypeAlias = Callable[[Collection[int], datetime], Mapping[int, float]]

chances_to_miss: Slot[Chances] = Slot(chances_at)


def is_forecast() -> bool:
    """Say whether a forecast is good enough to be told; without one a step at a likelihood never comes."""
    return shown_version() is not None
