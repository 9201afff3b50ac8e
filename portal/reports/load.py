"""Who has how much to do? Open work of each person in usual hours, against what is left of this week."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.reports.asking import whole
from portal.reports.panels import Bar, Cell, Panel, Segment, Table, as_of, behind_url, render
from portal.reports.tables import Value, csv_answer
from portal.reports.words import definition, group_name, priority_name
from servicedesk.identity.current import actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.display import number, when, working_duration
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from sla.load import FEWEST, LOAD, RESOLVED_DAYS, USUAL_WEEKS, Load, PersonLoad, Usual, load, may_see_people

blueprint = Blueprint("load_report", __name__, url_prefix="/reports")


def asked() -> int | None:
    """Read the team in the address; one that there is not is none."""
    team = whole(request.args.get("team"))
    return team if team in groups() else None


def report(group_id: int | None) -> Load:
    """Return who has how much to do now."""
    return load(actor(), now=clock.now().replace(microsecond=0), zone=the_settings().zone, group_id=group_id)


@blueprint.get("/load")
@permits(Permission.REPORT_SEE)
def page() -> ResponseReturnValue:
    """Answer who has how much to do."""
    group_id = asked()
    found = report(group_id)
    teams = [("", _("all"))] + [(str(id_), group_name(id_)) for id_ in groups()]
    words = _(
        "at %(moment)s, %(zone)s; %(left)s of working time are left this week",
        moment=when(found.at),
        zone=the_settings().zone,
        left=working_duration(found.left_seconds),
    )
    return render(
        "reports/panels.html",
        _("Who has how much to do?"),
        scope=as_of(words, group_name(group_id) if group_id else ""),
        action=url_for(".page"),
        filters=(("team", _("Team"), teams, str(group_id or "")),),
        panels=(_people(found, group_id), _usual(found)),
    )


@blueprint.get("/load.csv")
@permits(Permission.REPORT_SEE)
def as_csv() -> ResponseReturnValue:
    """Give the load of each person; what they resolved only to who may see it."""
    found = report(asked())
    head: tuple[str, ...] = ("as_of", "person", "open", "waiting", "no_expectation", "expected_hours")
    head += ("hours_left_this_week", f"resolved_in_{RESOLVED_DAYS}_days")
    rows: list[tuple[Value, ...]] = [
        (
            *(found.at, row.name or None, row.open, row.waiting, row.unknown),
            *(round(row.expected_seconds / 3600, 2), round(found.left_seconds / 3600, 2), row.resolved),
        )
        for row in found.people
    ]
    return csv_answer("load", head, rows)


def _people(found: Load, group_id: int | None) -> Panel:
    seen, busy = may_see_people(actor()), [row for row in found.people if row.open]
    head = [_("Person"), _("Open"), _("Waiting"), _("Usual hours"), _("Against this week")]
    head += [_("Resolved in 4 weeks")] if seen else []
    longest = max((row.expected_seconds for row in found.people), default=0)
    rows = tuple(_row(row, found, longest, group_id) for row in found.people)
    unknown = sum(row.unknown for row in found.people)
    words = _("Requests without a usual time yet, which are in no hours: %(count)s.", count=number(unknown))
    notes = [words] if unknown else []
    notes += [] if seen else [_("What each person resolved is shown to leads and managers only.")]
    return Panel(
        question=_("How much lies with whom?"),
        answer=_("%(open)s open requests, by name.", open=number(sum(row.open for row in busy))),
        definition=definition(LOAD),
        csv_url=url_for(".as_csv", team=group_id),
        table=Table(tuple(head), rows),
        notes=tuple(notes),
        empty="" if rows else _("Nothing is open."),
    )


def _row(row: PersonLoad, found: Load, longest: int, group_id: int | None) -> tuple[Cell, ...]:
    name = row.name or _("nobody yet")
    url = behind_url("with", person=row.person_id or 0, team=group_id) if row.open else ""
    cells = [
        Cell(name),
        Cell(number(row.open), url),
        Cell(number(row.waiting)),
        Cell(working_duration(row.expected_seconds) if row.open > row.unknown else _("not known")),
        Cell(_against(row, found), bar=_bar(row, found, longest)),
    ]
    if row.resolved is not None:
        behind = behind_url("resolved_by", person=row.person_id, team=group_id) if row.resolved else ""
        cells.append(Cell(number(row.resolved), behind))
    elif may_see_people(actor()):
        cells.append(Cell(""))
    return tuple(cells)


def _against(row: PersonLoad, found: Load) -> str:
    """Return how many times the working time left this week the open work usually takes."""
    if row.open == row.unknown or row.person_id is None:
        return ""
    if not found.left_seconds:
        return str(_("none is left"))
    return str(_("%(times)s times", times=number(row.expected_seconds / found.left_seconds, 1)))


def _bar(row: PersonLoad, found: Load, longest: int) -> Bar | None:
    if not row.expected_seconds:
        return None
    state = "met" if row.expected_seconds <= found.left_seconds else "due"
    share = round(100 * row.expected_seconds / longest, 2)
    return Bar((Segment(0, share, state),), working_duration(row.expected_seconds))


def _usual(found: Load) -> Panel:
    rows = tuple(_usual_row(each) for each in found.usual if each.group_id in groups())
    words = _("Median working time from filing to resolution in the last %(weeks)s weeks.", weeks=USUAL_WEEKS)
    few = _("Fewer than %(fewest)s resolved requests in these weeks: nothing is expected.", fewest=FEWEST)
    return Panel(
        question=_("How long does it usually take?"),
        answer=words,
        definition=definition(LOAD),
        csv_url="",
        table=Table((_("Team"), _("Priority"), _("Requests"), _("Usual time")), rows),
        notes=(few,) if rows else (),
        empty="" if rows else _("Too few requests were resolved to know what is usual."),
    )


def _usual_row(each: Usual) -> tuple[Cell, ...]:
    return (
        Cell(group_name(each.group_id)),
        Cell(priority_name(each.priority)),
        Cell(number(each.count)),
        Cell(working_duration(each.median_seconds)),
    )
