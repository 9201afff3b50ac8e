"""The result of a replay as rows ready to be drawn: self-test, figures before and after, lists, hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from portal.reports.panels import Card, Cell, Panel, Table
from portal.reports.time_machine_hours import WeekMap, short_hours, week_maps
from portal.reports.time_machine_lists import LIST
from portal.reports.words import KIND_NAMES, definition, group_name, priority_name
from portal.words import isolated, listed, seeded_name, ticket_ref
from servicedesk.calendars.queries import calendars
from servicedesk.identity.current import actor
from servicedesk.identity.directory import organisations
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.display import day, number, percent, when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.periods import day_of
from sla.replays import ReplayLine, ReplayPage

MOST_LINES = 60
_STATES = {
    "queued": (_l("waiting to be run"), "held"),
    "running": (_l("running"), "due"),
    "done": (_l("done"), "met"),
    "failed": (_l("failed"), "late"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A replay in the list of them."""

    name: str
    url: str
    asked: str
    period: str
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class Result:
    """Everything on the page of one replay. `is_running`: it is to be asked for again."""

    line: Line
    scope: str
    is_running: bool
    is_done: bool
    progress_words: str
    looked_at: int
    expected: int
    test_words: str
    test_state: str
    test_named: tuple[str, ...]
    cards: tuple[Card, ...]
    panels: tuple[Panel, ...]
    maps: tuple[WeekMap, ...]
    kind: str
    digest: str
    urls: Mapping[str, str]


def line_of(line: ReplayLine) -> Line:
    """Return a replay as the list shows it."""
    words, state = _STATES[line.state]
    zone = the_settings().zone
    return Line(
        name=line.name,
        url=url_for("time_machine.result", replay_id=line.id),
        asked=f"{line.asked_by}, {when(line.asked_at)}",
        period=_period(line.from_at, line.to_at, zone),
        words=str(words),
        state=state,
    )


def _period(from_at: datetime, to_at: datetime, zone: str) -> str:
    """Return the first and the last day of a period; its end itself lies outside of it."""
    until = to_at - timedelta(seconds=1)
    return str(
        _("%(from)s to %(to)s", **{"from": day(day_of(from_at, zone)), "to": day(day_of(until, zone))})
    )


def built(found: ReplayPage, kind: str) -> Result:
    """Return the page of a replay; `kind`: the clock whose figures are split up."""
    document, is_done = found.document, found.line.state == "done"
    test = document.get("self_test", {})
    return Result(
        line=line_of(found.line),
        scope=_scope(found),
        is_running=found.line.state in {"queued", "running"},
        is_done=is_done,
        progress_words=_progress(found),
        looked_at=found.looked_at,
        expected=max(found.expected, 1),
        test_words=_test_words(test) if is_done else "",
        test_state="late" if test.get("differences") else "met",
        test_named=tuple(_difference(each) for each in test.get("named", ())),
        cards=_cards(found) if is_done else (),
        panels=_panels(document, kind) if is_done else (),
        maps=week_maps(_of(document, "hour", kind)) if is_done else (),
        kind=kind,
        digest=document.get("rows", {}).get("sha256", "")[:16],
        urls=_urls(found),
    )


def _urls(found: ReplayPage) -> dict[str, str]:
    names = {"progress": "progress", "csv": "as_csv", "again": "again"}
    what = Permission.CONFIGURE if "calendar" in found.proposal else Permission.AGREEMENT_PUBLISH
    if actor().has(what):
        names["publish"] = "publish"
    return {
        name: url_for(f"time_machine.{endpoint}", replay_id=found.line.id) for name, endpoint in names.items()
    }


def _scope(found: ReplayPage) -> str:
    tried = [_tried_name(each) for each in found.proposal.values() if each]
    return str(
        _(
            "%(what)s; %(period)s, %(zone)s; as of %(moment)s",
            what=", ".join(tried),
            period=_period(found.line.from_at, found.line.to_at, found.zone),
            zone=found.zone,
            moment=when(found.as_of),
        )
    )


def _tried_name(proposed: Mapping[str, Any]) -> str:
    name = seeded_name(proposed.get("name") or proposed.get("key", ""))
    names = {row.key: seeded_name(row.name) for row in calendars()}
    also = [isolated(names.get(key, key)) for key in proposed.get("combined", ())]
    return str(_("%(name)s, also in %(others)s", name=name, others=listed(also))) if also else name


def _progress(found: ReplayPage) -> str:
    if found.line.state == "failed":
        return str(_("This replay could not be run (%(code)s). Ask for it again.", code=found.error or "-"))
    if found.line.state == "done":
        return str(_("The replay is done."))
    return str(
        _(
            "%(done)s of at most %(all)s requests replayed.",
            done=number(found.looked_at),
            all=number(found.expected),
        )
    )


