"""Why were promises broken? The late time of a period by cause, with the promises behind each."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.reports.panels import Bar, Cell, Panel, Segment, Table, render
from portal.reports.promise_asking import address, asked_for, exports_of, page_of, scope_words
from portal.reports.promise_words import CAUSE_NAMES, definition
from portal.reports.tables import table_answer
from portal.reports.views import Row, ref_of, ticket_url
from portal.reports.words import KIND_NAMES, group_name, priority_name
from portal.words import in_pairs
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.display import number, percent, when, working_duration
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from sla.core.causes import CAUSES, Cause
from sla.reporting.causes import Causes, LateCycle, breach_causes
from sla.reporting.rows import ListedRow, tickets_by_id
from sla.reporting.tables import CAUSE_HEAD, cause_rows

blueprint = Blueprint("causes_report", __name__, url_prefix="/reports")
LISTED = 100


@blueprint.get("/causes")
@permits(Permission.REPORT_SEE)
def page() -> ResponseReturnValue:
    """Answer why promises were broken."""
    asked = asked_for(usual_clock="resolution")
    found = breach_causes(actor(), asked, now=clock.now())
    return render(
        "reports/panels.html",
        _("Why were promises broken?"),
        panels=(_panel(found),),
        **page_of(asked, url_for(".page")),
    )


@blueprint.get("/causes.<form>")
@permits(Permission.REPORT_SEE)
def as_table(form: str) -> ResponseReturnValue:
    """Give each broken promise with the parts of its late time."""
    asked = asked_for(usual_clock="resolution")
    rows = cause_rows(breach_causes(actor(), asked, now=clock.now()))
    head = (*CAUSE_HEAD, *(f"{cause}_seconds" for cause in CAUSES))
    return table_answer(form, "breach-causes", head, rows, at=asked.as_of)


@blueprint.get("/causes/cycles")
@permits(Permission.REPORT_SEE)
def cycles() -> ResponseReturnValue:
    """List the promises in which one cause has a part, the longest part first."""
    asked = asked_for(usual_clock="resolution")
    cause = next((each for each in CAUSES if each == request.args.get("cause")), None)
    if cause is None:
        raise NotFound("report.no_figure", _("There is no such figure."))
    found = breach_causes(actor(), asked, now=clock.now()).behind(cause)[:LISTED]
    tickets = tickets_by_id(actor(), [each.ticket_id for each in found])
    rows = [_row(each, cause, tickets[each.ticket_id]) for each in found if each.ticket_id in tickets]
    return render(
        "reports/list.html",
        str(CAUSE_NAMES[cause]),
        rows=rows,
        next_url="",
        scope=scope_words(asked),
        exports=exports_of(".as_table", asked),
    )


def _panel(found: Causes) -> Panel:
    total = working_duration(found.late_seconds)
    return Panel(
        question=_("Where did the late time go?"),
        answer=_("%(time)s late in %(count)s promises.", time=total, count=number(len(found.cycles))),
        definition=definition("sla.causes"),
        csv_url=address(".as_table", found.asked, form="csv"),
        xlsx_url=address(".as_table", found.asked, form="xlsx"),
        table=Table(
            (_("Cause"), _("Late time"), _("Share"), _("Promises")),
            tuple(_cause(found, cause) for cause in CAUSES),
        ),
        empty="" if found.cycles else _("No promise was broken in this period."),
    )


def _cause(found: Causes, cause: Cause) -> tuple[Cell, ...]:
    seconds, share, behind = found.parts[cause], found.share(cause) or 0.0, len(found.behind(cause))
    words = percent(share, 1)
    bar = Bar((Segment(0.0, round(100 * share, 2), "late"),), words) if share else None
    url = address(".cycles", found.asked, cause=cause) if behind else ""
    return (
        Cell(str(CAUSE_NAMES[cause])),
        Cell(in_pairs(working_duration(seconds)) if seconds else number(0)),
        Cell(words, bar=bar),
        Cell(number(behind), url),
    )


def _row(found: LateCycle, cause: Cause, ticket: ListedRow) -> Row:
    part, whole = working_duration(found.parts[cause]), working_duration(found.late_seconds)
    return Row(
        ref=ref_of(found.ticket_id),
        subject=ticket.subject,
        url=ticket_url(found.ticket_id),
        team=group_name(ticket.group_id),
        priority=priority_name(ticket.priority),
        what=str(KIND_NAMES.get(found.kind, found.kind)),
        at=when(found.judged_at),
        state="late",
        words=_("%(part)s of %(whole)s late", part=part, whole=whole),
    )
