"""How long were promises paused? For what, and by whom."""

from collections.abc import Mapping

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.reports.panels import Bar, Cell, Panel, Segment, Table, render
from portal.reports.promise_asking import address, asked_for, exports_of, page_of, scope_words
from portal.reports.promise_words import definition, pause_name
from portal.reports.tables import table_answer
from portal.reports.views import Row, ref_of, ticket_url
from portal.reports.words import KIND_NAMES, group_name, priority_name
from portal.words import in_pairs
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.display import number, percent, when, working_duration
from servicedesk.kernel.i18n import gettext as _
from sla.reporting.pauses import PausedCycle, Pauses, pause_shares
from sla.reporting.rows import ListedRow, tickets_by_id
from sla.reporting.tables import PAUSE_HEAD, pause_rows

blueprint = Blueprint("pauses_report", __name__, url_prefix="/reports")
LISTED = 100


@blueprint.get("/pauses")
@permits(Permission.REPORT_SEE)
def page() -> ResponseReturnValue:
    """Answer how long promises were paused."""
    asked = asked_for(usual_clock="resolution")
    found = pause_shares(actor(), asked, now=clock.now())
    panels = [_reasons(found)]
    if found.people is not None:
        panels.append(_people(found, found.people))
    return render(
        "reports/panels.html",
        _("How long were promises paused?"),
        panels=panels,
        **page_of(asked, url_for(".page")),
    )


@blueprint.get("/pauses.<form>")
@permits(Permission.REPORT_SEE)
def as_table(form: str) -> ResponseReturnValue:
    """Give the pauses of each promise by reason."""
    asked = asked_for(usual_clock="resolution")
    rows = pause_rows(pause_shares(actor(), asked, now=clock.now()))
    return table_answer(form, "pauses", PAUSE_HEAD, rows, at=asked.as_of)


@blueprint.get("/pauses/cycles")
@permits(Permission.REPORT_SEE)
def cycles() -> ResponseReturnValue:
    """List the paused promises, the longest paused first."""
    asked = asked_for(usual_clock="resolution")
    found = pause_shares(actor(), asked, now=clock.now()).cycles[:LISTED]
    tickets = tickets_by_id(actor(), [each.ticket_id for each in found])
    return render(
        "reports/list.html",
        _("Paused promises"),
        rows=[_row(each, tickets[each.ticket_id]) for each in found if each.ticket_id in tickets],
        next_url="",
        scope=scope_words(asked),
        exports=exports_of(".as_table", asked),
    )


def _reasons(found: Pauses) -> Panel:
    rows = tuple(_line(found, pause_name(reason), seconds) for reason, seconds in found.reasons.items())
    share = percent(found.share(found.paused_seconds), 1)
    return _panel(
        found,
        _("What was waited for?"),
        _("%(share)s of their working hours they were paused.", share=share),
        Table((_("Reason"), _("Paused"), _("Share")), rows),
    )


def _people(found: Pauses, people: Mapping[int | None, int]) -> Panel:
    itself = str(_("the desk by itself"))
    rows = tuple(
        _line(found, found.names.get(who, "") if who is not None else itself, seconds)
        for who, seconds in people.items()
    )
    return _panel(
        found,
        _("Who set it waiting?"),
        _("A share says what somebody's work needs to wait for, not how well it is done."),
        Table((_("Person"), _("Paused"), _("Share")), rows),
    )


def _panel(found: Pauses, question: str, answer: str, table: Table) -> Panel:
    count = number(len(found.cycles))
    more = (Cell(_("All")), Cell(count, address(".cycles", found.asked)), Cell(""))
    nothing = _("Nothing ended in this period.") if not found.life_seconds else _("Nothing was paused.")
    return Panel(
        question=question,
        answer=answer,
        definition=definition("sla.pauses"),
        csv_url=address(".as_table", found.asked, form="csv"),
        xlsx_url=address(".as_table", found.asked, form="xlsx"),
        table=Table(table.head, (*table.rows, more)),
        empty="" if found.cycles else nothing,
    )


def _line(found: Pauses, name: str, seconds: int) -> tuple[Cell, ...]:
    share = found.share(seconds) or 0.0
    bar = Bar((Segment(0.0, round(100 * share, 2), "held"),), percent(share, 1))
    return Cell(name), Cell(in_pairs(working_duration(seconds))), Cell(percent(share, 1), bar=bar)


def _row(found: PausedCycle, ticket: ListedRow) -> Row:
    part, whole = working_duration(found.paused_seconds), working_duration(found.life_seconds)
    return Row(
        ref=ref_of(found.ticket_id),
        subject=ticket.subject,
        url=ticket_url(found.ticket_id),
        team=group_name(ticket.group_id),
        priority=priority_name(ticket.priority),
        what=str(KIND_NAMES.get(found.kind, found.kind)),
        at=when(found.judged_at),
        state="held",
        words=_("%(part)s of %(whole)s paused", part=part, whole=whole),
    )