def _test_words(test: Mapping[str, Any]) -> str:
    return str(
        _(
            "Self-test: what was in force was replayed too, over %(tickets)s requests and %(cycles)s"
            " promises. Differences from what really became of them: %(differences)s.",
            tickets=number(test["tickets"]),
            cycles=number(test["cycles"]),
            differences=number(test["differences"]),
        )
    )


def _difference(each: Mapping[str, Any]) -> str:
    stored, replayed = ((each[side] or {}).get("state", "–") for side in ("stored", "replayed"))
    name = KIND_NAMES.get(each["clock"], each["clock"])
    return f"{ticket_ref(each['ticket'])}: {name} {each['cycle']}: {stored} / {replayed}"


def _cards(found: ReplayPage) -> tuple[Card, ...]:
    moved, address = found.document["moved"], url_for("time_machine.late", replay_id=found.line.id)
    cards = []
    for side, name, state in (("after", "became_late", "late"), ("before", "no_longer_late", "met")):
        count = moved[name]
        cards.append(
            Card(
                title=str(LIST[side]),
                number=number(count),
                note=str(_("promises, of all clocks")),
                state=state if count else "",
                url=f"{address}?side={side}" if count else "",
                link=str(_("Which ones?")),
            )
        )
    return tuple(cards)


Counts = Mapping[str, Sequence[int]]


def _of(document: Mapping[str, Any], name: str, kind: str) -> Counts:
    counts: Counts = document["attainment"].get(name, {}).get(kind, {})
    return counts


def _panels(document: Mapping[str, Any], kind: str) -> tuple[Panel, ...]:
    clocks = {clock: counts[clock] for clock, counts in document["attainment"].get("clock", {}).items()}
    known = {str(id_): row.name for id_, row in organisations().items()}
    parts = (
        (_("Which clocks?"), _("Clock"), clocks, {key: str(name) for key, name in KIND_NAMES.items()}),
        (_("Which teams?"), _("Team"), _of(document, "group", kind), None),
        (
            _("Which priorities?"),
            _("Priority"),
            _of(document, "priority", kind),
            {str(level): priority_name(level) for level in (1, 2, 3, 4)},
        ),
        (
            _("Which customers?"),
            _("Organisation"),
            _of(document, "organisation", kind),
            {**known, "": _("none")},
        ),
    )
    found = [
        _part(question, head, counts, names if names is not None else _team_names(counts))
        for question, head, counts, names in parts
    ]
    return (*found, short_hours(document["staffing"]))


def _team_names(counts: Counts) -> dict[str, str]:
    return {key: group_name(int(key)) for key in counts}


def _part(question: str, head: str, counts: Counts, names: Mapping[str, str]) -> Panel:
    # What changes most comes first.
    ordered = sorted(counts.items(), key=lambda each: (-_change(each[1]), names.get(each[0], each[0])))
    rows = tuple(_row(names.get(key) or key, each) for key, each in ordered[:MOST_LINES])
    cut = len(ordered) > MOST_LINES
    return Panel(
        question=question,
        answer=str(_("Kept of those that ended or became late in the period, as it was and as it would be.")),
        definition=definition("replay.attainment"),
        csv_url="",
        table=Table((head, _("As it was"), _("As it would be"), _("Difference")), rows),
        notes=(str(_("Only the first %(most)s are shown.", most=number(MOST_LINES))),) if cut else (),
        empty="" if rows else str(_("No promise of this clock ended in this period.")),
    )


def _change(counts: Sequence[int]) -> int:
    return abs(counts[0] - counts[2]) + abs(counts[1] - counts[3])


def _row(name: str, counts: Sequence[int]) -> tuple[Cell, ...]:
    met, judged, met_after, judged_after = counts
    return Cell(name), Cell(parts(met, judged)), Cell(parts(met_after, judged_after)), Cell(_points(counts))


def parts(met: int, judged: int) -> str:
    """Return a share with its parts, in words where there is none."""
    if not judged:
        return str(_("none"))
    share = percent(met / judged, 1)
    return str(_("%(share)s (%(kept)s of %(all)s)", share=share, kept=number(met), all=number(judged)))


def _points(counts: Sequence[int]) -> str:
    met, judged, met_after, judged_after = counts
    if not judged or not judged_after:
        return "–"
    change = 100 * (met_after / judged_after - met / judged)
    sign = "+" if round(change, 1) > 0 else ""
    return str(_("%(points)s points", points=isolated(f"{sign}{number(change, 1)}")))
