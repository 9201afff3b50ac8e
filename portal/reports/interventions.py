"""What was done to clocks by hand: how often and by whom, and the list of it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.reports.asking import whole
from portal.reports.panels import Cell, Panel, Table, render
from portal.reports.promise_asking import address, asked_for, exports_of, scope_words
from portal.reports.promise_words import definition
from portal.reports.tables import table_answer
from portal.reports.views import Row, ref_of, ticket_url
from portal.reports.words import KIND_NAMES, group_name, priority_name
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel.display import number, when
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from sla.interventions import TYPES, Deed
from sla.reporting.interventions import InterventionRow, Interventions, count_interventions

blueprint = Blueprint("interventions_report", __name__, url_prefix="/reports")
LISTED = 100
DEED_NAMES: Mapping[Deed, Any] = {
    "hold": _l("Stopped by hand"),
    "release": _l("Let go on"),
    "override": _l("Set another due moment"),
}
_STATES: Mapping[Deed, str] = {"hold": "held", "release": "met", "override": "due"}
HEAD = ("ticket", "at", "deed", "clock", "person")


@blueprint.get("/interventions")
@permits(Permission.REPORT_SEE)
def page() -> ResponseReturnValue:
    """List what was done by hand, the latest first."""
    asked = asked_for()
    found, (deed, person_id) = count_interventions(actor(), asked), _chosen()
    rows = found.of(deed, person_id)
    return render(
        "reports/list.html",
        str(DEED_NAMES[deed]) if deed else _("Done to clocks by hand"),
        rows=[_row(found, each) for each in rows[:LISTED]],
        next_url="",
        scope=" · ".join(part for part in (scope_words(asked), _name(found, person_id)) if part),
        exports=exports_of(".as_table", asked, deed=deed, person=person_id),
    )


@blueprint.get("/interventions.<form>")
@permits(Permission.REPORT_SEE)
def as_table(form: str) -> ResponseReturnValue:
    """Give what was done by hand, without subjects and reasons."""
    asked = asked_for()
    found = count_interventions(actor(), asked)
    rows = [
        (each.ticket_id, each.at, each.deed, each.kind or "", _name(found, each.person_id))
        for each in found.of(*_chosen())
    ]
    return table_answer(form, "interventions", HEAD, rows, at=asked.as_of)


def _chosen() -> tuple[Deed | None, int | None]:
    """Return which deed and whose; raises NotFound for a deed that there is not."""
    deed = request.args.get("deed", "")
    if deed and deed not in TYPES:
        raise NotFound("report.no_figure", _("There is no such figure."))
    return next((each for each in TYPES if each == deed), None), whole(request.args.get("person"))


def interventions_panel(found: Interventions) -> Panel:
    """Return how often each was done, by person where the viewer may know who did what."""
    people = sorted(found.names or {}, key=lambda id_: (found.names or {})[id_])
    rows = [(Cell(_name(found, id_)), *_counts(found, id_)) for id_ in people]
    rows.append((Cell(_("All")), *_counts(found, None)))
    return Panel(
        question=_("What was done to clocks by hand?"),
        answer=_("Times a person stepped in: %(count)s.", count=number(len(found.rows))),
        definition=definition("sla.interventions"),
        csv_url=address("interventions_report.as_table", found.asked, form="csv"),
        xlsx_url=address("interventions_report.as_table", found.asked, form="xlsx"),
        table=Table((_("Person"), *(str(name) for name in DEED_NAMES.values())), tuple(rows)),
        empty="" if found.rows else _("Nothing was done by hand in this period."),
    )


def _counts(found: Interventions, person_id: int | None) -> tuple[Cell, ...]:
    counts = {deed: len(found.of(deed, person_id)) for deed in DEED_NAMES}
    return tuple(
        Cell(
            number(count),
            address("interventions_report.page", found.asked, deed=deed, person=person_id) if count else "",
        )
        for deed, count in counts.items()
    )


def _name(found: Interventions, person_id: int | None) -> str:
    return (found.names or {}).get(person_id, "") if person_id is not None else ""


def _row(found: Interventions, row: InterventionRow) -> Row:
    who = _name(found, row.person_id)
    return Row(
        ref=ref_of(row.ticket_id),
        subject=row.subject,
        url=ticket_url(row.ticket_id),
        team=group_name(row.group_id),
        priority=priority_name(row.priority),
        what=str(KIND_NAMES.get(row.kind, row.kind)) if row.kind else str(_("All clocks")),
        at=when(row.at),
        state=_STATES[row.deed],
        words=str(DEED_NAMES[row.deed]),
        notes=tuple(part for part in (who, row.reason) if part),
    )
