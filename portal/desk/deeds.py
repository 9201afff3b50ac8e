"""What agents do to a ticket by a form: assign, set its fields and priority, wait, resolve, reopen."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from portal import words
from portal.desk import schemas
from portal.desk.sheet import Deed, Row
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import GroupRow, groups
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import i18n
from servicedesk.kernel.display import when
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.assignment import assign, edit_fields, override_priority
from servicedesk.tickets.catalogue import categories, category_path
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, wait_for
from servicedesk.tickets.queries import TicketRow

Data = Mapping[str, Any]


def _no_values(_ticket: TicketRow) -> Mapping[str, object]:
    return {}


# ---------------------------------------------------------------- assign


def _places(_ticket: TicketRow) -> Mapping[str, Row]:
    options = [place for group in groups().values() if group.is_active for place in _places_in(group)]
    return {"to": {"options": options}}


def _places_in(group: GroupRow) -> list[tuple[str, str]]:
    name = words.group_name(group)
    people = [(f"{group.id}:{person_id}", f"{name} · {person}") for person_id, person in group.members]
    return [(f"{group.id}:", str(_("%(team)s, nobody yet", team=name))), *people]


def _assign(actor: Actor, ticket_id: int, data: Data, version: int | None) -> str:
    group_id, assignee_id = data["to"]
    try:
        assign(actor, ticket_id, group_id=group_id, assignee_id=assignee_id, expected_version=version)
    except Invalid as error:  # team and person are one field of this form
        raise Invalid(error.code, error.message, field="to") from error
    return str(_("%(ref)s now belongs to %(team)s.", ref=_ref(ticket_id), team=words.team_name(group_id)))


ASSIGN = Deed(
    endpoint="desk.assign",
    schema=schemas.AssignForm,
    title=lambda: str(_("Assign")),
    submit=lambda _ticket: str(_("Assign")),
    values=lambda ticket: {"to": f"{ticket.group_id}:{ticket.assignee_id or ''}"},
    rows=_places,
    do=_assign,
)

# ---------------------------------------------------------------- impact, urgency, category; priority by hand


def _category_choices(ticket: TicketRow) -> Mapping[str, Row]:
    """A category can be changed, not taken away: "none" stands only where there is none yet."""
    options = category_options()
    return {"category_id": {"options": options if ticket.category_id is None else options[1:]}}


def category_options() -> list[tuple[str, str]]:
    """Return every category by its path, in the reader's language, in the order of the alphabet."""
    language = i18n.current_language()
    tree = sorted((category_path(key, language), str(key)) for key in categories())
    return [("", str(_("none"))), *((key, path) for path, key in tree)]


def _set_fields(actor: Actor, ticket_id: int, data: Data, version: int | None) -> str:
    fields = {name: value for name, value in data.items() if value is not None}
    edit_fields(actor, ticket_id, fields, expected_version=version)
    return _saved(ticket_id)


def _why_this_priority(ticket: TicketRow) -> str:
    reasons = words.listed([words.priority_reason(code) for code in ticket.priority_reasons])
    level = words.priority_name(ticket.priority)
    return str(_("%(priority)s, because: %(reasons)s.", priority=level, reasons=reasons))


def _by_hand(viewer: Actor, ticket: TicketRow) -> tuple[str, str]:
    if not may(viewer, Permission.PRIORITY_OVERRIDE, ticket, triage_ids()):
        return ("", "")
    return (url_for("desk.override", ref=_ref(ticket.id)), str(_("Set the priority by hand")))


PRIORITY = Deed(
    endpoint="desk.priority",
    schema=schemas.FieldsForm,
    title=lambda: str(_("Impact, urgency, category")),
    submit=lambda _ticket: str(_("Save")),
    values=lambda ticket: {
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "category_id": ticket.category_id or "",
    },
    rows=_category_choices,
    do=_set_fields,
    intro=_why_this_priority,
    more=_by_hand,
)


def _levels(_ticket: TicketRow) -> Mapping[str, Row]:
    levels = [(level, words.priority_name(level)) for level in (1, 2, 3, 4)]
    return {"priority": {"options": [*levels, ("", str(_("As impact and urgency say")))]}}


def _override(actor: Actor, ticket_id: int, data: Data, version: int | None) -> str:
    level, why = data["priority"], data["why"]
    override_priority(actor, ticket_id, priority=level, why=why, expected_version=version)
    return _saved(ticket_id)


OVERRIDE = Deed(
    endpoint="desk.override",
    schema=schemas.OverrideForm,
    title=lambda: str(_("Set the priority by hand")),
    submit=lambda _ticket: str(_("Save")),
    values=lambda ticket: {"priority": ticket.priority_override or ""},
    rows=_levels,
    do=_override,
    intro=_why_this_priority,
)

# ---------------------------------------------------------------- wait


def _wait(actor: Actor, ticket_id: int, data: Data, version: int | None) -> str:
    until = data["until"]
    wait_for(
        actor,
        ticket_id,
        status=data["status"],
        until=until,
        text=data["text"],
        expected_version=version,
    )
    if until is not None:
        return str(_("%(ref)s waits and wakes %(when)s.", ref=_ref(ticket_id), when=when(until)))
    return str(_("%(ref)s waits.", ref=_ref(ticket_id)))


WAIT = Deed(
    endpoint="desk.wait",
    schema=schemas.WaitForm,
    title=lambda: str(_("Wait")),
    submit=lambda _ticket: str(_("Let it wait")),
    values=lambda ticket: {
        "status": ticket.status if ticket.status_category == "waiting" else "waiting_customer"
    },
    do=_wait,
    says=True,
)

# ---------------------------------------------------------------- resolve, reopen


def _resolve(actor: Actor, ticket_id: int, data: Data, version: int | None) -> str:
    resolve_ticket(actor, ticket_id, answer=data["text"], expected_version=version)
    return str(_("%(ref)s is resolved.", ref=_ref(ticket_id)))


def _resolve_submit(ticket: TicketRow) -> str:
    if ticket.answered_at is not None:
        return str(_("Resolve"))
    return str(_("Send to %(name)s and resolve", name=words.first_name(ticket.requester_name)))


def _answer_row(ticket: TicketRow) -> Mapping[str, Row]:
    if ticket.answered_at is None:
        return {"text": {"help": _("Sent to the customer."), "required": True}}
    return {"text": {"help": _("Sent to the customer. They have an answer already, so it may stay empty.")}}


RESOLVE = Deed(
    endpoint="desk.resolve",
    schema=schemas.ResolveForm,
    title=lambda: str(_("Resolve")),
    submit=_resolve_submit,
    values=_no_values,
    rows=_answer_row,
    do=_resolve,
    says=True,
)


def _reopen(actor: Actor, ticket_id: int, data: Data, version: int | None) -> str:
    reopen_ticket(actor, ticket_id, text=data["text"], expected_version=version)
    return str(_("%(ref)s is open again.", ref=_ref(ticket_id)))


REOPEN = Deed(
    endpoint="desk.reopen",
    schema=schemas.ReopenForm,
    title=lambda: str(_("Reopen")),
    submit=lambda _ticket: str(_("Reopen")),
    values=_no_values,
    do=_reopen,
)


def _ref(ticket_id: int) -> str:
    return words.ticket_ref(ticket_id)


def _saved(ticket_id: int) -> str:
    return str(_("%(ref)s: saved.", ref=_ref(ticket_id)))
