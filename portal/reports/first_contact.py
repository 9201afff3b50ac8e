"""How often does one answer do? First-contact resolution, by week and by team, and why not."""

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.reports.asking import Period, moment_text, period_from
from portal.reports.panels import Cell, Panel, Table, behind_url, render, share_chart, share_words, spread
from portal.reports.period_page import period_page
from portal.reports.tables import csv_answer
from portal.reports.words import definition, group_name
from servicedesk.identity.current import actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.display import day, number, percent
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.reporting.first_contact import (
    FIRST_CONTACT,
    OUTCOMES,
    FirstContact,
    FirstContactReport,
    first_contact,
)

blueprint = Blueprint("first_contact_report", __name__, url_prefix="/reports")
OUTCOME_NAMES = {
    "solved": _l("Solved at first contact"),
    "came_back": _l("Came back within 14 days"),
    "handed_over": _l("Sent on to another team"),
    "other_answers": _l("More than one answer"),
}
LEFT_OUT_NAMES = {
    "withdrawn": _l("%(count)s withdrawn"),
    "imported": _l("%(count)s from an import"),
    "too_young": _l("%(count)s resolved less than 14 days ago"),
}


def asked() -> Period:
    """Read the address."""
    return period_from(request.args, now=clock.now(), zone=the_settings().zone, known=frozenset(groups()))


def report(chosen: Period) -> FirstContactReport:
    """Return the figure that the address asks for."""
    return first_contact(
        actor(),
        weeks=chosen.weeks,
        until=chosen.until,
        now=chosen.now,
        zone=chosen.zone,
        group_id=chosen.group_id,
    )


@blueprint.get("/first-contact")
@permits(Permission.REPORT_SEE)
def page() -> ResponseReturnValue:
    """Answer how often one answer does."""
    chosen = asked()
    found = report(chosen)
    panels = (_whole(found, chosen), _weeks(found, chosen), _teams(found, chosen))
    return render(
        "reports/panels.html",
        _("How often does one answer do?"),
        **period_page(chosen, found.from_at, url_for(".page")),
        panels=panels,
    )


@blueprint.get("/first-contact.csv")
@permits(Permission.REPORT_SEE)
def as_csv() -> ResponseReturnValue:
    """Give the figure by week."""
    head = ("begins_on", "from", "to", "solved", "of", "low", "high", *OUTCOMES[:-1])
    rows: list[tuple[Any, ...]] = [
        (
            *(week.begins_on, week.from_at, week.to_at, week.figure.numerator, week.figure.denominator),
            *(week.figure.interval or (None, None)),
            *(week.figure.outcomes.get(outcome, 0) for outcome in OUTCOMES[:-1]),
        )
        for week in report(asked()).weeks
    ]
    return csv_answer("first-contact", head, rows)


def _csv_url(chosen: Period) -> str:
    return f"{url_for('.as_csv')}?{chosen.query()}"


def _whole(found: FirstContactReport, chosen: Period) -> Panel:
    figure = found.whole
    answer = _(
        "%(share)s: %(solved)s of %(all)s.",
        share=share_words(figure.share, figure.interval),
        solved=number(figure.numerator),
        all=number(figure.denominator),
    )
    left_out = [
        str(LEFT_OUT_NAMES[name]) % {"count": number(count)}
        for name, count in found.left_out.items()
        if count
    ]
    return Panel(
        question=_("How many did one answer solve, and why not the others?"),
        answer=answer,
        definition=definition(FIRST_CONTACT),
        csv_url=_csv_url(chosen),
        table=_outcomes(found, chosen),
        notes=(_("Left out: %(reasons)s.", reasons=", ".join(left_out)),) if left_out else (),
        empty="" if figure.denominator else _("Nothing that could be judged was resolved in this period."),
    )


def _outcomes(found: FirstContactReport, chosen: Period) -> Table:
    rows = []
    for outcome in reversed(OUTCOMES):
        count = found.whole.outcomes.get(outcome, 0)
        share = percent(count / found.whole.denominator, 1) if found.whole.denominator else ""
        url = _url(outcome, found, chosen.group_id) if count else ""
        rows.append((Cell(str(OUTCOME_NAMES[outcome])), Cell(number(count), url), Cell(share)))
    every = Cell(number(found.whole.denominator), _url(None, found, chosen.group_id))
    return Table((_("How it went"), _("Requests"), _("Share")), (*rows, (Cell(_("All")), every, Cell(""))))


def _url(outcome: str | None, found: FirstContactReport, group_id: int | None) -> str:
    return behind_url(
        "first_contact",
        outcome=outcome,
        team=group_id,
        **{"from": moment_text(found.from_at), "to": moment_text(found.to_at)},
    )


def _weeks(found: FirstContactReport, chosen: Period) -> Panel:
    known = [week.figure.share for week in found.weeks if week.figure.share is not None]
    words = (
        _("Between %(low)s and %(high)s by week.", low=percent(min(known)), high=percent(max(known)))
        if known
        else _("Nothing that could be judged was resolved in this period.")
    )
    label = str(OUTCOME_NAMES["solved"])
    rows = tuple((Cell(day(week.begins_on)), *_cells(week.figure)) for week in found.weeks)
    table = Table((_("Week of"), label, _("Requests"), _("Share")), rows)
    return Panel(
        question=_("Do we get better or worse?"),
        answer=words,
        definition=definition(FIRST_CONTACT),
        csv_url=_csv_url(chosen),
        chart=share_chart(
            [week.figure.share for week in found.weeks],
            label=label,
            words=words,
            x_labels=spread([day(week.begins_on) for week in found.weeks]),
            table=table,
        ),
        empty="" if known else words,
    )


def _teams(found: FirstContactReport, chosen: Period) -> Panel:
    shown = {id_: figure for id_, figure in found.groups.items() if figure.denominator}
    rows = []
    for group_id in sorted(shown, key=lambda id_: group_name(id_).casefold()):
        solved, every, share = _cells(shown[group_id])
        linked = (
            Cell(solved.text, _url("solved", found, group_id)),
            Cell(every.text, _url(None, found, group_id)),
        )
        rows.append((Cell(group_name(group_id)), *linked, share))
    head = (_("Team"), str(OUTCOME_NAMES["solved"]), _("Requests"), _("Share"))
    return Panel(
        question=_("Where does one answer do?"),
        answer=_(
            "Teams differ in what they are asked: a ticket that needs a visit needs more than one answer."
        ),
        definition=definition(FIRST_CONTACT),
        csv_url="",
        table=Table(head, tuple(rows)),
        empty="" if rows else _("Nothing that could be judged was resolved in this period."),
    )


def _cells(figure: FirstContact) -> tuple[Cell, Cell, Cell]:
    share = share_words(figure.share, figure.interval)
    return Cell(number(figure.numerator)), Cell(number(figure.denominator)), Cell(share)
