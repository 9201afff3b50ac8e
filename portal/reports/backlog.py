"""How much is waiting, and for how long: the backlog at a moment, over weeks, and created against closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.reports.asking import WEEKS, local_minute, moment_text, moment_within, whole
from portal.reports.panels import Cell, Panel, Table, as_of, bar_of, behind_url, count_chart, render, spread
from portal.reports.tables import csv_answer
from portal.reports.words import band_name, definition, group_name
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.display import day, number, percent, when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.periods import day_of
from servicedesk.tickets.reporting.backlog import (
    BACKLOG,
    BANDS,
    Backlog,
    backlog_at,
    backlog_by_week,
    unknown_lives,
)
from servicedesk.tickets.reporting.flow import FLOW, Flow, Movement, flow_by_day, flow_by_week

blueprint = Blueprint("backlog_report", __name__, url_prefix="/reports")
STATES = ("met", "due", "risk", "late")
DAYS = 28


@dataclass(frozen=True, slots=True)
class Asked:
    """The moment, the number of weeks before it, the length of a period (week or day), and the team."""

    at: datetime
    zone: str
    weeks: int
    by: str
    group_id: int | None

    def query(self) -> str:
        """Return the address's parameters."""
        own = {"at": moment_text(self.at), "weeks": self.weeks, "by": self.by, "team": self.group_id}
        return urlencode({name: value for name, value in own.items() if value is not None})


def asked() -> Asked:
    """Read the address; what cannot be read, or is not offered, falls back to the usual."""
    zone, now = the_settings().zone, clock.now().replace(microsecond=0)
    weeks, team = whole(request.args.get("weeks")), whole(request.args.get("team"))
    return Asked(
        at=moment_within(request.args.get("at"), zone, now),
        zone=zone,
        weeks=weeks if weeks in WEEKS else WEEKS[1],
        by="day" if request.args.get("by") == "day" else "week",
        group_id=team if team in groups() else None,
    )


@blueprint.get("/backlog")
@permits(Permission.REPORT_SEE)
def page() -> ResponseReturnValue:
    """Answer how much is waiting, and for how long."""
    viewer, chosen = actor(), asked()
    teams = [("", _("all"))] + [(str(id_), group_name(id_)) for id_ in groups()]
    filters = (
        ("weeks", _("Period"), [(str(n), _("%(n)s weeks", n=n)) for n in WEEKS], str(chosen.weeks)),
        ("by", _("By"), [("week", _("week")), ("day", _("day"))], chosen.by),
        ("team", _("Team"), teams, str(chosen.group_id or "")),
    )
    words = _("at %(moment)s, %(zone)s", moment=when(chosen.at), zone=chosen.zone)
    return render(
        "reports/panels.html",
        _("How much is waiting, and for how long?"),
        scope=as_of(words, group_name(chosen.group_id) if chosen.group_id else ""),
        action=url_for(".page"),
        filters=filters,
        at=local_minute(chosen.at, chosen.zone),
        latest=local_minute(clock.now(), chosen.zone),
        panels=(_ages(viewer, chosen), _weeks(viewer, chosen), _flow(viewer, chosen)),
    )


@blueprint.get("/backlog.csv")
@permits(Permission.REPORT_SEE)
def ages_as_csv() -> ResponseReturnValue:
    """Give the backlog by age, at the moment and at the ends of the weeks before it."""
    chosen, viewer = asked(), actor()
    found = [*backlogs(viewer, chosen), backlog_now(viewer, chosen)]
    head = ("at", "open", "under_1_week", "1_to_4_weeks", "4_to_13_weeks", "over_13_weeks")
    return csv_answer("backlog", head, [(each.at, each.total, *each.bands) for each in found])


@blueprint.get("/flow.csv")
@permits(Permission.REPORT_SEE)
def flow_as_csv() -> ResponseReturnValue:
    """Give what was created, taken up again and closed."""
    head = ("begins_on", "from", "to", "created", "reopened", "closed", "difference", "grown")
    rows = [
        (
            *(each.begins_on, each.from_at, each.to_at),
            *(each.created, each.reopened, each.closed, each.difference, each.grown),
        )
        for each in flows(actor(), asked())
    ]
    return csv_answer("created-against-closed", head, rows)


def backlog_now(viewer: Actor, chosen: Asked) -> Backlog:
    """Return the backlog at the chosen moment."""
    return backlog_at(viewer, chosen.at, zone=chosen.zone, group_id=chosen.group_id)


def backlogs(viewer: Actor, chosen: Asked) -> tuple[Backlog, ...]:
    """Return the backlog at the ends of the weeks up to the chosen moment."""
    until = day_of(chosen.at, chosen.zone)
    return backlog_by_week(
        viewer, weeks=chosen.weeks, until=until, now=chosen.at, zone=chosen.zone, group_id=chosen.group_id
    )


def flows(viewer: Actor, chosen: Asked) -> tuple[Flow, ...]:
    """Return what came and went in the weeks, or the days, up to the chosen moment."""
    until = day_of(chosen.at, chosen.zone)
    if chosen.by == "day":
        return flow_by_day(viewer, days=DAYS, until=until, zone=chosen.zone, group_id=chosen.group_id)
    return flow_by_week(viewer, weeks=chosen.weeks, until=until, zone=chosen.zone, group_id=chosen.group_id)


