"""The API of the figures of tickets: the same queries as the manager's pages."""

from datetime import date, datetime
from typing import Any

from servicedesk.identity.current import actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import api, clock
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.intervals import FEWEST
from servicedesk.tickets.core.periods import day_of
from servicedesk.tickets.reporting.backlog import (
    BACKLOG,
    BAND_WEEKS,
    Backlog,
    backlog_at,
    backlog_by_week,
    unknown_lives,
)
from servicedesk.tickets.reporting.first_contact import (
    FIRST_CONTACT,
    OUTCOMES,
    FirstContact,
    first_contact,
)
from servicedesk.tickets.reporting.flow import FLOW, flow_by_day, flow_by_week
from servicedesk.tickets.reporting.satisfaction import SATISFACTION, Satisfaction, satisfaction
from servicedesk.tickets.reporting.schemas import (
    BacklogQuery,
    BacklogSchema,
    FirstContactSchema,
    FlowQuery,
    FlowSchema,
    SatisfactionSchema,
    WeeksQuery,
)

blueprint = api.ApiBlueprint(
    "ticket_reports_api", __name__, url_prefix=f"{api.PREFIX}/reports", description="Figures of tickets"
)


@blueprint.get("/backlog")
@permits(Permission.REPORT_SEE)
@blueprint.arguments(BacklogQuery, location="query")
@blueprint.response(200, BacklogSchema)
def show_backlog(query: dict[str, Any]) -> dict[str, Any]:
    """Show how much was open at a moment by age, and at the ends of the weeks before it."""
    viewer, zone, now = actor(), the_settings().zone, clock.now()
    at, group_id = min(query.get("at", now), now), group_asked_for(query)
    weeks = backlog_by_week(
        viewer, weeks=query["weeks"], until=day_of(at, zone), now=now, zone=zone, group_id=group_id
    )
    return _backlog(backlog_at(viewer, at, zone=zone, group_id=group_id)) | {
        "definition": BACKLOG,
        "zone": zone,
        "left_out": unknown_lives(viewer, group_id=group_id),
        "weeks": [_backlog(each) for each in weeks],
    }


def _backlog(found: Backlog) -> dict[str, Any]:
    edges = zip((0, *BAND_WEEKS), (*BAND_WEEKS, None), found.bands, strict=True)
    bands = [{"from_weeks": low, "to_weeks": high, "open": count} for low, high, count in edges]
    return {"at": found.at, "total": found.total, "bands": bands}


@blueprint.get("/flow")
@permits(Permission.REPORT_SEE)
@blueprint.arguments(FlowQuery, location="query")
@blueprint.response(200, FlowSchema)
def show_flow(query: dict[str, Any]) -> dict[str, Any]:
    """Show what was created, taken up again and closed by week or by day, and how it adds up."""
    zone, now = the_settings().zone, clock.now()
    until, group_id = query.get("until", day_of(now, zone)), group_asked_for(query)
    if query["by"] == "day":
        found = flow_by_day(actor(), days=query["periods"], until=until, zone=zone, group_id=group_id)
    else:
        found = flow_by_week(actor(), weeks=query["periods"], until=until, zone=zone, group_id=group_id)
    return {"definition": FLOW, "as_of": _second(now), "zone": zone, "periods": found}


@blueprint.get("/first-contact")
@permits(Permission.REPORT_SEE)
@blueprint.arguments(WeeksQuery, location="query")
@blueprint.response(200, FirstContactSchema)
def show_first_contact(query: dict[str, Any]) -> dict[str, Any]:
    """Show how many requests one answer solved, as a whole and by week."""
    found = first_contact(actor(), **_weeks_asked_for(query))
    return _contact(found.whole) | {
        "definition": FIRST_CONTACT,
        "as_of": _second(clock.now()),
        "zone": the_settings().zone,
        "from_at": found.from_at,
        "to_at": found.to_at,
        "left_out": found.left_out,
        "weeks": [_contact(week.figure) | {"begins_on": week.begins_on} for week in found.weeks],
    }


def _contact(found: FirstContact) -> dict[str, Any]:
    names = ("numerator", "denominator", "share", "interval")
    outcomes = {outcome: found.outcomes.get(outcome, 0) for outcome in OUTCOMES}
    return {name: getattr(found, name) for name in names} | {"outcomes": outcomes}


@blueprint.get("/satisfaction")
@permits(Permission.REPORT_SEE)
@blueprint.arguments(WeeksQuery, location="query")
@blueprint.response(200, SatisfactionSchema)
def show_satisfaction(query: dict[str, Any]) -> dict[str, Any]:
    """Show how satisfied people are who were asked, and how many answered, as a whole and by week."""
    found = satisfaction(actor(), **_weeks_asked_for(query))
    return _satisfaction(found.whole) | {
        "definition": SATISFACTION,
        "as_of": _second(clock.now()),
        "zone": the_settings().zone,
        "from_at": found.from_at,
        "to_at": found.to_at,
        "fewest": FEWEST,
        "weeks": [_satisfaction(week.figure) | {"begins_on": week.begins_on} for week in found.weeks],
    }


def _satisfaction(found: Satisfaction) -> dict[str, Any]:
    names = (
        *("asked", "asked_and_answered", "response_rate", "answers", "satisfied", "scores"),
        *("share", "interval", "mean", "mean_interval"),
    )
    return {name: getattr(found, name) for name in names}


def _weeks_asked_for(query: dict[str, Any]) -> dict[str, Any]:
    """Return the period and the team that a query names, as the queries of figures take them."""
    zone, now = the_settings().zone, clock.now()
    until = min(query.get("until", date.max), day_of(now, zone))
    return {
        "weeks": query["weeks"],
        "until": until,
        "now": now,
        "zone": zone,
        "group_id": group_asked_for(query),
    }


def group_asked_for(query: dict[str, Any]) -> int | None:
    """Return the id of the team that a query names; raises Invalid for one that is not there."""
    if "group" not in query:
        return None
    found = next((group.id for group in groups().values() if group.key == query["group"]), None)
    if found is None:
        raise Invalid("group.unknown", _("Choose a team from the list."), field="group")
    return found


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
