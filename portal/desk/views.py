"""Saved views of the queue as data: each is a name and a condition over ticket fields."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.words import group_name
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import groups
from servicedesk.kernel.condition_parsing import parse
from servicedesk.kernel.conditions import AllOf, Condition
from servicedesk.kernel.db import instant_text
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.fields import condition_fields

Document = object
_NOW = {"ago_seconds": 0}
GROUP = "group-"


@dataclass(frozen=True, slots=True)
class View:
    """A named condition over the open tickets; `document` may depend on who looks and when.

    state: colours its count. folds_waiting: what waits is shown on request only. only_if_any: the rail
    names it only where something is in it.
    """

    key: str
    label: str
    document: Callable[[Actor, datetime], Document]
    state: str = ""
    folds_waiting: bool = True
    only_if_any: bool = False


def _all(_viewer: Actor, _now: datetime) -> Document:
    return True


def _at_risk(viewer: Actor, now: datetime) -> Document:
    """A promise breaks before the viewer's day ends, or three quarters of it are used; none is late yet."""
    tonight = {"field": "sla.breach_at", "before": instant_text(end_of_day(now, viewer.zone))}
    close = {"field": "sla.risk_at", "before": _NOW}
    not_late = {"field": "sla.breach_at", "after": _NOW}
    return {"all": [{"any": [tonight, close]}, not_late, {"field": "sla.band", "is_not": "waiting"}]}


def end_of_day(now: datetime, zone: str) -> datetime:
    """Return the next midnight in `zone`."""
    local = now.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))


def _overdue(_viewer: Actor, _now: datetime) -> Document:
    return {"field": "sla.band", "is": "overdue"}


def _mine(viewer: Actor, _now: datetime) -> Document:
    return {"field": "assignee_id", "is": viewer.id} if viewer.id is not None else False


def _unassigned(_viewer: Actor, _now: datetime) -> Document:
    return {"field": "assignee_id", "is_empty": True}


def _waiting(_viewer: Actor, _now: datetime) -> Document:
    return {"field": "status", "is": "waiting_customer"}


def _triage(_viewer: Actor, _now: datetime) -> Document:
    return {"field": "needs_triage", "is": True}


def _offered(viewer: Actor, _now: datetime) -> Document:
    """What somebody offered to hand over to the viewer or to one of their teams."""
    if viewer.id is None or not viewer.group_ids:
        return False
    nobody = {"field": "offered_to_id", "is_empty": True}
    them = {"field": "offered_to_id", "is": viewer.id}
    to_team = {"field": "offered_group_id", "in": sorted(viewer.group_ids)}
    by_others = {"field": "offered_by_id", "is_not": viewer.id}
    return {"all": [to_team, {"any": [nobody, them]}, by_others]}


def _followed(viewer: Actor, _now: datetime) -> Document:
    return {"field": "watchers", "contains": viewer.id} if viewer.id is not None else False


def _called(viewer: Actor, _now: datetime) -> Document:
    """What mentions the viewer, who has not looked at it since."""
    return {"field": "called", "contains": viewer.id} if viewer.id is not None else False


ALL = View("all", _l("All open"), _all)
AT_RISK = View("at-risk", _l("At risk today"), _at_risk, "risk")
OVERDUE = View("overdue", _l("Overdue"), _overdue, "late")
MINE = View("mine", _l("Mine"), _mine)
OFFERED = View("offered", _l("Offered to me"), _offered, "due", folds_waiting=False, only_if_any=True)
CALLED = View("mentions", _l("Mentions of me"), _called, "due", folds_waiting=False, only_if_any=True)
FOLLOWED = View("followed", _l("Followed by me"), _followed, folds_waiting=False, only_if_any=True)
UNASSIGNED = View("unassigned", _l("Unassigned"), _unassigned)
WAITING = View("waiting", _l("Waiting on customer"), _waiting, folds_waiting=False)
TRIAGE = View("triage", _l("Needs triage"), _triage, "due")


def views_for(viewer: Actor) -> tuple[View, ...]:
    """Return the views in the viewer's rail: the common ones and their own groups'."""
    own = tuple(_group_view(group.id) for group in groups().values() if group.id in viewer.group_ids)
    return (AT_RISK, OVERDUE, MINE, OFFERED, CALLED, FOLLOWED, UNASSIGNED, *own, WAITING, TRIAGE)


def _group_view(group_id: int) -> View:
    group = groups()[group_id]
    return View(f"{GROUP}{group.key}", group_name(group), lambda _viewer, _now: _of_group(group_id))


def _of_group(group_id: int) -> Document:
    return {"field": "group_id", "is": group_id}


def view_named(viewer: Actor, key: str) -> View:
    """Return the view with this key, any group's among them; raises NotFound."""
    if key == ALL.key:
        return ALL
    known = {view.key: view for view in views_for(viewer)}
    if key in known:
        return known[key]
    named = [group.id for group in groups().values() if key == f"{GROUP}{group.key}"]
    if not named:
        raise NotFound("view.not_found", _("There is no such view."))
    return _group_view(named[0])


def condition_of(viewer: Actor, view: View, *, now: datetime) -> Condition:
    """Return the view's condition for this viewer at `now`."""
    return parse(view.document(viewer, now), condition_fields())


def work_of(viewer: Actor, view: View, *, now: datetime) -> Condition:
    """Return the view's condition without what waits, unless the view is about that."""
    chosen = condition_of(viewer, view, now=now)
    return AllOf((chosen, not_waiting())) if view.folds_waiting else chosen


def not_waiting() -> Condition:
    """Return the condition of requests that somebody could work on now."""
    return parse({"field": "sla.band", "is_not": "waiting"}, condition_fields())
