"""How far can the forecast be trusted? What it said beside what came, and the simple rules it has to beat."""

from dataclasses import replace

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.reports.drawing import points, scale_for
from portal.reports.panels import Card, Cell, Chart, Panel, Table, render, share_chart, spread
from portal.reports.tables import csv_answer
from portal.reports.words import definition
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel.display import number, percent, when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.this_desk import the_settings
from sla.forecast.queries import FORECAST, ForecastReport, forecast_report

blueprint = Blueprint("forecast_report", __name__, url_prefix="/reports")
REASONS = {
    "few": _l("Too few clocks of its trial have ended, so nobody can say yet whether it is any good."),
    "no_better": _l("In its trial it was no better than the simple rules, so it is not shown anywhere."),
}


@blueprint.get("/forecast")
@permits(Permission.REPORT_SEE)
def page() -> ResponseReturnValue:
    """Answer how far the forecast can be trusted."""
    found = forecast_report(actor())
    return render(
        "reports/panels.html",
        _("How far can the forecast be trusted?"),
        scope=_scope(found) if found else "",
        action=url_for(".page"),
        filters=(),
        panels=(_figures(found), _reliability(found)) if found else (_nothing(),),
    )


@blueprint.get("/forecast.csv")
@permits(Permission.REPORT_SEE)
def as_csv() -> ResponseReturnValue:
    """Give the reliability table."""
    found = forecast_report(actor())
    rows = [(each.low, each.high, each.count, each.said, each.came) for each in found.bins] if found else []
    return csv_answer("forecast", ("from", "to", "forecasts", "said", "came"), rows)


def _scope(found: ForecastReport) -> str:
    return str(
        _(
            "version %(number)s of %(when)s; tried on what began from %(from)s to %(to)s, %(zone)s",
            **{
                "number": number(found.number),
                "when": when(found.trained_at),
                "from": when(found.from_at),
                "to": when(found.to_at),
                "zone": the_settings().zone,
            },
        )
    )


def _nothing() -> Panel:
    return Panel(
        question=_("Is it better than a simple rule?"),
        answer="",
        definition=definition(FORECAST),
        csv_url="",
        empty=_(
            "There is no forecast yet: it needs at least 200 clocks to learn from, 20 of them missed and 20"
            " kept, and 50 later ones to be tried on. Until then the queue goes by used shares of targets."
        ),
    )


def _figures(found: ForecastReport) -> Panel:
    shown = _("It is shown: %(count)s open clocks have a forecast.", count=number(found.told))
    cards = (
        (_("Forecast"), found.brier),
        (_("Always the usual share"), found.of_base_rate),
        (_("By the share of the target used"), found.of_share_used),
    )
    note = _("Brier score, less is better")
    return Panel(
        question=_("Is it better than a simple rule?"),
        answer=str(REASONS[found.reason]) if found.reason else shown,
        definition=definition(FORECAST),
        csv_url="",
        cards=tuple(Card(title, "–" if score is None else number(score, 3), note) for title, score in cards),
        notes=(
            _(
                "Learned from %(learned)s clocks; tried on %(clocks)s others, asked %(asked)s times.",
                learned=number(found.learned_from),
                clocks=number(found.clocks),
                asked=number(found.asked),
            ),
            *_ranking(found),
        ),
    )


def _ranking(found: ForecastReport) -> tuple[str, ...]:
    if found.auroc is None:
        return ()
    words = _(
        "Of two clocks, one missed and one kept, it gave more to the missed one in %(share)s of cases.",
        share=percent(found.auroc),
    )
    return (str(words),)


def _reliability(found: ForecastReport) -> Panel:
    rows = tuple(
        (
            Cell(_("%(low)s to %(high)s", low=percent(each.low), high=percent(each.high))),
            Cell(number(each.count)),
            Cell(percent(each.said)),
            Cell(percent(each.came)),
        )
        for each in found.bins
    )
    table = Table((_("Said"), _("Forecasts"), _("Said on average"), _("Missed")), rows)
    return Panel(
        question=_("Does what it says come true?"),
        answer=_("Where it says 30 in 100, 30 of 100 should miss: both lines should lie on each other."),
        definition=definition(FORECAST),
        csv_url=url_for(".as_csv"),
        chart=_chart(found, table) if found.bins else None,
        table=table,
        empty="" if found.bins else str(REASONS["few"]),
    )


def _chart(found: ForecastReport, table: Table) -> Chart:
    said, came = [each.said for each in found.bins], [each.came for each in found.bins]
    words = ", ".join(
        _("said %(said)s, missed %(came)s", said=percent(each.said), came=percent(each.came))
        for each in found.bins
    )
    labels = spread([percent(each.said) for each in found.bins])
    drawn = share_chart(came, label=_("Missed"), words=words, x_labels=labels, table=table)
    lowest = min([*said, *came])
    scale = scale_for([lowest], lowest)
    return replace(
        drawn,
        points=points(came, scale),
        points_2=points(said, scale),
        label_2=_("Said"),
        last_x=None,
        last_y=None,
        head=(),  # the table stands open below it
        rows=(),
        y_labels=tuple(percent(step) for step in scale.steps),
        grid_ys=tuple(scale.y(step) for step in scale.steps),
    )
