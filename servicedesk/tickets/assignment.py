"""Who works on it: assigning, taking, and the fields that decide where it goes and how urgent it is."""

from collections.abc import Mapping

from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import GroupRow, groups
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import instant_text
from servicedesk.kernel.errors import Invalid, Refused
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import is_offered_to, ticket_for
from servicedesk.tickets.catalogue import categories
from servicedesk.tickets.core.statuses import Move
from servicedesk.tickets.events import Assigned, FieldsChanged
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.opening import PriorityFacts, decide_priority
from servicedesk.tickets.recording import clear_offer, end_offer, is_never_done, move_status, record
from servicedesk.tickets.team_events import HandedOver

KINDS = frozenset({"service_request", "incident"})


@command
def assign(
    actor: Actor,
    ticket_id: int,
    *,
    group_id: int | None = None,
    assignee_id: int | None = None,
    expected_version: int | None = None,
) -> None:
    """Give the ticket to a group, and to one of its people if named. No group means the present one."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_ASSIGN, expected_version=expected_version)
    _refuse_closed(ticket)
    group = _group(group_id if group_id is not None else ticket.group_id)
    if assignee_id is not None and not group.has_member(assignee_id):
        raise Invalid("assignee.not_in_group", _("Choose somebody of this team."), field="assignee_id")
    set_assignment(ticket, group, assignee_id)


@command
def take(actor: Actor, ticket_id: int, *, expected_version: int | None = None) -> None:
    """Make the actor the assignee; a new ticket is in progress from here.

    Whoever takes what is offered to them accepts it.
    """
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_ASSIGN, expected_version=expected_version)
    _refuse_closed(ticket)
    if actor.id is None:
        raise Refused("take.nobody", _("Only a person can take a request."))
    is_acceptance = is_offered_to(actor, ticket)
    take_into_work(ticket, actor.id, accepted(ticket) if is_acceptance else _group_to_take_in(actor, ticket))


def take_into_work(ticket: Ticket, person_id: int, group: GroupRow) -> None:
    """Make somebody of `group` the assignee; a new ticket is in progress from here."""
    set_assignment(ticket, group, person_id)
    if ticket.status == "new":
        move_status(ticket, Move.START, at=clock.now(), reason="taken")


def accepted(ticket: Ticket) -> GroupRow:
    """Record that the hand-over on offer is accepted, and return the team that it went to."""
    offer_seq, group_id = ticket.offer_seq, ticket.offered_group_id
    if offer_seq is None or group_id is None:
        raise Refused("handover.none_open", _("Nothing is on offer here any more. Look at it once more."))
    record(ticket, HandedOver(stream_id=ticket.id, offer_seq=offer_seq))
    clear_offer(ticket)
    return groups()[group_id]


def _group_to_take_in(actor: Actor, ticket: Ticket) -> GroupRow:
    present = groups()[ticket.group_id]
    own = [group for group in groups().values() if group.id in actor.group_ids and group.is_active]
    if present.id in actor.group_ids or not own:
        return present
    return next((group for group in own if not group.is_triage), own[0])


def _group(group_id: int) -> GroupRow:
    group = groups().get(group_id)
    if group is None or not group.is_active:
        raise Invalid("group.unknown", _("Choose a team from the list."), field="group_id")
    return group


def _refuse_closed(ticket: Ticket) -> None:
    if ticket.status_category == "closed":
        raise Refused("ticket.closed", _("A closed request cannot be changed. Reopen it first."))


def set_assignment(ticket: Ticket, group: GroupRow, assignee_id: int | None) -> None:
    needs_triage = group.is_triage and assignee_id is None
    if (ticket.group_id, ticket.assignee_id, ticket.needs_triage) == (group.id, assignee_id, needs_triage):
        return
    end_offer(ticket, "assigned")
    event = Assigned(
        stream_id=ticket.id,
        from_group_id=ticket.group_id,
        from_assignee_id=ticket.assignee_id,
        group_id=group.id,
        assignee_id=assignee_id,
        needs_triage=needs_triage,
    )
    goes_on = group.id != ticket.group_id and not ticket.needs_triage and is_never_done(ticket)
    ticket.group_id, ticket.assignee_id, ticket.needs_triage = group.id, assignee_id, needs_triage
    # What triage sorts, or the desk by itself, was in nobody's hands yet.
    if record(ticket, event).actor.kind == "person" and goes_on:
        ticket.handover_count += 1


@command
def edit_fields(
    actor: Actor,
    ticket_id: int,
    fields: Mapping[str, int | str | None],
    *,
    expected_version: int | None = None,
) -> None:
    """Change impact, urgency, category_id or kind (a map of column to value); the priority follows."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_EDIT, expected_version=expected_version)
    _refuse_closed(ticket)
    _check_fields(fields)
    _change(ticket, fields)


@command
def override_priority(
    actor: Actor, ticket_id: int, *, priority: int | None, why: str, expected_version: int | None = None
) -> None:
    """Set the priority by hand with a reason; None takes the override back."""
    ticket = ticket_for(actor, ticket_id, Permission.PRIORITY_OVERRIDE, expected_version=expected_version)
    _refuse_closed(ticket)
    if priority is not None and priority not in (1, 2, 3, 4):
        raise Invalid("priority.unknown", _("Choose a priority from P1 to P4."), field="priority")
    if not why.strip():
        raise Invalid("priority.why_missing", _("Say why, so that others understand it later."), field="why")
    _change(ticket, {"priority_override": priority}, why=why.strip()[:2000])


def _check_fields(fields: Mapping[str, int | str | None]) -> None:
    allowed = {
        "impact": fields.get("impact") in (1, 2, 3),
        "urgency": fields.get("urgency") in (1, 2, 3),
        "category_id": fields.get("category_id") in categories(),
        "kind": fields.get("kind") in KINDS,
    }
    for name in fields:
        if not allowed.get(name, False):
            raise Invalid("field.bad_value", _("Choose one of the offered values."), field=name)


def _change(ticket: Ticket, fields: Mapping[str, int | str | None], why: str = "") -> None:
    changes: dict[str, tuple[Json, Json]] = {}
    for name, value in fields.items():
        _set(ticket, name, value, changes)
    facts = PriorityFacts(
        impact=ticket.impact,
        urgency=ticket.urgency,
        organisation_id=ticket.organisation_id,
        category_id=ticket.category_id,
        deadline_at=ticket.deadline_at,
        at=clock.now(),
        override=ticket.priority_override,
    )
    decided = decide_priority(facts)
    _set(ticket, "priority", decided.level, changes)
    _set(ticket, "priority_reasons", ",".join(decided.reasons), changes)
    if changes:
        record(ticket, FieldsChanged(stream_id=ticket.id, changes=changes, why=why))


def _set(ticket: Ticket, name: str, value: int | str | None, changes: dict[str, tuple[Json, Json]]) -> None:
    old = getattr(ticket, name)
    if old != value:
        changes[name] = (instant_text(old) if hasattr(old, "isoformat") else old, value)
        setattr(ticket, name, value)