def _ages(viewer: Actor, chosen: Asked) -> Panel:
    found, unknown = backlog_now(viewer, chosen), unknown_lives(viewer, group_id=chosen.group_id)
    answer = _(
        "%(open)s open, %(old)s of them for longer than four weeks",
        open=number(found.total),
        old=number(sum(found.bands[2:])),
    )
    rows = [_band_row(found, band, chosen) for band in range(BANDS)]
    whole_row = (Cell(_("All")), Cell(number(found.total), _open_url(chosen)), Cell(""))
    return Panel(
        question=_("How much is open, and since when?"),
        answer=answer,
        definition=definition(BACKLOG),
        csv_url=f"{url_for('.ages_as_csv')}?{chosen.query()}",
        bar=bar_of(found.bands, STATES, answer),
        table=Table((_("Filed"), _("Open requests"), _("Share")), (*rows, whole_row)),
        notes=(_left_out(unknown),) if unknown else (),
        empty="" if found.total else _("Nothing was open at this moment."),
    )


def _left_out(unknown: int) -> str:
    return _("Left out: %(count)s requests whose dates are not known.", count=number(unknown))


def _band_row(found: Backlog, band: int, chosen: Asked) -> tuple[Cell, ...]:
    count = found.bands[band]
    share = percent(count / found.total, 1) if found.total else ""
    url = _open_url(chosen, band=band) if count else ""
    return Cell(band_name(band)), Cell(number(count), url), Cell(share)


def _open_url(chosen: Asked, *, band: int | None = None) -> str:
    return behind_url("open", at=moment_text(chosen.at), band=band, team=chosen.group_id)


def _weeks(viewer: Actor, chosen: Asked) -> Panel:
    found = backlogs(viewer, chosen)
    totals, old = [each.total for each in found], [sum(each.bands[2:]) for each in found]
    low, high = number(min(totals)), number(max(totals))
    answer = _("Between %(low)s and %(high)s, now %(now)s.", low=low, high=high, now=number(totals[-1]))
    labels = (_("Open"), _("Open for longer than four weeks"))
    bands = tuple(band_name(band) for band in range(BANDS))
    rows = tuple(
        (Cell(when(each.at)), Cell(number(each.total)), *(Cell(number(n)) for n in each.bands))
        for each in found
    )
    return Panel(
        question=_("Does the pile grow?"),
        answer=answer,
        definition=definition("tickets.backlog_weeks"),
        csv_url=f"{url_for('.ages_as_csv')}?{chosen.query()}",
        chart=count_chart(
            (totals, old),
            labels=labels,
            words=answer,
            x_labels=spread([day(day_of(each.at, chosen.zone)) for each in found]),
            table=Table((_("End of the week"), labels[0], *bands), rows),
        ),
    )


def _flow(viewer: Actor, chosen: Asked) -> Panel:
    found = flows(viewer, chosen)
    created, closed = sum(each.created for each in found), sum(each.closed for each in found)
    answer = _(
        "%(created)s came, %(back)s came back, %(closed)s were closed: %(grown)s in all.",
        created=number(created),
        back=number(sum(each.reopened for each in found)),
        closed=number(closed),
        grown=signed(found[-1].grown),
    )
    return Panel(
        question=_("Do we close as much as comes in?"),
        answer=answer,
        definition=definition(FLOW),
        csv_url=f"{url_for('.flow_as_csv')}?{chosen.query()}",
        chart=count_chart(
            ([each.created for each in found], [each.closed for each in found]),
            labels=(_("Created"), _("Closed")),
            words=answer,
            x_labels=spread([day(each.begins_on) for each in found]),
            table=_flow_table(found, chosen),
        ),
        empty="" if created or closed else _("Nothing came and nothing was closed in this period."),
    )


def _flow_table(found: Sequence[Flow], chosen: Asked) -> Table:
    head = (
        *(_("Beginning"), _("Created"), _("Came back"), _("Closed")),
        *(_("Difference"), _("Grown since the first")),
    )
    return Table(head, tuple(_flow_row(each, chosen) for each in found))


def _flow_row(flow: Flow, chosen: Asked) -> tuple[Cell, ...]:
    counts: tuple[tuple[Movement, int], ...] = (
        ("created", flow.created),
        ("reopened", flow.reopened),
        ("closed", flow.closed),
    )
    linked = [Cell(number(count), _moved_url(flow, name, chosen) if count else "") for name, count in counts]
    return Cell(day(flow.begins_on)), *linked, Cell(signed(flow.difference)), Cell(signed(flow.grown))


def _moved_url(flow: Flow, movement: Movement, chosen: Asked) -> str:
    edges = {"from": moment_text(flow.from_at), "to": moment_text(flow.to_at)}
    return behind_url(movement, team=chosen.group_id, **edges)


def signed(value: int) -> str:
    """Return a growth with its sign."""
    return f"\u200e+{number(value)}" if value > 0 else number(value)
