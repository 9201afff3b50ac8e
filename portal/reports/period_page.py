"""What pages over a period of weeks share: their filters, and the line that says what they look at."""

from datetime import datetime, timedelta
from typing import Any

from portal.reports.asking import WEEKS, Period
from portal.reports.panels import as_of
from portal.reports.words import group_name
from servicedesk.identity.directory import groups
from servicedesk.kernel.display import day, when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.core.periods import day_of


def period_page(chosen: Period, from_at: datetime, action: str) -> dict[str, Any]:
    """Return what `reports/panels.html` wants of a period that begins at `from_at`; `action`: the page."""
    teams = [("", _("all"))] + [(str(id_), group_name(id_)) for id_ in groups()]
    begins = day_of(from_at + timedelta(hours=1), chosen.zone)
    words = _(
        "%(from)s to %(to)s, %(zone)s; as of %(now)s",
        **{"from": day(begins), "to": day(chosen.until), "zone": chosen.zone, "now": when(chosen.now)},
    )
    return {
        "scope": as_of(words, group_name(chosen.group_id) if chosen.group_id else ""),
        "action": action,
        "filters": (
            ("weeks", _("Period"), [(str(n), _("%(n)s weeks", n=n)) for n in WEEKS], str(chosen.weeks)),
            ("team", _("Team"), teams, str(chosen.group_id or "")),
        ),
        "until": chosen.until.isoformat(),
        "today": day_of(chosen.now, chosen.zone).isoformat(),
    }
