"""The API of figures that rest on promises and working time: the same queries as the manager's pages."""

from dataclasses import asdict
from datetime import date
from typing import Any

from marshmallow import fields, validate

from servicedesk.identity.current import actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import api, clock
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.forms import FormSchema
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.periods import day_of
from servicedesk.tickets.reporting.api import group_asked_for
from servicedesk.tickets.reporting.schemas import OfTeam
from sla.core.events import KINDS
from sla.forecast.queries import FORECAST, forecast_report
from sla.load import LOAD, load
from sla.months import LONGEST_MONTHS, Kept, kept_by_month
from sla.reports import ATTAINMENT

blueprint = api.ApiBlueprint(
    "promise_reports_api", __name__, url_prefix=f"{api.PREFIX}/reports", description="Figures of promises"
)


class PersonLoadSchema(FormSchema):
    """Open requests of one person, or (name null) of nobody; `unknown` of them have no expectation.

    `resolved` in the last 28 days is there only for who may see it.
    """

    name = fields.String(allow_none=True)
    open = fields.Integer()
    waiting = fields.Integer()
    no_expectation = fields.Integer()
    expected_seconds = fields.Integer()
    resolved = fields.Integer()


class UsualSchema(FormSchema):
    """What requests of a team and priority usually take: the median of `count`, in working seconds."""

    group = fields.String()
    priority = fields.String()
    count = fields.Integer()
    median_seconds = fields.Integer()


class LoadSchema(FormSchema):
    """How much lies with whom; `left_seconds` are working time left in the present week."""

    definition = fields.String()
    as_of = fields.AwareDateTime()
    left_seconds = fields.Integer()
    people = fields.List(fields.Nested(PersonLoadSchema))
    usual = fields.List(fields.Nested(UsualSchema))


@blueprint.get("/load")
@permits(Permission.REPORT_SEE)
@blueprint.arguments(OfTeam, location="query")
@blueprint.response(200, LoadSchema)
def show_load(query: dict[str, Any]) -> dict[str, Any]:
    """Show how much work lies with whom, in the hours that such work usually takes."""
    found = load(actor(), now=clock.now(), zone=the_settings().zone, group_id=group_asked_for(query))
    known = groups()
    return {
        "definition": LOAD,
        "as_of": found.at,
        "left_seconds": found.left_seconds,
        "people": [
            {
                "name": row.name or None,
                "open": row.open,
                "waiting": row.waiting,
                "no_expectation": row.unknown,
                "expected_seconds": row.expected_seconds,
                **({} if row.resolved is None else {"resolved": row.resolved}),
            }
            for row in found.people
        ],
        "usual": [
            {
                "group": known[row.group_id].key,
                "priority": f"P{row.priority}",
                "count": row.count,
                "median_seconds": row.median_seconds,
            }
            for row in found.usual
        ],
    }


class BinSchema(FormSchema):
    """Forecasts between `low` and `high`: how many, what they said on average, and the share that missed."""

    low = fields.Float()
    high = fields.Float()
    count = fields.Integer()
    said = fields.Float()
    came = fields.Float()


class ForecastSchema(FormSchema):
    """How the forecast in force did in its trial; `reason` says why it is not shown, empty where it is."""

    definition = fields.String()
    number = fields.Integer()
    trained_at = fields.AwareDateTime()
    from_at = fields.AwareDateTime()
    to_at = fields.AwareDateTime()
    learned_from = fields.Integer()
    clocks = fields.Integer()
    asked = fields.Integer()
    brier = fields.Float(allow_none=True)
    of_base_rate = fields.Float(allow_none=True)
    of_share_used = fields.Float(allow_none=True)
    auroc = fields.Float(allow_none=True)
    reason = fields.String()
    bins = fields.List(fields.Nested(BinSchema))


@blueprint.get("/forecast")
@permits(Permission.REPORT_SEE)
@blueprint.response(200, ForecastSchema)
def show_forecast() -> dict[str, Any]:
    """Show how far the forecast of missed targets can be trusted."""
    found = forecast_report(actor())
    if found is None:
        raise NotFound("forecast.not_found", _("There is no forecast yet."))
    return {"definition": FORECAST, **asdict(found)}


class MonthsQuery(FormSchema):
    """The last `months` months up to that of `until`; `anew` counts everything from the clocks."""

    clock = fields.String(load_default="resolution", validate=validate.OneOf(sorted(KINDS)))
    months = fields.Integer(load_default=LONGEST_MONTHS, validate=validate.Range(1, LONGEST_MONTHS))
    until = fields.Date()
    anew = fields.Boolean(load_default=False)


class KeptSchema(FormSchema):
    """Promises kept, of those that ended in time or became late."""

    met = fields.Integer()
    judged = fields.Integer()
    share = fields.Float(allow_none=True)


class MonthSchema(KeptSchema):
    """The figure of one month, and of each team in it by its key."""

    begins_on = fields.Date()
    groups = fields.Dict(keys=fields.String(), values=fields.Nested(KeptSchema))


class MonthsSchema(FormSchema):
    """Kept promises by month."""

    definition = fields.String()
    as_of = fields.AwareDateTime()
    zone = fields.String()
    months = fields.List(fields.Nested(MonthSchema))


@blueprint.get("/promises-by-month")
@permits(Permission.REPORT_SEE)
@blueprint.arguments(MonthsQuery, location="query")
@blueprint.response(200, MonthsSchema)
def show_months(query: dict[str, Any]) -> dict[str, Any]:
    """Show which share of promises was kept in each month, as a whole and by team."""
    zone, now, known = the_settings().zone, clock.now(), groups()
    until = min(query.get("until", date.max), day_of(now, zone))
    found = kept_by_month(
        actor(), query["clock"], months=query["months"], until=until, zone=zone, anew=query["anew"]
    )
    months = [
        {
            "begins_on": month.begins_on,
            **_kept(month.whole),
            "groups": {known[id_].key: _kept(kept) for id_, kept in month.groups.items() if id_ in known},
        }
        for month in found
    ]
    return {"definition": ATTAINMENT, "as_of": now, "zone": zone, "months": months}


def _kept(found: Kept) -> dict[str, Any]:
    return {"met": found.met, "judged": found.judged, "share": found.share}
