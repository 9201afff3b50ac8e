"""How did each team keep its promises, month by month? Two years, from roll-ups or counted anew."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.reports.asking import KINDS, asked_from, whole
from portal.reports.page import cycles_url
from portal.reports.panels import Cell, Panel, Table, as_of, render, share_chart, spread
from portal.reports.tables import csv_answer
from portal.reports.words import KIND_NAMES, definition, group_name
from servicedesk.identity.current import actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.display import number, percent, when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.periods import day_of
from sla.months import Kept, Month, kept_by_month
from sla.reports import Filter

blueprint = Blueprint("months_report", __name__, url_prefix="/reports")
MONTHS = (6, 12, 24)


@dataclass(frozen=True, slots=True)
class Asked:
    """The clock, how many months up to the one of `until`, and whether to count everything anew."""

    kind: str
    months: int
    until: date
    anew: bool

    def query(self, **other: object) -> str:
        """Return the address's parameters, with `other` ones in place of these."""
        own = {"clock": self.kind, "months": self.months, "until": self.until, "anew": int(self.anew)}
        return urlencode({**own, **other})


def asked() -> Asked:
    """Read the address; what cannot be read, or is not offered, falls back to the usual."""
    today = day_of(clock.now(), the_settings().zone)
    usual = asked_from(request.args, today=today, known_groups=frozenset())
    months = whole(request.args.get("months"))
    return Asked(
        usual.kind,
        months if months in MONTHS else MONTHS[-1],
        usual.until,
        anew=request.args.get("anew") == "1",
    )


def report(chosen: Asked) -> tuple[Month, ...]:
    """Return the months that the address asks for."""
    return kept_by_month(
        actor(),
        chosen.kind,
        months=chosen.months,
        until=chosen.until,
        zone=the_settings().zone,
        anew=chosen.anew,
    )


@blueprint.get("/months")
@permits(Permission.REPORT_SEE)
def page() -> ResponseReturnValue:
    """Answer how each team kept its promises, month by month."""
    chosen, zone = asked(), the_settings().zone
    found = _since_the_first(report(chosen))
    words = _("months of %(zone)s; as of %(now)s", zone=zone, now=when(clock.now()))
    return render(
        "reports/panels.html",
        _("How did each team keep its promises?"),
        scope=as_of(f"{KIND_NAMES[chosen.kind]}, {words}", ""),
        action=url_for(".page"),
        filters=(
            ("clock", _("Clock"), [(kind, str(KIND_NAMES[kind])) for kind in KINDS], chosen.kind),
            ("months", _("Period"), [(str(n), _("%(n)s months", n=n)) for n in MONTHS], str(chosen.months)),
            ("anew", _("Counted"), [("0", _("by day, kept")), ("1", _("anew"))], str(int(chosen.anew))),
        ),
        until=chosen.until.isoformat(),
        today=day_of(clock.now(), zone).isoformat(),
        panels=(_course(found, chosen), _teams(found, chosen)),
    )


@blueprint.get("/months.csv")
@permits(Permission.REPORT_SEE)
def as_csv() -> ResponseReturnValue:
    """Give the figure of each month and team; the team is empty for the whole desk."""
    known = groups()
    rows = [
        (
            month.begins_on,
            known[group_id].key if group_id in known else None,
            kept.met,
            kept.judged,
            kept.share,
        )
        for month in report(asked())
        for group_id, kept in ((0, month.whole), *month.groups.items())
    ]
    return csv_answer("promises-by-month", ("month", "team", "kept", "ended", "share"), rows)


def _since_the_first(months: tuple[Month, ...]) -> tuple[Month, ...]:
    """Return the months without the empty ones before a desk's first promise; the last one at least."""
    first = next((place for place, month in enumerate(months) if month.whole.judged), len(months) - 1)
    return months[first:]


def _csv_url(chosen: Asked) -> str:
    return f"{url_for('.as_csv')}?{chosen.query()}"


def _course(found: tuple[Month, ...], chosen: Asked) -> Panel:
    known = [month.whole.share for month in found if month.whole.share is not None]
    nothing = _("Nothing ended in this period.")
    words = nothing
    if known:
        words = _("Between %(low)s and %(high)s by month.", low=percent(min(known)), high=percent(max(known)))
    rows = tuple((Cell(_name(month)), *_cells(month.whole)) for month in found)
    return Panel(
        question=_("Do we get better or worse?"),
        answer=words,
        definition=definition("sla.attainment"),
        csv_url=_csv_url(chosen),
        chart=share_chart(
            [month.whole.share for month in found],
            label=_("%(clock)s on time", clock=str(KIND_NAMES[chosen.kind])),
            words=words,
            x_labels=spread([_name(month) for month in found]),
            table=Table((_("Month"), _("Kept"), _("Ended"), _("Share")), rows),
        ),
        empty="" if known else nothing,
    )


def _teams(found: tuple[Month, ...], chosen: Asked) -> Panel:
    ids = {id_ for month in found for id_ in month.groups if id_ in groups()}
    teams = sorted(ids, key=lambda id_: group_name(id_).casefold())
    rows = tuple(
        (Cell(_name(month)), *(_cell(month, id_, chosen) for id_ in teams)) for month in reversed(found)
    )
    return Panel(
        question=_("Which team, and when?"),
        answer=_("Each share leads to its promises."),
        definition=definition("sla.by_month"),
        csv_url=_csv_url(chosen),
        table=Table((_("Month"), *(group_name(id_) for id_ in teams)), rows),
        empty="" if teams else _("Nothing ended in this period."),
    )


def _cell(month: Month, group_id: int, chosen: Asked) -> Cell:
    kept = month.groups.get(group_id)
    if kept is None or kept.share is None:
        return Cell(_("none"))
    behind = Filter(chosen.kind, month.from_at, month.to_at, group_id)
    parts = _("%(share)s of %(all)s", share=percent(kept.share), all=number(kept.judged))
    return Cell(parts, cycles_url(behind))


def _cells(kept: Kept) -> tuple[Cell, Cell, Cell]:
    share = percent(kept.share, 1) if kept.share is not None else _("none")
    return Cell(number(kept.met)), Cell(number(kept.judged)), Cell(share)


def _name(month: Month) -> str:
    return f"{month.begins_on:%Y-%m}"
