"""Are people satisfied, do they say so, and where? From what they are asked after a resolution."""

from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.reports.asking import Period, moment_text
from portal.reports.first_contact import asked
from portal.reports.panels import (
    Card,
    Cell,
    Panel,
    Table,
    behind_url,
    count_chart,
    render,
    share_words,
    spread,
)
from portal.reports.period_page import period_page
from portal.reports.tables import csv_answer
from portal.reports.words import definition, group_name
from portal.words import SCORE_NAMES
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel.display import day, number, percent
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.core.intervals import FEWEST
from servicedesk.tickets.reporting.satisfaction import (
    SATISFACTION,
    SCORES,
    Satisfaction,
    SatisfactionReport,
    satisfaction,
)

blueprint = Blueprint("satisfaction_report", __name__, url_prefix="/reports")


def report(chosen: Period) -> SatisfactionReport:
    """Return the figure that the address asks for."""
    return satisfaction(
        actor(),
        weeks=chosen.weeks,
        until=chosen.until,
        now=chosen.now,
        zone=chosen.zone,
        group_id=chosen.group_id,
    )


@blueprint.get("/satisfaction")
@permits(Permission.REPORT_SEE)
def page() -> ResponseReturnValue:
    """Answer whether people are satisfied."""
    chosen = asked()
    found = report(chosen)
    return render(
        "reports/panels.html",
        _("Are people satisfied?"),
        **period_page(chosen, found.from_at, url_for(".page")),
        panels=(_whole(found, chosen), _answers(found, chosen), _teams(found)),
    )


@blueprint.get("/satisfaction.csv")
@permits(Permission.REPORT_SEE)
def as_csv() -> ResponseReturnValue:
    """Give the figure by week; share, mean and their ranges are empty where too few answered."""
    head = ("begins_on", "from", "to", "asked", "asked_and_answered", *(f"score_{score}" for score in SCORES))
    head += ("share", "share_low", "share_high", "mean", "mean_low", "mean_high")
    rows: list[tuple[Any, ...]] = [
        (
            *(week.begins_on, week.from_at, week.to_at, week.figure.asked, week.figure.asked_and_answered),
            *(week.figure.scores[score] for score in SCORES),
            *(week.figure.share, *(week.figure.interval or (None, None))),
            *(week.figure.mean, *(week.figure.mean_interval or (None, None))),
        )
        for week in report(asked()).weeks
    ]
    return csv_answer("satisfaction", head, rows)


def _csv_url(chosen: Period) -> str:
    return f"{url_for('.as_csv')}?{chosen.query()}"


def _too_few(answers: int) -> str:
    return _(
        "%(count)s answers are too few to say anything: from %(fewest)s on there is a figure.",
        count=number(answers),
        fewest=number(FEWEST),
    )


def _whole(found: SatisfactionReport, chosen: Period) -> Panel:
    figure = found.whole
    answer = _too_few(figure.answers)
    if figure.share is not None:
        answer = _(
            "%(share)s are satisfied: %(satisfied)s of %(all)s answers.",
            share=share_words(figure.share, figure.interval),
            satisfied=number(figure.satisfied),
            all=number(figure.answers),
        )
    return Panel(
        question=_("How did it go?"),
        answer=answer,
        definition=definition(SATISFACTION),
        csv_url=_csv_url(chosen),
        cards=_cards(figure),
        table=_scores(found, chosen),
        notes=(_("The ranges cover chance only. Those who did not answer may think otherwise."),),
        empty="" if figure.answers else _("Nobody has answered in this period yet."),
    )


def _cards(figure: Satisfaction) -> tuple[Card, ...]:
    mean, between = _("too few"), ""
    if figure.mean is not None and figure.mean_interval is not None:
        mean = number(figure.mean, 1)
        low, high = (number(edge, 1) for edge in figure.mean_interval)
        between = _("between %(low)s and %(high)s, of 5", low=low, high=high)
    rate = percent(figure.response_rate) if figure.response_rate is not None else _("nobody was asked")
    answered, every = number(figure.asked_and_answered), number(figure.asked)
    answers = _("%(answered)s of %(all)s who were asked", answered=answered, all=every)
    return (
        Card(title=_("Mean"), number=mean, note=between),
        Card(title=_("Answered"), number=rate, note=answers if figure.asked else ""),
    )


def _scores(found: SatisfactionReport, chosen: Period) -> Table:
    rows = []
    for score in SCORE_NAMES:
        name = f"{number(score)} · {SCORE_NAMES[score]}"
        count = found.whole.scores[score]
        share = percent(count / found.whole.answers, 1) if found.whole.answers else ""
        url = _url(found, chosen.group_id, score=score) if count else ""
        rows.append((Cell(name), Cell(number(count), url), Cell(share)))
    silent = found.whole.asked - found.whole.asked_and_answered
    unsaid = _url(found, chosen.group_id, answered=0) if silent else ""
    rows.append((Cell(_("no answer")), Cell(number(silent), unsaid), Cell("")))
    return Table((_("Rating"), _("Answers"), _("Share")), tuple(rows))


def _url(found: SatisfactionReport, group_id: int | None, **chosen: int) -> str:
    edges = {"from": moment_text(found.from_at), "to": moment_text(found.to_at)}
    return behind_url("rated", team=group_id, **edges, **chosen)


def _answers(found: SatisfactionReport, chosen: Period) -> Panel:
    figure = found.whole
    words = _(
        "%(answered)s of %(all)s who were asked",
        answered=number(figure.asked_and_answered),
        all=number(figure.asked),
    )
    rows = tuple((Cell(day(week.begins_on)), *_cells(week.figure)) for week in found.weeks)
    return Panel(
        question=_("Do they answer?"),
        answer=words,
        definition=definition("tickets.response"),
        csv_url=_csv_url(chosen),
        chart=count_chart(
            (
                [week.figure.asked for week in found.weeks],
                [week.figure.asked_and_answered for week in found.weeks],
            ),
            labels=(_("Asked"), _("Answered")),
            words=words,
            x_labels=spread([day(week.begins_on) for week in found.weeks]),
            table=Table((_("Week of"), *_head()), rows),
        ),
        empty="" if figure.asked else _("Nobody was asked in this period."),
    )


def _teams(found: SatisfactionReport) -> Panel:
    ids = sorted(found.groups, key=lambda id_: group_name(id_).casefold())
    rows = tuple((Cell(group_name(id_)), *_cells(found.groups[id_])) for id_ in ids)
    return Panel(
        question=_("Where are they satisfied?"),
        answer=_("Teams differ in what they are asked; compare a team with its own past."),
        definition=definition(SATISFACTION),
        csv_url="",
        table=Table((_("Team"), *_head()), rows),
        empty="" if rows else _("Nobody was asked in this period."),
    )


def _head() -> tuple[str, str, str]:
    return _("Asked"), _("Answers"), _("Satisfied")


def _cells(figure: Satisfaction) -> tuple[Cell, Cell, Cell]:
    share = share_words(figure.share, figure.interval) if figure.is_enough else _("too few")
    return (
        Cell(number(figure.asked)),
        Cell(number(figure.answers)),
        Cell(share if figure.answers else _("none")),
    )
