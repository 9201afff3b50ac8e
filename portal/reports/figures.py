"""How did our promises end? Kept, late, how long, by hand, came back, given back: as of any moment."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.reports.asking import moment, moment_text, whole
from portal.reports.figure_panels import panels_of
from portal.reports.panels import render
from portal.reports.promise_asking import address, asked_for, exports_of, page_of, scope_words
from portal.reports.tables import table_answer
from portal.reports.views import PAGE, Row, ref_of, ticket_url
from portal.reports.words import KIND_NAMES, group_name, priority_name
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.display import when, working_duration
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from sla.reporting.behind import FIGURES, MOST_ROWS, BehindRow, Place, cycles_behind, place_of
from sla.reporting.interventions import count_interventions
from sla.reporting.tables import FigureRow, figures_report

blueprint = Blueprint("figures_report", __name__, url_prefix="/reports")
ROW_HEAD = tuple(name for name in BehindRow.__dataclass_fields__ if name != "subject")


@blueprint.get("/figures")
@permits(Permission.REPORT_SEE)
def page() -> ResponseReturnValue:
    """Answer how promises ended."""
    asked = asked_for()
    found = figures_report(actor(), asked, now=clock.now())
    by_hand = count_interventions(actor(), asked)
    return render(
        "reports/panels.html",
        _("How did our promises end?"),
        panels=panels_of(found, by_hand),
        **page_of(asked, url_for(".page")),
    )


@blueprint.get("/figures.<form>")
@permits(Permission.REPORT_SEE)
def as_table(form: str) -> ResponseReturnValue:
    """Give every figure as a row."""
    asked = asked_for()
    rows = figures_report(actor(), asked, now=clock.now()).rows
    return table_answer(form, "promise-figures", FigureRow._fields, rows, at=asked.as_of)


@blueprint.get("/figures/cycles")
@permits(Permission.REPORT_SEE)
def cycles() -> ResponseReturnValue:
    """List the promises behind one figure."""
    asked, figure = asked_for(), _figure()
    found = cycles_behind(
        actor(), figure, asked, now=clock.now(), after=_after(request.args.get("after")), limit=PAGE + 1
    )
    shown = found[:PAGE]
    mark = _mark(place_of(shown[-1])) if len(found) > PAGE else ""
    return render(
        "reports/list.html",
        _("The promises behind the figure"),
        rows=[_row(each) for each in shown],
        next_url=address(".cycles", asked, figure=figure, after=mark) if mark else "",
        scope=scope_words(asked),
        exports=exports_of(".cycles_as_table", asked, figure=figure),
    )


@blueprint.get("/figures/cycles.<form>")
@permits(Permission.REPORT_SEE)
def cycles_as_table(form: str) -> ResponseReturnValue:
    """Give the promises behind one figure, without their subjects."""
    asked, figure = asked_for(), _figure()
    found = cycles_behind(actor(), figure, asked, now=clock.now(), limit=MOST_ROWS)
    rows = [tuple(getattr(each, name) for name in ROW_HEAD) for each in found]
    return table_answer(form, f"promises-{figure}", ROW_HEAD, rows, at=asked.as_of)


def _figure() -> str:
    figure = request.args.get("figure", "")
    if figure not in FIGURES:
        raise NotFound("report.no_figure", _("There is no such figure."))
    return figure


def _mark(place: Place) -> str:
    at, *rest = place
    return "~".join([moment_text(at) or "", *(str(part) for part in rest)])


def _after(text: str | None) -> Place | None:
    at, ticket_id, kind, cycle = (*(text or "").split("~", 3), "", "", "", "")[:4]
    began_at, numbers = moment(at), (whole(ticket_id), whole(cycle))
    if began_at is None or numbers[0] is None or numbers[1] is None:
        return None
    return began_at, numbers[0], kind, numbers[1]


def _row(found: BehindRow) -> Row:
    late = (found.used_seconds or 0) - found.target_seconds
    states = {"met": ("met", _("kept")), "missed": ("late", _("late")), "overdue": ("late", _("late"))}
    state, words = states.get(found.state, ("due", _("running")))
    if state == "late" and late > 0:
        words = _("%(time)s late", time=working_duration(late))
    return Row(
        ref=ref_of(found.ticket_id),
        subject=found.subject,
        url=ticket_url(found.ticket_id),
        team=group_name(found.group_id),
        priority=priority_name(found.priority),
        what=str(KIND_NAMES.get(found.kind, found.kind)),
        at=when(found.at),
        state=state,
        words=words,
    )
