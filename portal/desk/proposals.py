"""What routing proposes for a ticket, as a chip with its confidence, its reasons, and how to accept it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from portal import words
from routing.commands import accept_proposal
from routing.queries import ProposedRoute, TicketProposal, proposal_of
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.display import percent
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.queries import TicketRow


@dataclass(frozen=True, slots=True)
class OtherRoute:
    """A further candidate: accepting it instead is one press."""

    what: str
    confidence: str
    url: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """The proposal as `desk/_parts.html` draws it; without `accept_url` it only tells what became of it."""

    title: str
    what: str
    confidence: str
    state: str
    because: str
    others: Sequence[OtherRoute] = ()
    accept_url: str = ""


def proposed(viewer: Actor, ticket: TicketRow, *, back: str = "") -> Proposed | None:
    """Return what was proposed for an open ticket; None where nothing was, or somebody works on it."""
    found = proposal_for(viewer, ticket)
    return in_words(viewer, ticket, found, back=back) if found is not None else None


def proposal_for(viewer: Actor, ticket: TicketRow) -> TicketProposal | None:
    """Return what `proposed` puts in words."""
    is_taken = ticket.assignee_id is not None and not ticket.needs_triage
    if ticket.status_category not in ("open", "waiting") or is_taken:
        return None
    found = proposal_of(viewer, ticket.id)
    return found if found is not None and found.routes else None


def in_words(viewer: Actor, ticket: TicketRow, found: TicketProposal, *, back: str = "") -> Proposed:
    """Return a proposal as pages show it."""
    first, settled = found.routes[0], _settled(found)
    return Proposed(
        title=settled or str(_("Proposed")),
        what=_what(first, found.urgency),
        confidence=percent(first.probability),
        state="met" if found.is_sure else "due",
        because=_because(found),
        others=[] if settled else _others(viewer, ticket, found, back),
        accept_url="" if settled else _accept_url(viewer, ticket, first, back),
    )


def _settled(found: TicketProposal) -> str:
    """Return what became of the proposal; empty while a person may still accept it."""
    if found.corrected_to is not None:
        return str(_("Proposed, but a person chose %(what)s", what=words.isolated(found.corrected_to)))
    if found.accepted_at is not None:
        return str(_("Proposed, accepted by %(name)s", name=words.isolated(found.accepted_by or "")))
    return str(_("Sorted by the desk")) if found.routed else ""


def _what(route: ProposedRoute, urgency: int | None = None) -> str:
    group = route.group if route.group != route.name else ""
    pressing = words.urgency_name(urgency) if urgency is not None else ""
    return " · ".join(words.isolated(part) for part in (route.name, group, pressing) if part)


def _because(found: TicketProposal) -> str:
    said = [words.isolated(f"“{reason}”") for reason in (*found.reasons, *found.urgency_reasons)]
    by = {
        "model": _("model %(version)s", version=found.version or ""),
        "rule": _("rule %(name)s", name=words.isolated(found.source_id or "")),
        "catalogue": _("compared with the catalogue"),
    }.get(found.decided_by, found.decided_by)
    if not said:
        return str(by)
    return str(_("%(by)s, because of %(words)s", by=by, words=words.listed(said)))


def _others(viewer: Actor, ticket: TicketRow, found: TicketProposal, back: str) -> list[OtherRoute]:
    return [
        OtherRoute(_what(route), percent(route.probability), url)
        for route in found.routes[1:]
        if (url := _accept_url(viewer, ticket, route, back))
    ]


def _accept_url(viewer: Actor, ticket: TicketRow, route: ProposedRoute, back: str) -> str:
    if not may(viewer, Permission.TICKET_ASSIGN, ticket, triage_ids()):
        return ""
    # By its label: what else was proposed may lose its place in the catalogue while this page is open.
    return url_for("desk.accept", ref=words.ticket_ref(ticket.id), label=route.label, back=back or None)


def accept(actor: Actor, ticket_id: int, *, label: str, version: int | None) -> str:
    """Do what was proposed under `label` and return the sentence that says so."""
    accept_proposal(actor, ticket_id, label=label, expected_version=version)
    return str(_("%(ref)s goes where it was proposed.", ref=words.ticket_ref(ticket_id)))
