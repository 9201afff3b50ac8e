"""The manager's page as rows ready to be drawn: cards, chart, heat table, today's risk, stages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import url_for

from portal.reports.asking import Asked, filter_to_query
from portal.reports.drawing import points, scale_for
from portal.reports.panels import Card, Chart
from portal.reports.words import KIND_NAMES, definition, group_name, priority_name
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import groups
from servicedesk.kernel.display import day, number, percent, when
from servicedesk.kernel.i18n import current_language
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import status_name
from servicedesk.tickets.core.periods import midnight
from servicedesk.tickets.stages import Stage, stages
from sla.reports import (
    Cell,
    Figure,
    Filter,
    WeekFigure,
    attainment,
    attainment_by_group_and_priority,
    attainment_by_week,
)
from sla.today import GroupToday, risk_today


@dataclass(frozen=True, slots=True)
class HeatCell:
    """On-time share of a team and priority; empty words where nothing ended."""

    words: str
    parts: str
    state: str
    url: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A team: its cells from P1 to P4, its open tickets and today's risk."""

    name: str
    cells: tuple[HeatCell, ...]
    open: str
    at_risk: str
    at_risk_url: str


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage of the work."""

    name: str
    count: str
    unassigned: str
    quiet: str
    url: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything on the page. `nothing` says where figures can be found when the period holds none."""

    cards: tuple[Card, ...]
    chart: Chart
    heat: tuple[HeatRow, ...]
    heat_title: str
    risks: tuple[Card, ...]
    stages: tuple[StageRow, ...]
    scope: str


def build_report(viewer: Actor, asked: Asked, *, now: datetime, zone: str, goal: float) -> Report:
    """Return the report that `asked` asks for; days and weeks are those of `zone`."""
    until = midnight(asked.until, zone)
    end = min(now, midnight(asked.until + timedelta(days=1), zone))
    team = Filter(group_id=asked.group_id)
    first = asked.kind
    second = "first_response" if first == "resolution" else "resolution"
    weeks = attainment_by_week(viewer, first, weeks=asked.weeks, now=until, zone=zone, chosen=team)
    other = attainment_by_week(viewer, second, weeks=asked.weeks, now=until, zone=zone, chosen=team)
    period = _period(weeks, asked)
    cells = attainment_by_group_and_priority(viewer, period(first))
    today = risk_today(viewer, now=now, zone=zone)
    shown = [row for row in today if asked.group_id in (None, row.group_id)]
    return Report(
        cards=tuple(_card(attainment(viewer, period(kind)), kind, goal) for kind in (first, second)),
        chart=_chart(weeks, other, (first, second), goal),
        heat=_heat(cells, shown, goal),
        heat_title=_("%(clock)s on time, by team and priority", clock=str(KIND_NAMES[first])),
        risks=_risks(shown, asked),
        stages=tuple(_stage(row) for row in stages(viewer)),
        scope=_(
            "%(from)s to %(to)s, %(zone)s; as of %(now)s",
            **{"from": day(weeks[0].begins_on), "to": day(asked.until), "zone": zone, "now": when(end)},
        ),
    )


def _period(weeks: Sequence[WeekFigure], asked: Asked) -> Callable[[str], Filter]:
    first, last = weeks[0].figure.filter, weeks[-1].figure.filter

    def of(kind: str) -> Filter:
        return Filter(kind, first.from_at, last.to_at, asked.group_id)

    return of


def cycles_url(chosen: Filter) -> str:
    """Return the address of the list behind a figure."""
    return f"{url_for('reports.cycles')}?{urlencode(filter_to_query(chosen))}"


def _card(figure: Figure, kind: str, goal: float) -> Card:
    is_good = figure.share is not None and figure.share >= goal
    return Card(
        title=_("%(clock)s on time", clock=str(KIND_NAMES[kind])),
        number=percent(figure.share, 1) if figure.share is not None else _("none"),
        note=_("%(kept)s of %(all)s", kept=number(figure.numerator), all=number(figure.denominator)),
        note_url=cycles_url(figure.filter) if figure.denominator else "",
        chip_label=_("goal %(goal)s", goal=percent(goal)),
        state="" if figure.share is None else "met" if is_good else "late",
        definition=definition(figure.definition),
        url=cycles_url(figure.missed) if figure.denominator > figure.numerator else "",
        link=_("the %(late)s late ones", late=number(figure.denominator - figure.numerator)),
    )


