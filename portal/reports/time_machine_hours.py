"""Hours of the week: what became of promises begun in them as a map, and which are short of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date

from portal.reports.panels import Cell, Panel, Table
from portal.reports.words import definition
from servicedesk.kernel.display import number, percent
from servicedesk.kernel.i18n import current_locale
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings

HOURS, DAYS = 24, 7
MOST_SHORT = 24
_MONDAY = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class MapCell:
    """An hour of the map: where it is, its state (empty where nothing ended), and its words."""

    x: int
    y: int
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class WeekMap:
    """A week of hours as a drawing with its table; `rows` are the days with a cell for each hour."""

    title: str
    words: str
    days: tuple[str, ...]
    hours: tuple[str, ...]
    cells: tuple[MapCell, ...]
    rows: tuple[tuple[str, tuple[MapCell, ...]], ...]


def week_maps(counts: Mapping[str, Sequence[int]]) -> tuple[WeekMap, ...]:
    """Return the map as it was and the one as it would be; none where nothing ended."""
    if not counts:
        return ()
    goal = the_settings().goal_percent / 100
    sides = ((_("As it was"), 0), (_("As it would be"), 2))
    return tuple(_map(str(title), counts, place, goal) for title, place in sides)


def _map(title: str, counts: Mapping[str, Sequence[int]], place: int, goal: float) -> WeekMap:
    cells = tuple(
        _cell(hour, counts.get(str(hour), (0, 0, 0, 0))[place : place + 2], goal)
        for hour in range(HOURS * DAYS)
    )
    met = sum(each[place] for each in counts.values())
    judged = sum(each[place + 1] for each in counts.values())
    share = percent(met / judged, 1) if judged else _("none")
    days = tuple(day_name(day) for day in range(DAYS))
    return WeekMap(
        title=title,
        words=_("Kept by hour of the week in which they began: %(share)s in all", share=share),
        days=days,
        hours=tuple(f"{hour:02}" for hour in range(HOURS)),
        cells=tuple(cell for cell in cells if cell.state),
        rows=tuple((name, cells[day * HOURS : (day + 1) * HOURS]) for day, name in enumerate(days)),
    )


def _cell(hour: int, counts: Sequence[int], goal: float) -> MapCell:
    met, judged = counts
    day, of_day = divmod(hour, HOURS)
    if not judged:
        return MapCell(of_day, day, "", "")
    gap = goal - met / judged
    state = "met" if gap <= 0 else "due" if gap <= 0.05 else "risk" if gap <= 0.15 else "late"
    return MapCell(of_day, day, state, f"{number(met)}/{number(judged)}")


def day_name(day: int) -> str:
    """Return a day of the week in few letters; 0 is Monday."""
    return format_date(_MONDAY + timedelta(days=day), "EEE", locale=current_locale())


def short_hours(staffing: Mapping[str, Any]) -> Panel:
    """Return the hours in which more comes in than ends while more waits than usual: a model, and said so."""
    opened, waiting = staffing["open"], staffing["waiting"]
    staffed = [hour for hour in range(HOURS * DAYS) if opened[hour] >= 50]
    usual = sum(waiting[hour] for hour in staffed) / len(staffed) if staffed else 0
    missing = {hour: staffing["came"][hour] - staffing["ended"][hour] for hour in staffed}
    short = [hour for hour in staffed if missing[hour] > 0 and waiting[hour] >= usual]
    short.sort(key=lambda hour: (-missing[hour], hour))
    rows = tuple(_short_row(hour, staffing, missing[hour]) for hour in sorted(short[:MOST_SHORT]))
    return Panel(
        question=_("Which hours are short of people?"),
        answer=_(
            "A model, not a measurement. %(count)s of %(open)s open hours of the week are short.",
            count=number(len(short)),
            open=number(len(staffed)),
        ),
        definition=definition("replay.staffing"),
        csv_url="",
        table=Table(
            (_("Hour"), _("Came"), _("Ended"), _("Short by"), _("At work on average"), _("Became late")), rows
        ),
        empty="" if rows else _("No hour of the week is short by this model."),
    )


def _short_row(hour: int, staffing: Mapping[str, Any], missing: int) -> tuple[Cell, ...]:
    day, of_day = divmod(hour, HOURS)
    return (
        Cell(f"{day_name(day)} {of_day:02}:00"),
        Cell(number(staffing["came"][hour])),
        Cell(number(staffing["ended"][hour])),
        Cell(number(missing)),
        Cell(number(staffing["waiting"][hour] / 10, 1)),
        Cell(number(staffing["late"][hour])),
    )
