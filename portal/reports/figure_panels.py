"""The panels of how promises ended: each a question, its table, its definition, and links to its rows."""

from collections.abc import Callable

from portal.reports.asking import moment_text
from portal.reports.interventions import interventions_panel
from portal.reports.panels import Cell, Panel, Table, behind_url
from portal.reports.promise_asking import address
from portal.reports.promise_words import definition
from portal.reports.words import KIND_NAMES
from portal.words import in_pairs, seeded_name
from servicedesk.identity.directory import organisations
from servicedesk.kernel.display import duration, number, percent, working_duration
from servicedesk.kernel.i18n import gettext as _
from sla.reporting.credits import Credit
from sla.reporting.figures import KindFigures, Spread
from sla.reporting.interventions import Interventions
from sla.reporting.tables import FiguresReport

Lengths = Callable[[float], str]


def panels_of(found: FiguresReport, by_hand: Interventions) -> tuple[Panel, ...]:
    """Return the page's panels."""
    ended, moved = (
        (_kept(found), _open(found), _late(found), _times(found)),
        (_by_hand(found), interventions_panel(by_hand)),
    )
    shown = (*ended, *moved, _reopened(found), _credits(found))
    return tuple(panel for panel in shown if panel is not None)


def _panel(
    found: FiguresReport, question: str, answer: str, key: str, table: Table, *, is_empty: bool
) -> Panel:
    asked = found.promises.asked
    return Panel(
        question=question,
        answer=answer,
        definition=definition(key),
        csv_url=address("figures_report.as_table", asked, form="csv"),
        xlsx_url=address("figures_report.as_table", asked, form="xlsx"),
        table=table,
        empty=_("Nothing ended in this period.") if is_empty else "",
    )


def _name(kind: KindFigures) -> Cell:
    return Cell(str(KIND_NAMES.get(kind.kind, kind.kind)))


def _count(found: FiguresReport, kind: KindFigures, figure: str, count: int) -> Cell:
    if not count:
        return Cell(number(0))
    asked = found.promises.asked.of(kind=kind.kind)
    return Cell(number(count), address("figures_report.cycles", asked, figure=figure))


def _kept(found: FiguresReport) -> Panel:
    promises = found.promises
    judged = sum(kind.judged for kind in promises.kinds)
    rows = tuple(
        (
            _name(kind),
            Cell(percent(kind.met / kind.judged, 1) if kind.judged else _("none")),
            _count(found, kind, "met", kind.met),
            _count(found, kind, "late", kind.late),
            _count(found, kind, "judged", kind.judged),
        )
        for kind in promises.kinds
    )
    answer = _(
        "%(kept)s of %(all)s requests kept every promise that ended.",
        kept=number(promises.tickets_kept),
        all=number(promises.tickets),
    )
    head = (_("Clock"), _("Share"), _("Kept"), _("Late"), _("Ended"))
    return _panel(
        found,
        _("Which promises were kept?"),
        answer,
        "sla.kept",
        Table(head, rows),
        is_empty=not judged,
    )


def _open(found: FiguresReport) -> Panel:
    kinds = found.promises.kinds
    rows = tuple(
        (
            _name(kind),
            _count(found, kind, "open", kind.standing.open),
            _count(found, kind, "open_at_risk", kind.standing.at_risk),
            _count(found, kind, "open_late", kind.standing.late),
        )
        for kind in kinds
    )
    answer = _(
        "Of %(all)s running promises %(late)s were late and %(risk)s at risk.",
        all=number(sum(kind.standing.open for kind in kinds)),
        late=number(sum(kind.standing.late for kind in kinds)),
        risk=number(sum(kind.standing.at_risk for kind in kinds)),
    )
    head = (_("Clock"), _("Running"), _("At risk"), _("Late"))
    return _panel(
        found,
        _("How did the running ones stand at that moment?"),
        answer,
        "sla.open",
        Table(head, rows),
        is_empty=False,
    )


def _spread(found: Spread, lengths: Lengths) -> tuple[Cell, ...]:
    values = (found.median, found.p75, found.p90, found.mean)
    return tuple(Cell(in_pairs(lengths(value)) if value is not None else _("none")) for value in values)


