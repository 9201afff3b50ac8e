"""What changed under a list that somebody is reading: one line, asked for often and cheaply."""

from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import ETags

from portal.desk.filters import narrowed
from portal.desk.queue_page import Asked
from portal.desk.views import condition_of
from portal.words import listed
from servicedesk.identity.actor import Actor
from servicedesk.kernel.condition_parsing import parse
from servicedesk.kernel.conditions import AllOf, Condition
from servicedesk.kernel.db import instant_text
from servicedesk.kernel.i18n import ngettext
from servicedesk.tickets.fields import condition_fields
from servicedesk.tickets.queue import last_change
from servicedesk.tickets.queue_counts import queue_counts


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How many came, came close to a promise, broke one, or changed; `version` is the ETag."""

    version: str
    new: int
    at_risk: int
    late: int
    changed: int

    @property
    def line(self) -> str:
        """Return "3 new, 1 now at risk"; empty where nothing happened."""
        parts = []
        if self.new:
            parts.append(str(ngettext("%(num)d new", "%(num)d new", self.new)))
        if self.at_risk:
            parts.append(str(ngettext("%(num)d now at risk", "%(num)d now at risk", self.at_risk)))
        if self.late:
            parts.append(str(ngettext("%(num)d now overdue", "%(num)d now overdue", self.late)))
        if self.changed:
            parts.append(str(ngettext("%(num)d changed", "%(num)d changed", self.changed)))
        return listed(parts)


def arrivals_of(
    viewer: Actor, asked: Asked, *, since: datetime, now: datetime, known: ETags
) -> Arrivals | None:
    """Return what happened in the list since it was made at `since`; None while the reader knows it all.

    Cheap while nothing happens: tickets are counted only when one changed or a minute passed, since time
    alone moves requests towards their promises.
    """
    changed_at = last_change()
    state = f"{int(changed_at.timestamp() * 1e6) if changed_at else 0}-{int(now.timestamp()) // 60}"
    if any(tag.startswith(f"{state}-") for tag in known.as_set(include_weak=True)):
        return None
    counts = queue_counts(viewer, _conditions(viewer, asked, since, now), now=now)
    version = "-".join([state, *(str(count) for count in counts.values())])
    return Arrivals(version, **counts)


def _conditions(viewer: Actor, asked: Asked, since: datetime, now: datetime) -> dict[str, Condition]:
    chosen = narrowed(condition_of(viewer, asked.view, now=now), asked.filters)
    came = {"field": "opened_at", "after": instant_text(since)}
    moved = {"field": "changed_at", "after": instant_text(since)}
    # By the promises' own moments and not by the band: that moves with the sweep, a few seconds later.
    close, broken = (
        {
            "all": [
                {"field": field, "after": instant_text(since)},
                {"field": field, "before": instant_text(now)},
                {"not": came},
            ]
        }
        for field in ("sla.risk_at", "sla.breach_at")
    )
    documents: dict[str, object] = {
        "new": came,
        "at_risk": {"all": [close, {"not": broken}]},
        "late": broken,
        "changed": {"all": [moved, {"not": came}]},
    }
    return {
        name: AllOf((chosen, parse(document, condition_fields()))) for name, document in documents.items()
    }
