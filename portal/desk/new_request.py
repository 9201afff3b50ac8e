"""Filing a request for somebody on the phone: find the caller, write down what they say, promise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.answering import go_to, notify
from portal.desk.keys import TICKET
from portal.desk.schemas import NewRequestForm
from portal.desk.shell import blueprint, desk_page, place_after
from portal.files import NOTHING, Attaching, Enclosed, attaching, enclosed_in
from portal.words import IMPACTS, URGENCIES, ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.identity.queries import PersonRow, people, people_matching
from servicedesk.kernel import clock, i18n
from servicedesk.kernel.display import when
from servicedesk.kernel.errors import Conflict, Invalid
from servicedesk.kernel.forms import Form, empty_form, load_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import ItemRow, items
from servicedesk.tickets.core.questions import Question
from servicedesk.tickets.opening import Request, open_ticket
from sla.queries import ticket_clocks

ANSWER = "answer_"
MATCHES = 8


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may be calling, as a choice."""

    id: int
    name: str
    about: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class NewRequest:
    """The form as its template draws it. `searched` tells "nobody found" from "not searched yet"."""

    form: Form
    callers: Sequence[Caller]
    searched: bool
    questions: Sequence[Mapping[str, Any]]
    choices: Mapping[str, Mapping[str, Any]]
    files: Attaching


@blueprint.get("/new")
@permits(Permission.TICKET_FILE_FOR_OTHERS)
def new_request() -> ResponseReturnValue:
    """Show the empty form."""
    return _drawn(empty_form(NewRequestForm), {})


@blueprint.get("/people")
@permits(Permission.TICKET_FILE_FOR_OTHERS)
def callers() -> ResponseReturnValue:
    """Return those who fit what is typed, as choices for the form."""
    who = request.args.get("who", "")[:254]
    found = _callers(people_matching(actor(), who, limit=MATCHES), None)
    return render_template("desk/_callers.html", callers=found, searched=bool(who.strip()))


@blueprint.post("/new")
@permits(Permission.TICKET_FILE_FOR_OTHERS)
def file_request() -> ResponseReturnValue:
    """File the request; or, where a button said so, only look for the caller or show a kind's questions."""
    answers, fields = _split(request.form)
    form = load_form(NewRequestForm, fields)
    enclosed = enclosed_in(form)
    if not form.is_valid or enclosed.problems:
        return _drawn(form, answers, enclosed.status, enclosed)
    if form.data["find"]:
        return _drawn(form, answers, enclosed=enclosed)
    if form.data["requester_id"] is None:
        missing = Invalid("requester.unknown", _("Choose who asks."), field="requester_id")
        return _drawn(form.refused(missing), answers, missing.status, enclosed)
    try:
        ticket_id = open_ticket(actor(), _request(form, answers, enclosed.ids), key=form.key)
    except Invalid as error:
        return _drawn(form.refused(error), answers, error.status, enclosed)
    except Conflict as error:
        told = form.refused(Invalid(error.code, error.message))
        return _drawn(told, answers, error.status, enclosed)
    notify(_filed(actor(), ticket_id))
    return go_to(place_after(actor(), ticket_id, url_for("desk.ticket", ref=ticket_ref(ticket_id))))


def _split(sent: MultiDict[str, str]) -> tuple[dict[str, str], MultiDict[str, str]]:
    """Return the answers to the item's questions, and the rest of the form."""
    answers = {name.removeprefix(ANSWER): value for name, value in sent.items() if name.startswith(ANSWER)}
    rest = MultiDict([(name, value) for name, value in sent.items() if not name.startswith(ANSWER)])
    return answers, rest


def _request(form: Form, answers: Mapping[str, str], uploads: tuple[str, ...]) -> Request:
    data = form.data
    item = items().get(data["item_id"]) if data["item_id"] is not None else None
    asked = {question.key for question in item.questions} if item else set()
    return Request(
        subject=data["subject"],
        text=data["text"],
        item_id=data["item_id"],
        answers={key: value for key, value in answers.items() if key in asked},
        impact=data["impact"],
        urgency=data["urgency"],
        channel="phone",
        requester_id=data["requester_id"],
        uploads=uploads,
    )


def _filed(viewer: Actor, ticket_id: int) -> str:
    """Return what to tell the caller before hanging up: the number, and what is promised."""
    ref = ticket_ref(ticket_id)
    due = {
        clock_row.kind: clock_row.due_at
        for clock_row in ticket_clocks(viewer, ticket_id, now=clock.now())
        if clock_row.is_open
    }
    answer_by, solve_by = due.get("first_response"), due.get("resolution")
    if answer_by and solve_by:
        return str(
            _(
                "Filed as %(ref)s. Promised: an answer by %(answer)s, a solution by %(solution)s.",
                ref=ref,
                answer=when(answer_by),
                solution=when(solve_by),
            )
        )
    return str(_("Filed as %(ref)s.", ref=ref))


def _drawn(
    form: Form,
    answers: Mapping[str, str],
    status: HTTPStatus = HTTPStatus.OK,
    enclosed: Enclosed = NOTHING,
) -> Response:
    if enclosed.problems:
        form = form.refused(Invalid("files.refused", " ".join(enclosed.problems)))
    who = str(form.values.get("who", ""))
    chosen = _chosen_id(form.values.get("requester_id"))
    found = people_matching(actor(), who, limit=MATCHES)
    if chosen is not None and all(row.id != chosen for row in found):
        found = [*people([chosen]).values(), *found]
    new = NewRequest(
        form=form,
        callers=_callers(found, chosen),
        searched=bool(who.strip()),
        questions=_question_rows(form, answers),
        choices=_choices(),
        files=attaching(enclosed.ids),
    )
    page = desk_page(str(_("New request")), TICKET)
    return make_response(render_template("desk/new_request.html", new=new, page=page), status)


def _chosen_id(text: object) -> int | None:
    given = str(text or "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 18 else None


def _callers(found: Sequence[PersonRow], chosen: int | None) -> list[Caller]:
    only = len(found) == 1 and chosen is None
    return [
        Caller(
            id=row.id,
            name=row.name,
            about=" · ".join(part for part in (row.email, row.organisation_name) if part),
            is_chosen=only or row.id == chosen,
        )
        for row in found
    ]


def _choices() -> dict[str, dict[str, Any]]:
    language, usual = i18n.current_language(), ("", _("as usual for its kind"))
    kinds = [(str(item.id), item.text_in(language).name) for item in items().values()]
    return {
        "item_id": {"options": [("", _("not sure: routing decides")), *kinds]},
        "impact": {"options": [usual, *IMPACTS]},
        "urgency": {"options": [usual, *URGENCIES]},
    }


def _question_rows(form: Form, answers: Mapping[str, str]) -> list[dict[str, Any]]:
    chosen = _chosen_id(form.values.get("item_id"))
    item: ItemRow | None = items().get(chosen) if chosen is not None else None
    return [_question_row(question, form, answers) for question in item.questions] if item else []


def _question_row(question: Question, form: Form, answers: Mapping[str, str]) -> dict[str, Any]:
    language, name = i18n.current_language(), f"{ANSWER}{question.key}"
    options = [(key, labels.get(language) or labels.get("en") or key) for key, labels in question.choices]
    if question.kind == "yes_no":
        options = [("yes", _("yes")), ("no", _("no"))]
    types = {"choice": "radio", "yes_no": "radio"}
    return {
        "name": name,
        "label": question.label_in(language),
        "type": types.get(question.kind, question.kind),
        "value": answers.get(question.key, ""),
        "options": options,
        "errors": [str(message) for message in form.errors.get(name, ())],
        "required": question.is_required,
    }
