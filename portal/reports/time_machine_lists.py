"""Promises that are late on one side of a replay only, as rows ready to be shown."""

from dataclasses import dataclass

from flask import url_for

from portal.reports.words import KIND_NAMES, group_name, priority_name
from portal.words import in_pairs, ticket_ref
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.display import duration, when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from sla.replays import LateRow

LIST = {
    "after": _l("Would have been late and were not"),
    "before": _l("Were late and would not have been"),
}
_OUTCOMES = {
    "": _l("no such promise"),
    "met": _l("kept"),
    "missed": _l("late"),
    "overdue": _l("late"),
    "running": _l("still running"),
    "paused": _l("paused"),
}


@dataclass(frozen=True, slots=True)
class ListRow:
    """A promise that is late on one side only, ready to be shown."""

    ref: str
    subject: str
    url: str
    what: str
    team: str
    priority: str
    at: str
    before: str
    after: str


def list_row(row: LateRow) -> ListRow:
    """Return a row of one of the lists."""
    ref = ticket_ref(row.ticket_id)
    return ListRow(
        ref=ref,
        subject=row.subject,
        url=url_for("desk.ticket", ref=ref) if actor().has(Permission.QUEUE_SEE) else "",
        what=str(KIND_NAMES.get(row.kind, row.kind)),
        team=group_name(row.group_id),
        priority=priority_name(row.priority),
        at=when(row.judged_at),
        before=_outcome(row.state_before, row.elapsed_before, row.target_before),
        after=_outcome(row.state_after, row.elapsed_after, row.target_after),
    )


def _outcome(state: str, used: int | None, target: int | None) -> str:
    words = str(_OUTCOMES.get(state, state))
    if used is None or target is None:
        return words
    return str(
        _(
            "%(outcome)s: %(used)s of %(target)s",
            outcome=words,
            used=in_pairs(duration(used)),
            target=in_pairs(duration(target)),
        )
    )
