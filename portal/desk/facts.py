"""The side panel of a ticket: its fields, the answers to its form, its requester, what it is linked with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from portal import words
from servicedesk.identity.actor import Actor
from servicedesk.kernel import i18n
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import category_path, every_item
from servicedesk.tickets.core.questions import Question
from servicedesk.tickets.queries import TicketRow

OPENING = 1  # the event that every ticket begins with


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and a value on one line; `note` explains it below, `initials` draws an avatar before it."""

    label: str
    value: str
    note: str = ""
    url: str = ""
    initials: str | None = None


def request_facts(viewer: Actor, ticket: TicketRow, why_by_hand: str = "") -> list[Fact]:
    """Return what the ticket is: category, impact, urgency, priority with its reason, team, assignee."""
    language = i18n.current_language()
    item = every_item().get(ticket.item_id) if ticket.item_id is not None else None
    category = category_path(ticket.category_id, language) or str(_("none"))
    facts = [
        Fact(str(_("Kind")), item.text_in(language).name if item else words.kind_name(ticket.kind)),
        Fact(str(_("Category")), category),
        Fact(str(_("Concerns")), words.impact_name(ticket.impact)),
        Fact(str(_("Pressing")), words.urgency_name(ticket.urgency)),
        Fact(str(_("Priority")), words.priority_name(ticket.priority), _why_priority(ticket, why_by_hand)),
        Fact(str(_("Team")), words.team_name(ticket.group_id)),
        _assignee(viewer, ticket),
    ]
    if ticket.wake_at is not None:
        facts.append(Fact(str(_("Wakes")), words.moment(ticket.wake_at).words))
    return facts


def _why_priority(ticket: TicketRow, why_by_hand: str) -> str:
    reasons = words.listed([words.priority_reason(code) for code in ticket.priority_reasons])
    if ticket.priority_override is not None and why_by_hand:
        return str(_("%(reasons)s: %(why)s", reasons=reasons, why=words.isolated(why_by_hand)))
    return reasons


def _assignee(viewer: Actor, ticket: TicketRow) -> Fact:
    name = ticket.assignee_name
    shown = str(_("you")) if ticket.assignee_id == viewer.id else name or str(_("nobody yet"))
    return Fact(str(_("Assignee")), shown, initials=words.initials(name))


def answer_facts(ticket: TicketRow, texts: Mapping[int, Mapping[str, Json]]) -> list[Fact]:
    """Return the questions of the item's form with the answers given; nothing where there was no form."""
    item = every_item().get(ticket.item_id) if ticket.item_id is not None else None
    if item is None or not item.every_question:
        return []
    given, language = texts.get(OPENING, {}).get("answers"), i18n.current_language()
    if not isinstance(given, dict):
        return []
    return [
        Fact(question.label_in(language), _answer(question, str(given[question.key]), language))
        for question in item.every_question
        if question.key in given
    ]


def _answer(question: Question, value: str, language: str) -> str:
    if question.kind == "yes_no":
        return str(_("yes")) if value == "yes" else str(_("no"))
    for key, labels in question.every_choice:
        if key == value:
            return labels.get(language) or labels.get("en") or key
    return value


def requester_facts(ticket: TicketRow) -> list[Fact]:
    """Return who asks: organisation with its tier, branch, language, and how it came."""
    tier = ticket.organisation_tier
    special = words.tier_name(tier) if tier and tier != "standard" else ""
    organisation = " · ".join(part for part in (ticket.organisation_name, special) if part)
    found = [
        Fact(str(_("Organisation")), organisation),
        Fact(str(_("Site")), ticket.branch_name or ""),
        Fact(str(_("Language")), words.language_name(ticket.requester_language)),
        Fact(str(_("Came by")), words.channel_name(ticket.channel)),
        Fact(str(_("Opened")), words.moment(ticket.opened_at).words),
    ]
    return [fact for fact in found if fact.value]


def linked_facts(events: Sequence[LoggedEvent]) -> list[Fact]:
    """Return the tickets that this one goes on from, or goes on in."""
    relations = {"follows": str(_("Goes on from")), "followed_by": str(_("Goes on in"))}
    return [
        Fact(
            relations.get(str(event.body["relation"]), str(event.body["relation"])),
            ref := words.ticket_ref(int(str(event.body["other_id"]))),
            url=url_for("desk.ticket", ref=ref),
        )
        for event in events
        if event.type == "tickets_linked"
    ]
