"""The API of promises in depth: the same questions as the manager's pages, as of any moment."""

from datetime import date, timedelta
from typing import Any

from marshmallow import fields, validate

from servicedesk.identity.current import actor
from servicedesk.identity.directory import organisations
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import api, clock
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import FormSchema
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.periods import day_of, midnight
from servicedesk.tickets.reporting.api import group_asked_for
from servicedesk.tickets.reporting.schemas import OfTeam
from sla.core.causes import CAUSES
from sla.core.events import KINDS
from sla.reporting.asked import LONGEST_WEEKS, Asked, last_weeks
from sla.reporting.causes import breach_causes
from sla.reporting.pauses import pause_shares
from sla.reporting.tables import FigureRow, figures_report

blueprint = api.ApiBlueprint(
    "promise_figures_api", __name__, url_prefix=f"{api.PREFIX}/reports", description="Promises in depth"
)
USUAL_WEEKS = 13


class PromisesQuery(OfTeam):
    """The last `weeks` weeks up to that of `until`, as known at `as_of` (now where none is given).

    `organisation` is a key, `priority` 1 to 4; what is not given stands for any.
    """

    weeks = fields.Integer(load_default=USUAL_WEEKS, validate=validate.Range(1, LONGEST_WEEKS))
    until = fields.Date()
    as_of = fields.AwareDateTime()
    clock = fields.String(validate=validate.OneOf(sorted(KINDS)))
    priority = fields.Integer(validate=validate.Range(1, 4))
    organisation = fields.String()


class PeriodSchema(FormSchema):
    """From when to when promises were judged, as of when, and the zone of the weeks."""

    from_at = fields.AwareDateTime()
    to_at = fields.AwareDateTime()
    as_of = fields.AwareDateTime()
    zone = fields.String()


class FigureSchema(FormSchema):
    """One figure; `unit` is share (0 to 1), count, seconds or percent; `value` null for nothing."""

    figure = fields.String()
    clock = fields.String()
    agreement = fields.String()
    organisation = fields.String()
    value = fields.Float(allow_none=True)
    unit = fields.String()
    numerator = fields.Integer(allow_none=True)
    denominator = fields.Integer(allow_none=True)


class FiguresSchema(PeriodSchema):
    """Every figure of a period as a row."""

    figures = fields.List(fields.Nested(FigureSchema))


class CausesSchema(PeriodSchema):
    """Late working time by cause; `shares` are null where nothing was late."""

    late_seconds = fields.Integer()
    promises = fields.Integer()
    seconds = fields.Dict(keys=fields.String(), values=fields.Integer())
    shares = fields.Dict(keys=fields.String(), values=fields.Float(allow_none=True))


class PausesSchema(PeriodSchema):
    """Paused working time by reason and, for who may see it, by person (the desk: an empty name)."""

    life_seconds = fields.Integer()
    paused_seconds = fields.Integer()
    reasons = fields.Dict(keys=fields.String(), values=fields.Integer())
    people = fields.Dict(keys=fields.String(), values=fields.Integer())


@blueprint.get("/promise-figures")
@permits(Permission.REPORT_SEE)
@blueprint.arguments(PromisesQuery, location="query")
@blueprint.response(200, FiguresSchema)
def show_figures(query: dict[str, Any]) -> dict[str, Any]:
    """Show how promises ended: kept, how late, how long, moved targets, what came back, credits."""
    asked = _asked(query)
    rows: tuple[FigureRow, ...] = figures_report(actor(), asked, now=clock.now()).rows
    return _period(asked) | {"figures": [row._asdict() for row in rows]}


@blueprint.get("/breach-causes")
@permits(Permission.REPORT_SEE)
@blueprint.arguments(PromisesQuery, location="query")
@blueprint.response(200, CausesSchema)
def show_causes(query: dict[str, Any]) -> dict[str, Any]:
    """Show what the late working time went on."""
    asked = _asked(query)
    found = breach_causes(actor(), asked, now=clock.now())
    return _period(asked) | {
        "late_seconds": found.late_seconds,
        "promises": len(found.cycles),
        "seconds": dict(found.parts),
        "shares": {cause: found.share(cause) for cause in CAUSES},
    }


@blueprint.get("/pauses")
@permits(Permission.REPORT_SEE)
@blueprint.arguments(PromisesQuery, location="query")
@blueprint.response(200, PausesSchema)
def show_pauses(query: dict[str, Any]) -> dict[str, Any]:
    """Show how long promises were paused, for what and by whom."""
    asked = _asked(query)
    found = pause_shares(actor(), asked, now=clock.now())
    told = {
        "life_seconds": found.life_seconds,
        "paused_seconds": found.paused_seconds,
        "reasons": dict(found.reasons),
    }
    if found.people is not None:
        told["people"] = {found.names.get(who or 0, ""): seconds for who, seconds in found.people.items()}
    return _period(asked) | told


def _asked(query: dict[str, Any]) -> Asked:
    zone, now = the_settings().zone, clock.now().replace(microsecond=0)
    as_of = min(query.get("as_of", now), now).replace(microsecond=0)
    until = min(query.get("until", date.max), day_of(as_of, zone))
    noon = midnight(until, zone) + timedelta(hours=12)
    return last_weeks(query["weeks"], until=noon, as_of=as_of, zone=zone).of(
        kind=query.get("clock"),
        group_id=group_asked_for(query),
        priority=query.get("priority"),
        organisation_id=_organisation(query.get("organisation")),
    )


def _organisation(key: str | None) -> int | None:
    if key is None:
        return None
    found = next((row.id for row in organisations().values() if row.key == key), None)
    if found is None:
        raise Invalid(
            "organisation.unknown", _("There is no organisation of this key."), field="organisation"
        )
    return found


def _period(asked: Asked) -> dict[str, Any]:
    return {"from_at": asked.from_at, "to_at": asked.to_at, "as_of": asked.as_of, "zone": asked.zone}