def _late(found: FiguresReport) -> Panel:
    kinds = found.promises.kinds
    rows = tuple(
        (
            _name(kind),
            _count(found, kind, "late", kind.late_by.count),
            *_spread(kind.late_by, working_duration),
            Cell(in_pairs(working_duration(kind.late_by.sum))),
        )
        for kind in kinds
    )
    late = sum(kind.late_by.count for kind in kinds)
    head = (_("Clock"), _("Late"), _("Median"), "75 %", "90 %", _("Mean time"), _("Sum"))
    return _panel(
        found,
        _("How late were the broken ones?"),
        _("%(late)s ended late.", late=number(late)),
        "sla.late_by",
        Table(head, rows),
        is_empty=not late,
    )


def _times(found: FiguresReport) -> Panel:
    kinds = found.promises.kinds
    rows = tuple(
        (
            _name(kind),
            *_spread(kind.working, working_duration),
            *(_spread(kind.wall, duration)[place] for place in (0, 2)),
        )
        for kind in kinds
    )
    head = (
        *(_("Clock"), _("Median"), "75 %", "90 %", _("Mean time")),
        *(_("Customers felt: median"), _("Customers felt: 90 %")),
    )
    return _panel(
        found,
        _("How long did it take?"),
        _("Working time without pauses, and beside it what the clock on the wall said."),
        "sla.times",
        Table(head, rows),
        is_empty=not any(kind.working.count for kind in kinds),
    )


def _by_hand(found: FiguresReport) -> Panel:
    kinds = found.promises.kinds
    rows = tuple(
        (
            _name(kind),
            _count(found, kind, "retargeted", kind.retargets),
            _count(found, kind, "overridden", kind.overridden),
            _count(found, kind, "lowered", kind.lowered),
        )
        for kind in kinds
    )
    head = (_("Clock"), _("Changes of the target"), _("Set by a person"), _("Late, then lowered"))
    total = sum(kind.retargets + kind.overridden + kind.lowered for kind in kinds)
    return _panel(
        found,
        _("Which targets were moved?"),
        _("%(count)s changes of targets.", count=number(sum(kind.retargets for kind in kinds))),
        "sla.by_hand",
        Table(head, rows),
        is_empty=not total and not any(kind.judged for kind in kinds),
    )


def _reopened(found: FiguresReport) -> Panel:
    rate = found.reopened
    edges = {"from": moment_text(rate.from_at), "to": moment_text(rate.to_at)}
    url = behind_url("returned", team=found.promises.asked.group_id, **edges) if rate.reopened else ""
    share = percent(rate.share, 1) if rate.share is not None else _("none")
    row = (Cell(share), Cell(number(rate.reopened), url), Cell(number(rate.done)), Cell(number(rate.young)))
    head = (_("Share"), _("Came back"), _("Resolved"), _("Too young to tell"))
    return _panel(
        found,
        _("How often did it come back?"),
        _("%(back)s of %(all)s resolutions came back.", back=number(rate.reopened), all=number(rate.done)),
        "tickets.reopened",
        Table(head, (row,)),
        is_empty=not rate.done and not rate.young,
    )


def _credits(found: FiguresReport) -> Panel | None:
    if not found.given_back:
        return None
    rows = tuple(_credit(found, each) for each in found.given_back)
    due = sum(1 for each in found.given_back if each.percent)
    head = (_("Agreement"), _("Organisation"), _("Clock"), _("Kept"), _("Share"), _("Credit"))
    return _panel(
        found,
        _("What do agreements give back?"),
        _("%(due)s of %(all)s give something back.", due=number(due), all=number(len(rows))),
        "sla.credits",
        Table(head, rows),
        is_empty=False,
    )


def _credit(found: FiguresReport, credit: Credit) -> tuple[Cell, ...]:
    asked = found.promises.asked.of(
        kind=credit.kind, agreement_id=credit.agreement_id, organisation_id=credit.organisation_id
    )
    customer = organisations().get(credit.organisation_id) if credit.organisation_id else None
    parts = _("%(kept)s of %(all)s", kept=number(credit.met), all=number(credit.judged))
    return (
        Cell(seeded_name(credit.agreement)),
        Cell(customer.name if customer else _("none")),
        Cell(str(KIND_NAMES.get(credit.kind, credit.kind))),
        Cell(parts, address("figures_report.cycles", asked, figure="judged")),
        Cell(percent(credit.share, 1)),
        Cell(percent(credit.percent / 100, 1)),
    )
