"""Deciding where a new request goes, accepting what was proposed, and noting what people chose instead."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from sqlalchemy import update

from routing.core.model import Target
from routing.core.proposal import Candidate, Proposal
from routing.core.urgency import UrgencyProposal
from routing.events import RoutingDecided
from routing.models import RoutingProposal
from routing.opinions import Opinion
from routing.queries import candidates_of
from routing.rules import WRITTEN_BY_CUSTOMERS, RuleRow
from routing.targets import Destination, destination_of, label_of, means
from servicedesk.identity.actor import Actor, automation_actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.conditions import Reason
from servicedesk.kernel.db import canonical_json, instant_text, session
from servicedesk.kernel.errors import NotFound, Refused
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.save import publish
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.assignment import assign, edit_fields
from servicedesk.tickets.catalogue import every_item
from servicedesk.tickets.core.statuses import OPEN_CATEGORIES
from servicedesk.tickets.models import Ticket

USUAL_URGENCY = 2  # of a request that came without a catalogue item
# The list of phrases is a rule that everybody can read; it has no row of its own.
CUES = Cause("rule", "urgency-cues", 1)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What routing decided: by whom, on what grounds, and where it sends if it is sure."""

    cause: Cause
    target: Target
    proposal: Proposal
    urgency: UrgencyProposal
    destination: Destination | None
    matched: tuple[Mapping[str, Json], ...] = ()


def decision_by_rule(rule: RuleRow, matched: tuple[Reason, ...], urgency: UrgencyProposal) -> Decision:
    """Return the decision of an explicit rule; its urgency goes before what the text says."""
    target: Target = "group" if rule.destination.group_id else "category"
    label = label_of(target, category_id=rule.category_id, group_id=rule.destination.group_id)
    return Decision(
        cause=rule.cause,
        target=target,
        proposal=Proposal((Candidate(label, 1.0),) if label else (), confident=True),
        urgency=UrgencyProposal(rule.urgency) if rule.urgency else urgency,
        destination=rule.destination,
        matched=tuple(_plain(reason) for reason in matched),
    )


def decision_by_opinion(opinion: Opinion) -> Decision:
    """Return the decision of a model, or the catalogue's proposal."""
    return Decision(
        cause=opinion.cause,
        target=opinion.target,
        proposal=opinion.proposal,
        urgency=opinion.urgency,
        destination=opinion.destination,
    )


@command
def decide(actor: Actor, ticket_id: int, decision: Decision) -> None:
    """Record the decision and act on it if it is sure; done once per request.

    A rule goes before the group that a catalogue item brought along; a model only answers for requests
    in triage. Where somebody has dealt with the request meanwhile, it is left as it is and only proposed for.
    """
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_ASSIGN)
    if session().get(RoutingProposal, ticket_id) is not None or ticket.status_category not in OPEN_CATEGORIES:
        return
    is_untouched = _is_untouched(ticket)
    is_due = is_untouched and (decision.cause.kind == "rule" or ticket.needs_triage)
    acts = decision.proposal.confident and is_due and decision.destination is not None
    sends = _changes(ticket, decision) if acts else {}
    publish(_decided(ticket_id, decision, sends))
    kept = _kept(ticket_id, decision, routed="group_id" in sends)
    if not is_untouched and ticket.item_id is None and ticket.category_id is not None:
        kept.corrected_to = _chosen_instead(ticket, kept)
    session().add(kept)
    session().flush()
    if sends:
        _send(actor, ticket_id, decision.cause, sends)


@command
def accept_proposal(actor: Actor, ticket_id: int, *, label: str, expected_version: int | None = None) -> None:
    """Send the request where one of the proposed labels leads; the first one offered also sets the urgency.

    Raises NotFound for a label that was not proposed, Refused where it leads nowhere any more.
    """
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_ASSIGN, expected_version=expected_version)
    kept = session().get(RoutingProposal, ticket_id)
    proposed = [each.label for each in candidates_of(kept)] if kept else []
    if kept is None or label not in proposed:
        raise NotFound("proposal.not_found", _("There is no proposal for this request."))
    target = cast(Target, kept.target)
    offered = [each for each in proposed if destination_of(target, each) is not None]
    destination = destination_of(target, label)
    if destination is None:
        raise Refused("proposal.outdated", _("What was proposed is no longer part of the catalogue."))
    sends = _differences(
        ticket,
        {
            "category_id": destination.category_id,
            "group_id": destination.group_id,
            "urgency": kept.urgency if label == offered[0] else None,
        },
    )
    kept.accepted_at, kept.accepted_by_id = clock.now(), actor.id
    chosen = label_of(target, category_id=destination.category_id, group_id=destination.group_id)
    kept.corrected_to = None if means(target, kept.label, chosen) else chosen
    session().flush()
    cause = Cause(kept.decided_by, kept.source_id, kept.version)
    _send(replace(actor, because=cause), ticket_id, cause, sends)


