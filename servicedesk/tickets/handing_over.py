"""Handing a ticket over with a card: whoever had it answers for it until somebody accepts."""

from dataclasses import dataclass, fields, replace

from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import GroupRow, agents_at_work, assignable_agents, groups
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.command import command
from servicedesk.kernel.errors import Invalid, NotAllowed, Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import TicketFacts, is_offered_to, ticket_for
from servicedesk.tickets.assignment import accepted, take_into_work
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.recording import end_offer, record
from servicedesk.tickets.team_events import HandoverOffered

CARD_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Card:
    """What the next one must know: what is done and what is left, what to watch out for, what comes next."""

    done: str
    left: str
    watch_out: str = ""
    next_step: str = ""


def accountable_for(ticket: TicketFacts) -> int:
    """Return who answers for a ticket: its assignee, else the lead of its team. An offer changes nothing.

    Who has left the desk, or may answer no more, answers for nothing: their tickets are their leads'.
    """
    if ticket.assignee_id is not None and ticket.assignee_id in agents_at_work():
        return ticket.assignee_id
    return groups()[ticket.group_id].lead_id


@command
def offer_handover(
    actor: Actor,
    ticket_id: int,
    *,
    card: Card,
    group_id: int,
    person_id: int | None = None,
    expected_version: int | None = None,
) -> None:
    """Offer the ticket to a team, or to one of its people, with a card; only who answers for it may."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_ASSIGN, expected_version=expected_version)
    _refuse_unless_ready(actor, ticket)
    group = _addressee(actor, ticket, group_id, person_id)
    clean = _clean(card)
    logged = record(
        ticket,
        HandoverOffered(
            stream_id=ticket.id,
            from_group_id=ticket.group_id,
            from_assignee_id=ticket.assignee_id,
            group_id=group.id,
            person_id=person_id,
            done=clean.done,
            left=clean.left,
            watch_out=clean.watch_out,
            next_step=clean.next_step,
        ),
    )
    ticket.offer_seq, ticket.offered_by_id = logged.seq, actor.id
    ticket.offered_group_id, ticket.offered_to_id = group.id, person_id


def _refuse_unless_ready(actor: Actor, ticket: Ticket) -> None:
    if ticket.status_category not in ("open", "waiting"):
        raise Refused("handover.done", _("This request is done. Reopen it before you hand it over."))
    if accountable_for(ticket) != actor.id:
        raise Refused(
            "handover.not_yours", _("Only whoever has this request can hand it over. Take it, or assign it.")
        )
    if ticket.offer_seq is not None:
        raise Refused(
            "handover.on_offer",
            _("This request is on offer already. Take that back first."),
        )


def _addressee(actor: Actor, ticket: Ticket, group_id: int, person_id: int | None) -> GroupRow:
    group = groups().get(group_id)
    if group is None or not group.is_active:
        raise Invalid("group.unknown", _("Choose a team from the list."), field="group_id")
    if person_id is None:
        return group
    if person_id not in dict(assignable_agents(group.id)):
        raise Invalid("assignee.not_in_group", _("Choose somebody of this team."), field="person_id")
    if person_id in (actor.id, ticket.assignee_id):
        raise Invalid(
            "handover.to_oneself", _("Choose somebody who does not have it yet."), field="person_id"
        )
    return group


def _clean(card: Card) -> Card:
    clean = {
        each.name: str(getattr(card, each.name)).replace("\r\n", "\n").replace("\x00", "").strip()
        for each in fields(card)
    }
    for name, text in clean.items():
        if len(text) > CARD_LIMIT:
            raise Invalid("handover.too_long", _("Keep it short: 2000 characters at most."), field=name)
    for name in ("done", "left"):
        if not clean[name]:
            raise Invalid("handover.card_empty", _("A few words, so that nobody has to ask."), field=name)
    return replace(card, **clean)


@command
def accept_handover(actor: Actor, ticket_id: int, *, expected_version: int | None = None) -> None:
    """Take on what is offered to the actor or their team; from here the actor answers for it."""
    ticket = _offered_to(actor, ticket_id, expected_version)
    take_into_work(ticket, actor.id or 0, accepted(ticket))


@command
def send_back_handover(
    actor: Actor, ticket_id: int, *, why: str, expected_version: int | None = None
) -> None:
    """Decline what is offered to the actor or their team, with a reason that the offerer reads."""
    ticket = _offered_to(actor, ticket_id, expected_version)
    reason = why.replace("\x00", "").strip()
    if not reason:
        raise Invalid("handover.why_missing", _("Say why, so that they know what to change."), field="why")
    end_offer(ticket, "sent_back", why=reason[:CARD_LIMIT])


def _offered_to(actor: Actor, ticket_id: int, version: int | None) -> Ticket:
    """Return the ticket that is offered to the actor: they may read it, and take tickets."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_SEE, expected_version=version)
    if not actor.has(Permission.TICKET_ASSIGN):
        raise NotAllowed("ticket.not_allowed", _("Your role does not allow this on this request."))
    if not is_offered_to(actor, ticket):
        raise Refused("handover.none", _("Nothing is on offer to you here any more. Look at it once more."))
    return ticket


@command
def take_back_handover(actor: Actor, ticket_id: int, *, expected_version: int | None = None) -> None:
    """Take back what the actor offered, or what is offered of a ticket that they answer for."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_ASSIGN, expected_version=expected_version)
    if ticket.offer_seq is None:
        raise Refused("handover.none_open", _("Nothing is on offer here any more. Look at it once more."))
    if actor.id not in (ticket.offered_by_id, accountable_for(ticket)):
        raise Refused("handover.not_yours_to_end", _("Only whoever offered it can take it back."))
    end_offer(ticket, "taken_back")
