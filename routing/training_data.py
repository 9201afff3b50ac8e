"""The desk's history as labelled texts: what was asked, and where it belonged in the end."""

import json
from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import InstrumentedAttribute

from routing.core.model import Target
from routing.core.request_text import request_text
from routing.labelled import LabelledTexts
from servicedesk.identity.models import AssignmentGroup
from servicedesk.kernel.db import AnySelect, Base, session
from servicedesk.kernel.event_log import ErasableText
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import CatalogueItem, Message, Ticket, TicketCategory

BATCH = 2_000
TEXT_LIMIT = 4_000  # characters of one request
# Training needs some hundred bytes per character: about 1 GB for this many.
MOST_CHARACTERS = 10_000_000
DONE = ("resolved", "closed")

Row = tuple[int, str, str]


def history(target: Target, *, most_characters: int = MOST_CHARACTERS) -> LabelledTexts:
    """Return the newest finished requests with a label of `target`, oldest first, up to that much text.

    A request counts with the category, item or group that it ended with, so corrections are learned.
    Those without a message (imported statistics) or with an erased one are left out.
    """
    texts, labels, characters = [], [], 0
    for _number, label, text in _newest_first(target):
        characters += len(text)
        if characters > most_characters:
            break
        texts.append(text)
        labels.append(label)
    return LabelledTexts(texts[::-1], labels[::-1])


def _newest_first(target: Target) -> Iterator[Row]:
    before: int | None = None
    while True:
        rows = session().execute(_query(target, before)).all()
        for number, label, subject, body in rows:
            text = str(json.loads(body).get("text", ""))
            yield number, label, request_text(subject, text)[:TEXT_LIMIT]
        if len(rows) < BATCH:
            return
        before = rows[-1][0]


def _query(target: Target, before: int | None) -> AnySelect:
    label, source = _label(target)
    first = (
        select(func.min(Message.seq))
        .where(Message.ticket_id == Ticket.id, Message.public, Message.by == "customer")
        .correlate(Ticket)
        .scalar_subquery()
    )
    said = and_(
        ErasableText.stream_kind == STREAM, ErasableText.stream_id == Ticket.id, ErasableText.seq == first
    )
    return (
        select(Ticket.id, label, Ticket.subject, ErasableText.body)
        .join(*source)
        .join(ErasableText, said)
        .where(Ticket.status_category.in_(DONE), ErasableText.body.is_not(None))
        .where(Ticket.id < before if before is not None else true())
        .order_by(Ticket.id.desc())
        .limit(BATCH)
    )


def _label(target: Target) -> tuple[InstrumentedAttribute[str], tuple[type[Base], ColumnElement[bool]]]:
    """Return the column of the label, and the join that brings it: only what the desk still offers."""
    match target:
        case "category":
            on = and_(TicketCategory.id == Ticket.category_id, TicketCategory.is_active)
            return TicketCategory.key, (TicketCategory, on)
        case "item":
            on = and_(CatalogueItem.id == Ticket.item_id, CatalogueItem.is_active)
            return CatalogueItem.key, (CatalogueItem, on)
        case "group":
            works = and_(AssignmentGroup.is_active, AssignmentGroup.is_triage.is_(False))
            return AssignmentGroup.key, (AssignmentGroup, and_(AssignmentGroup.id == Ticket.group_id, works))
