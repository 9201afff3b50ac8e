"""Holding and releasing a clock, or setting another due moment, with a reason: the effect is shown first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.answering import go_to, notify
from portal.asked import ticket_id_of, wants_fragment
from portal.desk.keys import TICKET
from portal.desk.promises import clock_name
from portal.desk.schemas import WHY_LIMIT, LocalMoment
from portal.desk.shell import blueprint, desk_page
from portal.words import isolated, ticket_ref
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.display import when, working_duration
from servicedesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from servicedesk.kernel.forms import Form, FormSchema, Limit, OneOf, Problem, Text, load_form
from servicedesk.kernel.i18n import capitalised
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.queries import TicketRow, ticket_detail
from sla.holding import check_until, hold_clock, override_clock, release_clock
from sla.interventions import Deed, Foreseen, foreseen

DEEDS: Mapping[Deed, Any] = {
    "hold": _l("stop it until it is released"),
    "release": _l("let it go on"),
    "override": _l("set another due moment"),
}


class HandForm(FormSchema):
    """What is to be done to the clock, and why; `do` says whether it was looked at before."""

    deed = Text(
        required=True, validate=OneOf(*DEEDS), metadata={"label": _l("What is to be done?"), "type": "radio"}
    )
    until = LocalMoment(
        load_default=None,
        metadata={
            "label": _l("Due"),
            "type": "datetime-local",
            "help": _l("In your time; only for another due moment."),
        },
    )
    reason = Text(
        required=True,
        validate=Limit(WHY_LIMIT),
        metadata={"label": _l("Why?"), "help": _l("It stands in the timeline and in the clock's ledger.")},
    )
    do = Text(load_default="look", validate=OneOf("look", "save"))
    seen = Text(load_default="")


@dataclass(frozen=True, slots=True)
class HandSheet:
    """The form as `desk/_clock_hand.html` draws it; `effect` are sentences once it was looked at."""

    title: str
    ref: str
    subject: str
    action: str
    back: str
    rows: Sequence[Mapping[str, Any]]
    problems: Sequence[Problem]
    row_version: int
    seen: str
    effect: Sequence[str] = ()


@blueprint.route("/tickets/<ref>/clocks/<kind>/hand", methods=["GET", "POST"])
@permits(Permission.CLOCK_OVERRIDE)
def clock_hand(ref: str, kind: str) -> ResponseReturnValue:
    """Say what a hold, a release or another due moment would do, and do it once that was seen."""
    ticket = ticket_detail(actor(), ticket_id_of(ref))
    found = _foreseen(ticket, kind, None, None)
    if request.method == "GET":
        values = {"deed": "release" if found.is_held else "hold"}
        return _drawn(ticket, kind, Form(HandForm(), values=values), found)
    form = load_form(HandForm, request.form)
    if not form.is_valid:
        return _drawn(ticket, kind, form, found, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        if form.data["do"] == "save" and form.data["seen"] == _digest(form):
            return _done(ticket, kind, form)
        return _drawn(ticket, kind, form, _looked_at(ticket, kind, form))
    except (Conflict, Invalid, Refused) as error:
        wrong = error if isinstance(error, Invalid) else Invalid(error.code, error.message)
        return _drawn(ticket, kind, form.refused(wrong), found, HTTPStatus(error.status))


def _foreseen(ticket: TicketRow, kind: str, deed: Deed | None, until: datetime | None) -> Foreseen:
    found = foreseen(actor(), ticket, kind, deed, until, now=clock.now())
    if found is None:
        raise NotFound("clock.not_found", _("There is no such clock on this request."))
    return found


def _looked_at(ticket: TicketRow, kind: str, form: Form) -> Foreseen:
    deed, until = form.data["deed"], form.data["until"]
    if deed == "override":
        check_until(until)
    return _foreseen(ticket, kind, deed, until)


def _done(ticket: TicketRow, kind: str, form: Form) -> Response:
    said: dict[str, Any] = {"reason": form.data["reason"], "expected_version": form.row_version}
    match form.data["deed"]:
        case "hold":
            hold_clock(actor(), ticket.id, kind=kind, **said)
        case "release":
            release_clock(actor(), ticket.id, kind=kind, **said)
        case _:
            override_clock(actor(), ticket.id, kind=kind, until=form.data["until"], **said)
    notify(str(_("%(ref)s: %(clock)s is changed.", ref=ticket_ref(ticket.id), clock=clock_name(kind))))
    return go_to(url_for("desk.ticket", ref=ticket_ref(ticket.id)))


def _digest(form: Form) -> str:
    return f"{form.values.get('deed', '')} {form.values.get('until', '')}".strip()


def _effect(found: Foreseen) -> list[str]:
    """Return when the clock is due now and would be then, and how much of its target is used."""
    used, target = (
        working_duration(seconds) for seconds in (found.now.elapsed_seconds, found.now.target_seconds)
    )
    lines = [str(_("%(used)s of %(target)s are used.", used=used, target=target))]
    for due_at, words, rests in (
        (found.now.due_at, _("It is due %(when)s now."), _("It rests now and has no due moment.")),
        (found.then.due_at, _("It would be due %(when)s."), _("It would rest and have no due moment.")),
    ):
        lines.append(str(words % {"when": isolated(when(due_at))} if due_at else rests))
    if found.then.state == "overdue":
        lines.append(str(_("It would be late.")))
    return lines


def _drawn(
    ticket: TicketRow, kind: str, form: Form, found: Foreseen, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    ref = ticket_ref(ticket.id)
    offered = [name for name in DEEDS if name != ("hold" if found.is_held else "release")]
    options = [(name, str(DEEDS[name])) for name in offered]
    is_looked_at = request.method == "POST" and not form.problems
    sheet = HandSheet(
        title=capitalised(clock_name(kind)),
        ref=ref,
        subject=ticket.subject,
        action=url_for("desk.clock_hand", ref=ref, kind=kind),
        back=url_for("desk.ticket", ref=ref),
        rows=[form.row("deed", options=options), form.row("until"), form.row("reason")],
        problems=form.problems,
        row_version=form.row_version or ticket.row_version,
        seen=_digest(form),
        effect=_effect(found) if is_looked_at else (),
    )
    if wants_fragment():
        return make_response(render_template("desk/_clock_hand.html", sheet=sheet), status)
    page = desk_page(f"{sheet.title} · {ref}", TICKET)
    return make_response(render_template("desk/clock_hand.html", sheet=sheet, page=page), status)
