"""What became of a forecast's trial: the figures by which it is shown or hidden."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How the forecast did on clocks that it had not seen; moments are seconds.

    asked: forecasts, several for a clock. of_base_rate, of_share_used: Brier scores of saying the share that
    usually misses, and of saying it by how much of the target is used. reason: why it is not shown, if so.
    bins: (low, high, count, said, came).
    """

    trained_from: float
    from_at: float
    to_at: float
    learned_from: int
    clocks: int = 0
    asked: int = 0
    brier: float | None = None
    of_base_rate: float | None = None
    of_share_used: float | None = None
    auroc: float | None = None
    bins: tuple[dict[str, Any], ...] = ()
    reason: str = ""

    @property
    def is_better(self) -> bool:
        """Say whether it may be shown."""
        return not self.reason
