"""The tickets behind a figure: which, and the page that lists them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.reports.asking import moment, whole
from portal.reports.first_contact import OUTCOME_NAMES
from portal.reports.panels import render
from portal.reports.views import PAGE, ref_of, ticket_url
from portal.reports.words import band_name, group_name, priority_name
from servicedesk.identity.current import actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission, permits
from servicedesk.identity.queries import people
from servicedesk.kernel import clock
from servicedesk.kernel.display import when
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import current_language
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.catalogue import status_name
from servicedesk.tickets.reporting.backlog import BANDS, tickets_open_at
from servicedesk.tickets.reporting.first_contact import OUTCOMES, tickets_of_outcome
from servicedesk.tickets.reporting.flow import MOVEMENTS, tickets_moved
from servicedesk.tickets.reporting.listing import ListedTicket, Place
from servicedesk.tickets.reporting.reopened import tickets_reopened
from servicedesk.tickets.reporting.satisfaction import tickets_rated
from sla.load import tickets_resolved_by, tickets_with

blueprint = Blueprint("behind_report", __name__, url_prefix="/reports")


@dataclass(frozen=True, slots=True)
class Behind:
    """What to list: its title, what the moment of a row means, and the query."""

    title: str
    moment: str
    scope: str
    ask: Callable[..., tuple[ListedTicket, ...]]


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket behind a figure, ready to be shown."""

    ref: str
    subject: str
    url: str
    state: str
    team: str
    priority: str
    at: str


@blueprint.get("/tickets")
@permits(Permission.REPORT_SEE)
def tickets() -> ResponseReturnValue:
    """List the tickets behind one figure."""
    behind, team = _chosen(), whole(request.args.get("team"))
    group_id = team if team in groups() else None
    found = behind.ask(actor(), group_id=group_id, after=_after(request.args.get("after")), limit=PAGE + 1)
    shown = found[:PAGE]
    next_url = ""
    if len(found) > PAGE:
        at, ticket_id = shown[-1].place
        mark = {"after": f"{at.timestamp()}~{ticket_id}"}
        next_url = f"{url_for('.tickets')}?{urlencode({**request.args.to_dict(), **mark})}"
    return render(
        "reports/tickets.html",
        behind.title,
        rows=[_row(each) for each in shown],
        moment=behind.moment,
        next_url=next_url,
        scope=" · ".join(part for part in (behind.scope, group_name(group_id) if group_id else "") if part),
    )


def _chosen() -> Behind:
    """Return what the address names; raises NotFound for a figure that there is not."""
    figure, known = request.args.get("figure", ""), _figures()
    if figure not in known:
        raise NotFound("report.no_figure", _("There is no such figure."))
    return known[figure](request.args)


def _figures() -> Mapping[str, Callable[[Mapping[str, str]], Behind]]:
    moved: dict[str, Callable[[Mapping[str, str]], Behind]]
    moved = {movement: partial(_moved, movement) for movement in MOVEMENTS}
    return {
        "open": _open,
        **moved,
        "first_contact": _first_contact,
        "returned": _returned,
        "rated": _rated,
        "with": _with,
        "resolved_by": _resolved_by,
    }


def _open(values: Mapping[str, str]) -> Behind:
    now, zone, band = clock.now(), the_settings().zone, whole(values.get("band"))
    at = min(moment(values.get("at")) or now, now)
    named = band_name(band) if band is not None and band < BANDS else ""
    words = _("at %(moment)s, %(zone)s", moment=when(at), zone=zone)
    return Behind(
        _("Requests that were open"),
        _("Filed"),
        " · ".join(part for part in (words, named) if part),
        partial(_ask_open, at=at, zone=zone, band=band if named else None),
    )


def _ask_open(viewer: Any, *, at: datetime, zone: str, band: int | None, **more: Any) -> Any:
    return tickets_open_at(viewer, at, zone=zone, band=band, **more)


def _moved(movement: Any, values: Mapping[str, str]) -> Behind:
    edges = _edges(values)
    titles = {
        "created": (_("Requests that were created"), _("Created")),
        "reopened": (_("Requests that came back"), _("Came back")),
        "closed": (_("Requests that were closed"), _("Closed")),
    }
    title, word = titles[movement]
    return Behind(title, word, _scope(edges), partial(_ask_moved, movement, **edges))


def _ask_moved(movement: Any, viewer: Any, **more: Any) -> Any:
    return tickets_moved(viewer, movement, **more)


def _first_contact(values: Mapping[str, str]) -> Behind:
    outcome = values.get("outcome")
    known = outcome if outcome in OUTCOMES else None
    edges = _edges(values)
    named = str(OUTCOME_NAMES[known]) if known else _("All")
    ask = partial(_ask_first_contact, known, now=clock.now(), **edges)
    return Behind(_("Requests that were resolved"), _("Resolved"), f"{_scope(edges)} · {named}", ask)


def _ask_first_contact(outcome: str | None, viewer: Any, **more: Any) -> Any:
    return tickets_of_outcome(viewer, outcome, **more)


def _returned(values: Mapping[str, str]) -> Behind:
    edges = _edges(values)
    return Behind(
        _("Requests that came back"), _("Resolved"), _scope(edges), partial(tickets_reopened, **edges)
    )


def _rated(values: Mapping[str, str]) -> Behind:
    score, edges = whole(values.get("score")), _edges(values)
    answered = {"0": False, "1": True}.get(values.get("answered", ""))
    named = _("rated %(score)s of 5", score=score) if score else ""
    ask = partial(tickets_rated, score=score, is_answered=answered, **edges)
    scope = " · ".join(part for part in (_scope(edges), named) if part)
    return Behind(_("Requests whose customers were asked"), _("Asked"), scope, ask)


def _with(values: Mapping[str, str]) -> Behind:
    person_id = whole(values.get("person")) or None
    ask = partial(_ask_with, person_id)
    return Behind(_("Open requests"), _("Filed"), _name(person_id) or _("nobody yet"), ask)


def _ask_with(person_id: int | None, viewer: Any, **more: Any) -> Any:
    return tickets_with(viewer, person_id, **more)


def _resolved_by(values: Mapping[str, str]) -> Behind:
    person_id = whole(values.get("person")) or 0
    ask = partial(_ask_resolved_by, person_id, now=clock.now())
    return Behind(_("Requests that were resolved"), _("Resolved"), _name(person_id), ask)


def _ask_resolved_by(person_id: int, viewer: Any, **more: Any) -> Any:
    return tickets_resolved_by(viewer, person_id, **more)


def _name(person_id: int | None) -> str:
    found = people([person_id] if person_id else [])
    return next((person.name for person in found.values()), "")


def _edges(values: Mapping[str, str]) -> dict[str, Any]:
    now = clock.now()
    return {"from_at": moment(values.get("from")) or now, "to_at": moment(values.get("to")) or now}


def _scope(edges: Mapping[str, datetime]) -> str:
    return str(_("%(from)s to %(to)s", **{"from": when(edges["from_at"]), "to": when(edges["to_at"])}))


def _after(text: str | None) -> Place | None:
    at, tilde, ticket = (text or "").partition("~")
    ticket_id = whole(ticket)
    try:
        return (datetime.fromtimestamp(float(at), UTC), ticket_id) if tilde and ticket_id else None
    except (ValueError, OverflowError, OSError):
        return None


def _row(found: ListedTicket) -> Row:
    return Row(
        ref=ref_of(found.ticket_id),
        subject=found.subject,
        url=ticket_url(found.ticket_id),
        state=status_name(found.status, current_language()),
        team=group_name(found.group_id),
        priority=priority_name(found.priority),
        at=when(found.at),
    )
