"""The doors of the manager's page and of the lists behind its figures."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.page import Link
from portal.reports.asking import KINDS, WEEKS, Asked, asked_from, filter_from, filter_to_query, whole
from portal.reports.page import build_report
from portal.reports.panels import render
from portal.reports.words import KIND_NAMES, RISK_NAMES, group_name, priority_name
from servicedesk.identity.current import actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.display import day, duration, when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.numbers import number_text
from sla.report_span import last_judged_at
from sla.reports import CycleRow, cycles_behind
from sla.today import RISKS, Risk, RiskRow, tickets_at_risk

blueprint = Blueprint("reports", __name__, url_prefix="/reports")
PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket behind a figure, ready to be shown; `notes`: who did it and why, where somebody did."""

    ref: str
    subject: str
    url: str
    team: str
    priority: str
    what: str
    at: str
    state: str
    words: str
    notes: tuple[str, ...] = ()


@blueprint.get("")
@permits(Permission.REPORT_SEE)
def report() -> ResponseReturnValue:
    """Answer whether we kept our promises."""
    viewer, now, settings = actor(), clock.now(), the_settings()
    zone = settings.zone
    today = now.astimezone(ZoneInfo(zone)).date()
    asked = asked_from(request.args, today=today, known_groups=frozenset(groups()))
    built = build_report(viewer, asked, now=now, zone=zone, goal=settings.goal_percent / 100)
    teams = [("", _("all"))] + [(str(id_), group_name(id_)) for id_ in groups()]
    filters = (
        ("clock", _("Clock"), [(kind, str(KIND_NAMES[kind])) for kind in KINDS], asked.kind),
        ("weeks", _("Period"), [(str(n), _("%(n)s weeks", n=n)) for n in WEEKS], str(asked.weeks)),
        ("team", _("Team"), teams, str(asked.group_id or "")),
    )
    return render(
        "reports/report.html",
        _("Did we keep our promises?"),
        report=built,
        filters=filters,
        until=asked.until.isoformat(),
        today=today.isoformat(),
        elsewhere=None if built.cards[0].state else _elsewhere(asked, zone),
    )


def _elsewhere(asked: Asked, zone: str) -> Link | None:
    """Return a link to the last period that holds anything, if there is one."""
    last = last_judged_at(actor())
    if last is None:
        return None
    on = last.astimezone(ZoneInfo(zone)).date()
    label = _("The last promise ended on %(day)s: go there", day=day(on))
    return Link(label, _address("report", asked.query(until=on.isoformat())))


def _address(endpoint: str, parameters: dict[str, str]) -> str:
    return f"{url_for(f'.{endpoint}')}?{urlencode(parameters)}"


@blueprint.get("/cycles")
@permits(Permission.REPORT_SEE)
def cycles() -> ResponseReturnValue:
    """List the promises behind one figure."""
    chosen = filter_from(request.args)
    now = clock.now()
    after = _after(request.args.get("after"))
    found = cycles_behind(actor(), chosen, now=now, after=after, limit=PAGE + 1)
    shown, more = found[:PAGE], len(found) > PAGE
    last = shown[-1] if shown else None
    next_url = ""
    if more and last is not None:
        mark = f"{last.judged_at.timestamp()}~{last.clock_id}"
        next_url = _address("cycles", {**filter_to_query(chosen), "after": mark})
    return render(
        "reports/list.html",
        _("The promises behind the figure"),
        rows=[_cycle(row) for row in shown],
        next_url=next_url,
        scope=_scope(chosen.from_at, chosen.to_at, chosen.group_id, chosen.kind),
    )


def _after(text: str | None) -> tuple[datetime, int] | None:
    at, tilde, clock_id = (text or "").partition("~")
    number = whole(clock_id)
    try:
        return (datetime.fromtimestamp(float(at), ZoneInfo("UTC")), number) if tilde and number else None
    except (ValueError, OverflowError, OSError):
        return None


def _cycle(row: CycleRow) -> Row:
    is_met = row.state == "met"
    late = _("%(time)s late", time=duration(row.late_seconds))
    return Row(
        ref=ref_of(row.ticket_id),
        subject=row.subject,
        url=ticket_url(row.ticket_id),
        team=group_name(row.group_id),
        priority=priority_name(row.priority),
        what=str(KIND_NAMES[row.kind]),
        at=when(row.judged_at),
        state="met" if is_met else "late",
        words=_("kept") if is_met else late if row.late_seconds else _("late"),
    )


@blueprint.get("/risk")
@permits(Permission.REPORT_SEE)
def risk() -> ResponseReturnValue:
    """List the open requests at risk today; without a named risk the late ones and those at risk."""
    now, zone = clock.now(), the_settings().zone
    named = request.args.get("risk")
    chosen: tuple[Risk, ...] = tuple(each for each in RISKS if each == named) or ("late", "at_risk")
    group_id = whole(request.args.get("team"))
    rows = [
        row
        for each in chosen
        for row in tickets_at_risk(actor(), each, now=now, zone=zone, group_id=group_id, limit=200)
    ]
    return render(
        "reports/list.html",
        _("At risk today"),
        rows=[_risk(row) for row in rows],
        next_url="",
        scope=_scope(None, None, group_id, None),
    )


def _risk(row: RiskRow) -> Row:
    return Row(
        ref=ref_of(row.ticket_id),
        subject=row.subject,
        url=ticket_url(row.ticket_id),
        team=group_name(row.group_id),
        priority=priority_name(row.priority),
        what="",
        at=when(row.due_at) if row.due_at else "",
        state={"late": "late", "at_risk": "risk", "due_today": "due"}[row.risk],
        words=str(RISK_NAMES[row.risk]),
    )


def _scope(from_at: datetime | None, to_at: datetime | None, group_id: int | None, kind: str | None) -> str:
    parts = [str(KIND_NAMES[kind])] if kind else []
    parts += [group_name(group_id)] if group_id else []
    if from_at and to_at:
        parts.append(_("%(from)s to %(to)s", **{"from": when(from_at), "to": when(to_at)}))
    return " · ".join(part for part in parts if part)


def ref_of(ticket_id: int) -> str:
    return number_text(ticket_id, the_settings().ticket_prefix)


def ticket_url(ticket_id: int) -> str:
    return url_for("desk.ticket", ref=ref_of(ticket_id)) if actor().has(Permission.QUEUE_SEE) else ""
