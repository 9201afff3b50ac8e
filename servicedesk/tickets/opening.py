"""Opening a request: by a customer in the portal, or by an agent for somebody on the phone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import tier_of, triage_group
from servicedesk.identity.models import Person
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import insert_at_end, session
from servicedesk.kernel.errors import Invalid, NotAllowed
from servicedesk.kernel.folding import fold_text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import begin_stream, publish
from servicedesk.kernel.state import take_numbers
from servicedesk.tickets.attaching import attach
from servicedesk.tickets.catalogue import ItemRow, categories, items
from servicedesk.tickets.core.priority import Priority, priority
from servicedesk.tickets.core.questions import check_answers
from servicedesk.tickets.deadlines import is_inside_target
from servicedesk.tickets.events import STREAM, MessageAdded, TicketOpened
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.recording import (
    FOLDED_LIMIT,
    clean_subject,
    clean_text,
    keep_message,
    preview_of,
)

CHANNELS = frozenset({"portal", "phone", "api", "mail", "import", "link", "form"})


@dataclass(frozen=True, kw_only=True)
class Request:
    """What somebody asks for.

    `requester_id` None means the actor; impact and urgency None mean the item's defaults (person,
    hindered). `uploads` are ids of files that the actor sent before (uploads.py).
    """

    subject: str
    text: str
    item_id: int | None = None
    category_id: int | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    impact: int | None = None
    urgency: int | None = None
    deadline_at: datetime | None = None
    channel: str = "portal"
    requester_id: int | None = None
    language: str | None = None
    uploads: tuple[str, ...] = ()


def open_ticket(actor: Actor, request: Request, *, key: str | None = None) -> int:
    """File `request` and return the ticket's id (its number).

    `key` makes it safe to send twice: the same key and request give the same ticket. Raises Invalid for
    unusable input, NotAllowed where the actor may not file (for somebody else).
    """
    payload = {"by": actor.id, "subject": request.subject, "text": request.text, "item": request.item_id}
    return once(key, payload, lambda: _open(actor, request, key=key, payload=payload))


@command
def _open(actor: Actor, request: Request, *, key: str | None, payload: object) -> int:
    requester = _requester(actor, request)
    item = _item(request)
    subject, text = clean_subject(request.subject), clean_text(request.text, field="text")
    answers = _answers(item, request)
    begin = _beginning(request, item, requester)
    ticket_id = take_numbers()
    remember(key, payload, ticket_id)
    begin_stream(StreamRef(STREAM, ticket_id))
    begin["opened_by_id"] = actor.id
    publish(TicketOpened(stream_id=ticket_id, subject=subject, answers=answers, **_opening(begin)))
    said = publish(_first_message(ticket_id, begin, text))
    row = {
        **begin,
        "id": ticket_id,
        "subject": subject,
        "subject_folded": fold_text(subject)[:FOLDED_LIMIT],
        "preview": preview_of(text),
        "row_version": 2,  # both events above are ones that people would want to see
    }
    insert_at_end(Ticket, [row])
    keep_message(said, public=True)
    attach(said, actor, request.uploads, public=True)
    return ticket_id


@dataclass(frozen=True, slots=True)
class _Requester:
    id: int
    organisation_id: int | None
    branch_id: int | None
    language: str


def _requester(actor: Actor, request: Request) -> _Requester:
    asked_for = request.requester_id if request.requester_id is not None else actor.id
    for_other = asked_for != actor.id
    needed = Permission.TICKET_FILE_FOR_OTHERS if for_other else Permission.TICKET_FILE
    if not actor.has(needed):
        raise NotAllowed("ticket.may_not_file", _("Your role does not allow filing this request."))
    if asked_for is not None and not for_other:
        return _Requester(asked_for, actor.organisation_id, actor.branch_id, actor.language)
    columns = (Person.id, Person.organisation_id, Person.branch_id, Person.language)
    found = session().execute(select(*columns).where(Person.id == asked_for, Person.is_active)).one_or_none()
    if found is None:
        raise Invalid("requester.unknown", _("Choose who asks."), field="requester_id")
    return _Requester(*found)


def _item(request: Request) -> ItemRow | None:
    if request.channel not in CHANNELS:
        raise Invalid("channel.unknown", _("This way of filing is unknown."), field="channel")
    if request.category_id is not None and request.category_id not in categories():
        raise Invalid("category.unknown", _("Choose a category from the list."), field="category_id")
    if request.item_id is None:
        return None
    item = items().get(request.item_id)
    if item is None:
        raise Invalid("item.unknown", _("Choose what you need from the list."), field="item_id")
    return item


def _answers(item: ItemRow | None, request: Request) -> dict[str, str]:
    clean, problems = check_answers(item.questions if item else (), request.answers)
    if problems:
        sentences = {
            "missing": _("Answer this question."),
            "too_long": _("This answer is too long."),
            "not_a_choice": _("Choose one of the answers."),
            "unknown": _("This question is not part of the form."),
        }
        raise Invalid(
            "answers.invalid",
            _("Some answers are missing."),
            errors={f"answer_{name}": [sentences[problem]] for name, problem in problems.items()},
        )
    return clean


def _beginning(request: Request, item: ItemRow | None, requester: _Requester) -> dict[str, object]:
    """Return the columns that a ticket begins with, but for its texts and its number."""
    now = clock.now()
    category_id = request.category_id or (item.category_id if item else None)
    group_id = (item.default_group_id if item else None) or _category_group(request.category_id)
    impact = request.impact or (item.default_impact if item else 3)
    urgency = request.urgency or (item.default_urgency if item else 2)
    decided = decide_priority(
        PriorityFacts(impact, urgency, requester.organisation_id, category_id, request.deadline_at, now)
    )
    return {
        "kind": item.kind if item else "service_request",
        "requester_id": requester.id,
        "organisation_id": requester.organisation_id,
        "branch_id": requester.branch_id,
        "channel": request.channel,
        "language": request.language or requester.language,
        "category_id": category_id,
        "item_id": item.id if item else None,
        "status": "new",
        "status_category": "open",
        "impact": impact,
        "urgency": urgency,
        "priority": decided.level,
        "priority_reasons": ",".join(decided.reasons),
        "deadline_at": request.deadline_at,
        "group_id": group_id or triage_group().id,
        "needs_triage": group_id is None,
        "opened_at": now,
        "changed_at": now,
        "last_message_at": now,
        "last_by": "customer",
        "times_known": True,
    }


def _category_group(category_id: int | None) -> int | None:
    return categories()[category_id].default_group_id if category_id is not None else None


@dataclass(frozen=True, slots=True)
class PriorityFacts:
    """What decides a priority; `override` is a person's decision, `at` the moment of looking."""

    impact: int
    urgency: int
    organisation_id: int | None
    category_id: int | None
    deadline_at: datetime | None
    at: datetime
    override: int | None = None


def decide_priority(facts: PriorityFacts) -> Priority:
    """Return the priority with its reasons, the customer's tier and deadline weighed in."""
    tier = tier_of(facts.organisation_id)
    plain = priority(facts.impact, facts.urgency, tier=tier)
    hurry = is_inside_target(
        facts.deadline_at,
        level=plain.level,
        organisation_id=facts.organisation_id,
        category_id=facts.category_id,
        at=facts.at,
    )
    return priority(
        facts.impact, facts.urgency, tier=tier, deadline_inside_target=hurry, override=facts.override
    )


_OPENING = tuple(field.name for field in fields(TicketOpened) if field.name in Ticket.__table__.c)


def _opening(begin: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of the opening among the columns that a ticket begins with."""
    facts = {name: begin[name] for name in _OPENING if name in begin}
    return facts | {"priority_reasons": tuple(begin["priority_reasons"].split(","))}


def _first_message(ticket_id: int, begin: Mapping[str, Any], text: str) -> MessageAdded:
    """The description is the requester's word, whoever wrote it down."""
    return MessageAdded(
        stream_id=ticket_id,
        by="customer",
        author_id=begin["requester_id"],
        channel=begin["channel"],
        text=text,
    )
