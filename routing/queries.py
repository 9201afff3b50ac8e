"""Reading what routing proposes: while a customer writes, and for a request that is here."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import bindparam, select

from routing.core.model import Target
from routing.core.proposal import Candidate
from routing.core.request_text import request_text
from routing.models import RoutingProposal
from routing.opinions import opinion_on
from routing.rules import rules_in_force
from routing.targets import Destination, destination_of, group_name, name_of
from servicedesk.identity.actor import Actor
from servicedesk.identity.models import Person
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, Id, connection, session
from servicedesk.kernel.errors import NotAllowed
from servicedesk.kernel.events import stored_texts
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.prepared import PreparedIfConstant
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.access import Sight, sight_of, within
from servicedesk.tickets.catalogue import category_path, items
from servicedesk.tickets.core.statuses import OPEN_CATEGORIES
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.facts import ticket_facts
from servicedesk.tickets.models import Message, Ticket

STATEMENTS_KEPT = 64


@dataclass(frozen=True, slots=True)
class ProposedRoute:
    """One candidate, in the words of the viewer's language; ids are None where it says nothing of them."""

    label: str
    name: str
    probability: float
    category_id: int | None
    category: str
    item_id: int | None
    item: str
    group_id: int | None
    group: str


@dataclass(frozen=True, slots=True)
class RouteProposal:
    """Up to three routes, best first, and what they rest on.

    decided_by: rule, model or catalogue; version: of that. is_sure: it acts by itself on this. reasons:
    words of the request. urgency: 1 work stopped, 2 hindered, 3 can wait; None where the text says nothing.
    """

    decided_by: str
    source_id: str | None
    version: int | None
    routes: tuple[ProposedRoute, ...]
    is_sure: bool
    reasons: tuple[str, ...]
    urgency: int | None
    urgency_reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TicketProposal(RouteProposal):
    """A proposal with what became of it: acted on at once, accepted, or corrected to another label."""

    routed: bool
    decided_at: datetime
    accepted_at: datetime | None
    accepted_by: str | None
    corrected_to: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A new request as routing looks at it. facts: by the names that rules know."""

    text: str
    facts: Mapping[str, object]
    needs_triage: bool


def propose_while_typing(viewer: Actor, text: str) -> RouteProposal:
    """Return where a request with this text would go if it were sent now, by model or catalogue.

    Reads nothing of anybody. Raises NotAllowed for those who may not file.
    """
    if not viewer.has(Permission.TICKET_FILE):
        raise NotAllowed("ticket.may_not_file", _("Your role does not allow filing this request."))
    opinion = opinion_on(text)
    return RouteProposal(
        decided_by=opinion.cause.kind,
        source_id=opinion.cause.id,
        version=opinion.cause.version,
        routes=_routes(opinion.target, opinion.proposal.candidates, viewer.language),
        is_sure=opinion.proposal.confident,
        reasons=tuple(reason.text for reason in opinion.proposal.reasons),
        urgency=opinion.urgency.level,
        urgency_reasons=opinion.urgency.reasons,
    )


def proposal_of(viewer: Actor, ticket_id: int) -> TicketProposal | None:
    """Return what was proposed for a request; None where nothing was, or the viewer may not know."""
    if not viewer.has(Permission.QUEUE_SEE):
        return None
    rows = _proposal_of_one(sight_of(viewer, Permission.QUEUE_SEE)).rows(connection(), ticket_id=ticket_id)
    return _shown(rows[0], viewer.language) if rows else None


def proposals_of(viewer: Actor, ticket_ids: Collection[int]) -> dict[int, TicketProposal]:
    """Return what was proposed, by ticket, with one statement; customers are not told."""
    if not ticket_ids or not viewer.has(Permission.QUEUE_SEE):
        return {}
    sight = sight_of(viewer, Permission.QUEUE_SEE)
    rows = session().execute(_proposals_of_many(sight), {"ticket_ids": sorted(ticket_ids)})
    return {row.ticket_id: _shown(row, viewer.language) for row in rows}


def candidates_of(kept: RoutingProposal) -> list[Candidate]:
    """Return the stored candidates."""
    return _candidates(kept.candidates)


def asked_of(ticket_id: int) -> Asked | None:
    """Return a request that routing has not looked at yet; None where it has, or it is no longer open."""
    query = (
        select(Ticket)
        .outerjoin(RoutingProposal, RoutingProposal.ticket_id == Ticket.id)
        .where(Ticket.id == ticket_id, Ticket.status_category.in_(OPEN_CATEGORIES))
        .where(RoutingProposal.ticket_id.is_(None))
    )
    ticket = session().scalar(query)
    if ticket is None:
        return None
    text = request_text(ticket.subject, _first_message(ticket_id))
    return Asked(text, {**ticket_facts(ticket), "text": text}, ticket.needs_triage)


def _first_message(ticket_id: int) -> str:
    seq = session().scalar(
        select(Message.seq)
        .where(Message.ticket_id == ticket_id, Message.public, Message.by == "customer")
        .order_by(Message.seq)
        .limit(1)
    )
    texts = stored_texts(StreamRef(STREAM, ticket_id), [seq]) if seq is not None else {}
    return str(texts[seq].get("text", "")) if seq in texts else ""


# Putting a statement together takes longer than running it: each is built once.
@lru_cache(maxsize=STATEMENTS_KEPT)
def _proposal_of_one(sight: Sight) -> PreparedIfConstant:
    one = RoutingProposal.ticket_id == bindparam("ticket_id", type_=Id)
    return PreparedIfConstant(_proposals(sight).where(one))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _proposals_of_many(sight: Sight) -> AnySelect:
    return _proposals(sight).where(RoutingProposal.ticket_id.in_(bindparam("ticket_ids", expanding=True)))


def _proposals(sight: Sight) -> AnySelect:
    return (
        select(
            RoutingProposal.ticket_id,
            RoutingProposal.decided_by,
            RoutingProposal.source_id,
            RoutingProposal.version,
            RoutingProposal.target,
            RoutingProposal.candidates,
            RoutingProposal.reasons,
            RoutingProposal.is_sure,
            RoutingProposal.routed,
            RoutingProposal.urgency,
            RoutingProposal.urgency_reasons,
            RoutingProposal.decided_at,
            RoutingProposal.accepted_at,
            RoutingProposal.corrected_to,
            Person.name.label("accepted_by"),
        )
        .join(Ticket, Ticket.id == RoutingProposal.ticket_id)
        .outerjoin(Person, Person.id == RoutingProposal.accepted_by_id)
        .where(within(sight))
    )


def _shown(kept: Any, language: str) -> TicketProposal:
    target = cast(Target, kept.target)
    chosen_in: Target = "category" if target == "item" else target
    return TicketProposal(
        decided_by=kept.decided_by,
        source_id=_rule_name(kept.source_id) if kept.decided_by == "rule" else kept.source_id,
        version=kept.version,
        routes=_routes(target, _candidates(kept.candidates), language),
        is_sure=kept.is_sure,
        reasons=tuple(json.loads(kept.reasons)),
        urgency=kept.urgency,
        urgency_reasons=tuple(json.loads(kept.urgency_reasons)),
        routed=kept.routed,
        decided_at=kept.decided_at,
        accepted_at=kept.accepted_at,
        accepted_by=kept.accepted_by,
        corrected_to=name_of(chosen_in, kept.corrected_to, language) if kept.corrected_to else None,
    )


def _candidates(text: str) -> list[Candidate]:
    return [Candidate(label, probability) for label, probability in json.loads(text)]


def _rule_name(key: str | None) -> str | None:
    return next((rule.name for rule in rules_in_force() if rule.key == key), key)


def _routes(target: Target, candidates: Collection[Candidate], language: str) -> tuple[ProposedRoute, ...]:
    found = [(each, destination_of(target, each.label)) for each in candidates]
    return tuple(_route(target, each, where, language) for each, where in found if where is not None)


def _route(target: Target, candidate: Candidate, where: Destination, language: str) -> ProposedRoute:
    item = items().get(where.item_id) if where.item_id is not None else None
    return ProposedRoute(
        label=candidate.label,
        name=name_of(target, candidate.label, language),
        probability=candidate.probability,
        category_id=where.category_id,
        category=category_path(where.category_id, language),
        item_id=where.item_id,
        item=item.text_in(language).name if item else "",
        group_id=where.group_id,
        group=group_name(where.group_id, language),
    )