def _chart(
    weeks: Sequence[WeekFigure], other: Sequence[WeekFigure], kinds: tuple[str, str], goal: float
) -> Chart:
    shares = [week.figure.share for week in weeks]
    shares_2 = [week.figure.share for week in other]
    known = [share for share in [*shares, *shares_2] if share is not None]
    scale = scale_for(known, goal)
    line = points(shares, scale)
    last = line.split(" ")[-1].split(",") if line else None
    return Chart(
        words=_chart_words(shares, kinds[0], goal),
        points=line,
        points_2=points(shares_2, scale),
        last_x=float(last[0]) if last else None,
        last_y=float(last[1]) if last else None,
        goal_y=scale.y(goal),
        goal_label=_("goal %(goal)s", goal=percent(goal)),
        label=str(KIND_NAMES[kinds[0]]),
        label_2=str(KIND_NAMES[kinds[1]]),
        y_labels=tuple(percent(step) for step in scale.steps),
        grid_ys=tuple(scale.y(step) for step in scale.steps),
        x_labels=_x_labels(weeks),
        head=(_("Week of"), str(KIND_NAMES[kinds[0]]), str(KIND_NAMES[kinds[1]])),
        rows=tuple(
            (day(week.begins_on), _parts(week.figure), _parts(twin.figure))
            for week, twin in zip(weeks, other, strict=True)
        ),
    )


def _chart_words(shares: Sequence[float | None], kind: str, goal: float) -> str:
    known = [share for share in shares if share is not None]
    name = str(KIND_NAMES[kind])
    sentence: str = _("%(clock)s: nothing ended in these weeks", clock=name)
    if known:
        sentence = _(
            "%(clock)s on time by week: between %(low)s and %(high)s, goal %(goal)s",
            clock=name,
            low=percent(min(known)),
            high=percent(max(known)),
            goal=percent(goal),
        )
    return sentence


def _x_labels(weeks: Sequence[WeekFigure]) -> tuple[str, ...]:
    step = max(1, (len(weeks) - 1) // 4)
    chosen = weeks[:: step if len(weeks) > 1 else 1][:5]
    return tuple(_("W%(week)s", week=f"{week.week:02}") for week in chosen)


def _parts(figure: Figure) -> str:
    words: str = _("none")
    if figure.share is not None:
        words = _(
            "%(share)s (%(kept)s of %(all)s)",
            share=percent(figure.share, 1),
            kept=number(figure.numerator),
            all=number(figure.denominator),
        )
    return words


def _heat(cells: Sequence[Cell], today: Sequence[GroupToday], goal: float) -> tuple[HeatRow, ...]:
    by_place = {(cell.group_id, cell.priority): cell.figure for cell in cells}
    risks = {row.group_id: row for row in today}
    ids = sorted({cell.group_id for cell in cells} | set(risks), key=lambda id_: group_name(id_).casefold())
    return tuple(_heat_row(id_, by_place, risks, goal) for id_ in ids if id_ in groups())


def _heat_row(
    group_id: int,
    figures: Mapping[tuple[int, int], Figure],
    risks: Mapping[int, GroupToday],
    goal: float,
) -> HeatRow:
    risk = risks.get(group_id)
    threatened = risk.late + risk.at_risk if risk else 0
    return HeatRow(
        name=group_name(group_id),
        cells=tuple(_heat_cell(figures.get((group_id, level)), goal) for level in (1, 2, 3, 4)),
        open=number(risk.open if risk else 0),
        at_risk=number(threatened),
        at_risk_url=url_for("reports.risk", team=group_id) if threatened else "",
    )


def _heat_cell(figure: Figure | None, goal: float) -> HeatCell:
    if figure is None or figure.share is None:
        return HeatCell(_("none"), "", "", "")
    gap = goal - figure.share
    state = "met" if gap <= 0 else "due" if gap <= 0.05 else "risk" if gap <= 0.15 else "late"
    parts = f"{number(figure.numerator)}/{number(figure.denominator)}"
    return HeatCell(percent(figure.share), parts, state, cycles_url(figure.filter))


def _risks(today: Sequence[GroupToday], asked: Asked) -> tuple[Card, ...]:
    told = (
        ("late", _("Late now"), "late", sum(row.late for row in today)),
        ("at_risk", _("At risk"), "risk", sum(row.at_risk for row in today)),
        ("due_today", _("Due before midnight"), "due", sum(row.due_today for row in today)),
    )
    total = sum(row.open for row in today)
    return tuple(
        Card(
            title=title,
            number=number(count),
            note=_("of %(open)s open", open=number(total)),
            note_url="",
            chip_label="",
            state=state if count else "met",
            definition=definition(f"risk.{key}"),
            url=url_for("reports.risk", risk=key, team=asked.group_id) if count else "",
            link=_("Which ones?"),
        )
        for key, title, state, count in told
    )


def _stage(row: Stage) -> StageRow:
    return StageRow(
        name=status_name(row.status, current_language()),
        count=number(row.count),
        unassigned=number(row.unassigned),
        quiet=when(row.quiet_since),
        url=url_for("desk.queue", view="all"),
    )


__all__ = ["Report", "build_report", "cycles_url", "priority_name"]