@command
def note_choice(actor: Actor, ticket_id: int) -> None:
    """Note what a person chose instead of what was proposed; the next training learns from it."""
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_ASSIGN)
    kept = session().get(RoutingProposal, ticket_id)
    if kept is None:
        return
    kept.corrected_to = _chosen_instead(ticket, kept)


@command
def forget_words(actor: Actor, ticket_id: int) -> None:
    """Empty what a proposal quotes of a request whose text was erased."""
    query = update(RoutingProposal).where(RoutingProposal.ticket_id == ticket_id)
    session().execute(query.values(reasons="[]", urgency_reasons="[]"))


def _chosen_instead(ticket: Ticket, kept: RoutingProposal) -> str | None:
    """Return the label of what the request has, where it is not what was proposed."""
    target = cast(Target, kept.target)
    chosen = label_of(target, category_id=ticket.category_id, group_id=ticket.group_id)
    return None if means(target, kept.label, chosen) else chosen


def _is_untouched(ticket: Ticket) -> bool:
    return ticket.status == "new" and ticket.assignee_id is None


def _changes(ticket: Ticket, decision: Decision) -> dict[str, int]:
    """Return the columns that the decision sets; urgency only where nobody has chosen one."""
    destination = decision.destination or Destination()
    item = every_item().get(ticket.item_id) if ticket.item_id is not None else None
    is_usual = ticket.urgency == (item.default_urgency if item else USUAL_URGENCY)
    return _differences(
        ticket,
        {
            "category_id": destination.category_id,
            "group_id": destination.group_id,
            "urgency": decision.urgency.level if is_usual else None,
        },
    )


def _differences(ticket: Ticket, wanted: Mapping[str, int | None]) -> dict[str, int]:
    return {
        column: value
        for column, value in wanted.items()
        if value is not None and value != getattr(ticket, column)
    }


def _send(actor: Actor, ticket_id: int, cause: Cause, sends: Mapping[str, int]) -> None:
    """Set the columns; what the phrases of the text decide says so, unless a person or a rule decides it."""
    urgent = {"urgency": sends["urgency"]} if "urgency" in sends else {}
    if urgent:
        by_cues = actor.kind == "automation" and cause.kind != "rule"
        edit_fields(automation_actor(CUES) if by_cues else actor, ticket_id, urgent)
        session().flush()  # the next command reads the ticket anew
    if "category_id" in sends:
        edit_fields(actor, ticket_id, {"category_id": sends["category_id"]})
        session().flush()
    if "group_id" in sends:
        assign(actor, ticket_id, group_id=sends["group_id"])
        session().flush()


def _decided(ticket_id: int, decision: Decision, sends: Mapping[str, int]) -> RoutingDecided:
    proposal = decision.proposal
    return RoutingDecided(
        stream_id=ticket_id,
        cause=decision.cause,
        target=decision.target,
        candidates=tuple((each.label, round(each.probability, 4)) for each in proposal.candidates),
        is_sure=proposal.confident,
        urgency=decision.urgency.level,
        sends=dict(sends),
        matched=decision.matched,
        reasons=tuple(reason.text for reason in proposal.reasons),
        urgency_reasons=decision.urgency.reasons,
    )


def _kept(ticket_id: int, decision: Decision, *, routed: bool) -> RoutingProposal:
    proposal, cause = decision.proposal, decision.cause
    first = proposal.candidates[0] if proposal.candidates else None
    return RoutingProposal(
        ticket_id=ticket_id,
        decided_by=cause.kind,
        source_id=cause.id,
        version=cause.version,
        target=decision.target,
        candidates=canonical_json([_rounded(each) for each in proposal.candidates]),
        reasons=canonical_json([reason.text for reason in proposal.reasons]),
        label=first.label if first else None,
        confidence=first.probability if first else None,
        is_sure=proposal.confident,
        routed=routed,
        urgency=decision.urgency.level,
        urgency_reasons=canonical_json(list(decision.urgency.reasons)),
        decided_at=clock.now(),
    )


def _rounded(candidate: Candidate) -> list[object]:
    return [candidate.label, round(candidate.probability, 4)]


def _plain(reason: Reason) -> dict[str, Json]:
    """Return what matched as JSON; what a customer wrote stays out, for it could not be erased there."""
    value = instant_text(reason.value) if isinstance(reason.value, datetime) else reason.value
    return {
        "field": reason.field,
        "operator": str(reason.operator),
        "wanted": cast(Json, reason.wanted),
        "value": None if reason.field in WRITTEN_BY_CUSTOMERS else cast(Json, value),
    }
