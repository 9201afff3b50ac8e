"""What the manager's pages are made of: a question with its answer, drawing, table, definition and list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for

from portal.framing import frame
from portal.page import Link, LinkGroup, Page
from portal.reports.drawing import count_scale, points, scale_for
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.display import number, percent
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l

TABS = (
    ("reports.report", _l("Promises"), Permission.REPORT_SEE),
    ("figures_report.page", _l("In figures"), Permission.REPORT_SEE),
    ("causes_report.page", _l("Why late"), Permission.REPORT_SEE),
    ("pauses_report.page", _l("Pauses"), Permission.REPORT_SEE),
    ("months_report.page", _l("By month"), Permission.REPORT_SEE),
    ("backlog_report.page", _l("Backlog"), Permission.REPORT_SEE),
    ("first_contact_report.page", _l("First contact"), Permission.REPORT_SEE),
    ("satisfaction_report.page", _l("Satisfaction"), Permission.REPORT_SEE),
    ("load_report.page", _l("Load"), Permission.REPORT_SEE),
    ("forecast_report.page", _l("Forecast"), Permission.REPORT_SEE),
    ("time_machine.page", _l("Time machine"), Permission.AGREEMENT_TRY),
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, in percent of the whole."""

    start: float
    share: float
    state: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of parts, and the same as a sentence."""

    segments: tuple[Segment, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table. `url` leads to the list behind it; `bar` shows its number beside others."""

    text: str
    url: str = ""
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `head` names the columns; the first cell of a row is its heading."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What `line_chart` draws (see its macro)."""

    words: str
    points: str
    points_2: str
    last_x: float | None
    last_y: float | None
    goal_y: float | None
    goal_label: str
    label: str
    label_2: str
    y_labels: tuple[str, ...]
    grid_ys: tuple[float, ...]
    x_labels: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str | Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One figure with its definition. note_url: all its tickets; url: those a reader looks for first."""

    title: str
    number: str
    note: str
    note_url: str = ""
    chip_label: str = ""
    state: str = ""
    definition: str = ""
    url: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A question and its answer. `notes` limit it; `empty` is said where there is nothing."""

    question: str
    answer: str
    definition: str
    csv_url: str
    cards: tuple[Card, ...] = ()
    bar: Bar | None = None
    chart: Chart | None = None
    table: Table | None = None
    notes: tuple[str, ...] = ()
    empty: str = ""
    xlsx_url: str = ""


def count_chart(
    series: tuple[Sequence[int], Sequence[int]],
    *,
    labels: tuple[str, str],
    words: str,
    x_labels: tuple[str, ...],
    table: Table,
) -> Chart:
    """Return a chart of one or two rows of counts over the same periods; the scale begins at nothing."""
    scale = count_scale([*series[0], *series[1]])
    line = points(series[0], scale)
    last = line.split(" ")[-1].split(",") if line else None
    return Chart(
        words=words,
        points=line,
        points_2=points(series[1], scale) if series[1] else "",
        last_x=float(last[0]) if last else None,
        last_y=float(last[1]) if last else None,
        goal_y=None,
        goal_label="",
        label=labels[0],
        label_2=labels[1] if series[1] else "",
        y_labels=tuple(number(step) for step in scale.steps),
        grid_ys=tuple(scale.y(step) for step in scale.steps),
        x_labels=x_labels,
        head=table.head,
        rows=table.rows,
    )


def share_chart(
    shares: Sequence[float | None], *, label: str, words: str, x_labels: tuple[str, ...], table: Table
) -> Chart:
    """Return a chart of shares over periods; a period without any leaves a gap."""
    known = [share for share in shares if share is not None]
    scale = scale_for(known, min(known, default=1.0))
    line = points(shares, scale)
    last = line.split(" ")[-1].split(",") if line else None
    return Chart(
        words=words,
        points=line,
        points_2="",
        last_x=float(last[0]) if last else None,
        last_y=float(last[1]) if last else None,
        goal_y=None,
        goal_label="",
        label=label,
        label_2="",
        y_labels=tuple(percent(step) for step in scale.steps),
        grid_ys=tuple(scale.y(step) for step in scale.steps),
        x_labels=x_labels,
        head=table.head,
        rows=table.rows,
    )


def share_words(share: float | None, interval: tuple[float, float] | None) -> str:
    """Return a share with its interval in words; too few cases to say anything are said to be so."""
    if share is None or interval is None:
        return str(_("none"))
    low, high = percent(interval[0]), percent(interval[1], is_upper_end=True)
    return str(_("%(share)s (%(low)s to %(high)s)", share=percent(share), low=low, high=high))


def bar_of(counts: Sequence[int], states: Sequence[str], words: str) -> Bar | None:
    """Return a bar whose parts are as long as the counts; None where there are none."""
    total, start, segments = sum(counts), 0.0, []
    for count, state in zip(counts, states, strict=True):
        share = round(100 * count / total, 3) if total else 0.0
        if share:
            segments.append(Segment(round(start, 3), share, state))
        start += share
    return Bar(tuple(segments), words) if segments else None


def spread(labels: Sequence[str]) -> tuple[str, ...]:
    """Return at most five of the labels for the axis of a chart, evenly spread from end to end."""
    if len(labels) <= 5:
        return tuple(labels)
    return tuple(labels[round(place * (len(labels) - 1) / 4)] for place in range(5))


def render(template: str, title: str, **more: Any) -> str:
    """Return a page of the manager's, with the links to its sisters."""
    return render_template(template, page=report_page(title), tabs=_tabs(), **more)


def _tabs() -> tuple[Link, ...]:
    """Return a link for each report; what lies behind a report belongs to it."""
    return tuple(
        Link(str(label), url_for(endpoint), is_current=request.blueprint == endpoint.partition(".")[0])
        for endpoint, label, permission in TABS
        if actor().has(permission)
    )


def report_page(title: str) -> Page:
    """Return the frame of a page of the report."""
    base = frame(title)
    return replace(base, navigation=tuple(LinkGroup(group.links, group.label) for group in base.navigation))


def behind_url(figure: str, **parameters: object) -> str:
    """Return the address of the tickets behind a figure; parameters that are None are left out."""
    given = {name: str(value) for name, value in parameters.items() if value is not None}
    return f"{url_for('behind_report.tickets')}?{urlencode({'figure': figure, **given})}"


def as_of(words: str, team: str) -> str:
    """Return in a line what a page looks at."""
    return " · ".join(part for part in (words, team or _("all teams")) if part)
