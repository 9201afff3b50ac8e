"""How long clocks take, as ranges: one curve for each class of risk, read at the ends of the range."""

from dataclasses import dataclass

import numpy as np

from sla.forecast.core.labels import Seen
from sla.forecast.core.survival import Floats, kaplan_meier

CLASSES = 12
FEWEST = 50
# A little wider than 0.1 to 0.9: tomorrow is never quite like the window. By rolling origin inside the
# training rows of uci_incidents, 0.1 to 0.9 held 75 to 80 % of what came, and these 78 to 82 %.
LOW, HIGH = 0.08, 0.92


@dataclass(frozen=True, slots=True)
class Ranges:
    """Times by class of risk. edges: (n_classes - 1,) ascending. times: (n_classes, 3): low, median, high."""

    edges: Floats
    times: Floats

    def of(self, risk: Floats) -> Floats:
        """Return low, median and high of each risk, (n, 3)."""
        return np.asarray(self.times[np.searchsorted(self.edges, risk, side="right")])


def ranges_of(risk: Floats, seen: Seen, weights: Floats, *, low: float = LOW, high: float = HIGH) -> Ranges:
    """Return the times by which `low`, half and `high` of the clocks of each class have ended.

    risk: said by a model that did not see the row, else the classes would part better than they can.
    A class whose curve does not fall so far takes the longest time seen in it.
    """
    classes = max(min(CLASSES, len(risk) // FEWEST), 1)
    edges = np.unique(np.quantile(risk, np.arange(1, classes) / classes))
    places = np.searchsorted(edges, risk, side="right")
    found = []
    for place in range(len(edges) + 1):
        chosen = places == place
        rows = chosen if chosen.any() else np.ones(len(risk), dtype=np.bool_)
        curve = kaplan_meier(seen.times[rows], seen.ended[rows], weights[rows])
        at = curve.first_at_most(np.array([1 - low, 0.5, 1 - high]))
        found.append(np.minimum(at, seen.times[rows].max()))
    return Ranges(edges, np.array(found))
