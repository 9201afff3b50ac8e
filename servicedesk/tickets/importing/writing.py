"""The bulk command that writes checked rows as tickets of history: set-based, one save for many."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import insert_rows, session
from servicedesk.kernel.folding import fold_text
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import begin_stream, publish
from servicedesk.kernel.state import take_numbers
from servicedesk.tickets.core.priority import priority
from servicedesk.tickets.core.statuses import BY_KEY, OPEN_CATEGORIES, Category, Move
from servicedesk.tickets.events import STREAM, MessageAdded, StatusChanged, TicketOpened
from servicedesk.tickets.importing.references import (
    References,
    assignee_email,
    references,
    requester_email,
)
from servicedesk.tickets.importing.rows import ImportRow
from servicedesk.tickets.models import Message, Ticket
from servicedesk.tickets.recording import FOLDED_LIMIT, preview_of

# History without any answers can show how long resolving took, never when somebody first answered.
SHOWN_BY_DATES = ("resolution",)
_MOVES = {"resolved": Move.RESOLVE, "closed": Move.CLOSE, "withdrawn": Move.WITHDRAW}


@dataclass(frozen=True)
class Written:
    """What a batch came to: tickets created, rows skipped because an earlier run brought them."""

    created: int
    skipped: int


@command
def write_rows(actor: Actor, rows: Sequence[ImportRow], *, source: str) -> Written:
    """Write `rows` as tickets in one save; rows that are here already are skipped.

    Events carry the cause "import", so that history fires nothing: no routing, no warnings, no mail.
    """
    require(actor, Permission.IMPORT)
    keys = {f"{source}:{row.external_id}": row for row in rows}
    here = set(session().scalars(select(Ticket.import_key).where(Ticket.import_key.in_(keys))))
    fresh = [row for key, row in keys.items() if key not in here]
    if not fresh:
        return Written(0, len(rows))
    found = references(actor, fresh, source=source)
    first = take_numbers(len(fresh))
    tickets, messages = [], []
    for number, row in enumerate(fresh, first):
        columns = _columns(number, row, found, source)
        message = _publish(columns, row)
        tickets.append(columns)
        messages += [message] if message else []
    insert_rows(Ticket, tickets)
    insert_rows(Message, messages)
    return Written(len(fresh), len(rows) - len(fresh))


def _columns(number: int, row: ImportRow, found: References, source: str) -> dict[str, object]:
    category_id = found.categories.get(fold_text(row.category)) if row.category else None
    group_id = found.groups.get(fold_text(row.group)) if row.group else None
    group_id = group_id or found.groups_of.get(category_id or 0) or found.triage_id
    impact, urgency = row.impact or 3, row.urgency or 2
    decided = priority(impact, urgency)
    is_open = BY_KEY[row.status].category in OPEN_CATEGORIES
    return {
        "id": number,
        "kind": "incident" if row.impact else "service_request",
        "subject": row.subject,
        "subject_folded": fold_text(row.subject)[:FOLDED_LIMIT],
        "preview": preview_of(row.text),
        "requester_id": found.people[requester_email(row, source)],
        "opened_by_id": None,
        "organisation_id": None,
        "branch_id": None,
        "channel": row.channel,
        "language": row.language or "en",
        "category_id": category_id,
        "item_id": None,
        "status": row.status,
        "status_category": str(BY_KEY[row.status].category),
        "impact": impact,
        "urgency": urgency,
        "priority": row.priority or decided.level,
        "priority_reasons": "imported" if row.priority else ",".join(decided.reasons),
        "priority_override": None,
        "deadline_at": None,
        "group_id": group_id,
        "assignee_id": found.people[assignee_email(row, source)] if row.assignee else None,
        "needs_triage": is_open and group_id == found.triage_id,
        "times_known": row.opened_at is not None,
        "import_key": f"{source}:{row.external_id}",
        "row_version": 1 + bool(row.text) + bool(row.resolved_at),
    } | _course(row)


def _course(row: ImportRow) -> dict[str, object]:
    """Return the columns that say when things happened; an unknown time is the import's."""
    now = clock.now()
    opened_at = row.opened_at or now
    return {
        "opened_at": opened_at,
        "answered_at": None,
        "last_message_at": opened_at if row.text else None,
        "last_by": "customer" if row.text else None,
        "resolved_at": row.resolved_at if row.status != "withdrawn" else None,
        "closed_at": row.resolved_at if BY_KEY[row.status].category is Category.CLOSED else None,
        "closed_by_itself": False,
        "wake_at": None,
        "reopened_count": 0,
        "changed_at": now,
    }


def _publish(columns: dict[str, object], row: ImportRow) -> dict[str, object] | None:
    """Publish the events of one ticket; return its message row, if there is a text."""
    number = int(str(columns["id"]))
    begin_stream(StreamRef(STREAM, number))
    publish(_opened(columns, row))
    message = _publish_text(columns, row, number) if row.text else None
    if row.resolved_at is not None:
        publish(
            StatusChanged(
                stream_id=number,
                from_status="new",
                to_status=row.status,
                move=str(_MOVES[row.status]),
                reason="imported",
                at=row.resolved_at,
            )
        )
    return message


def _opened(columns: dict[str, object], row: ImportRow) -> TicketOpened:
    names = (
        *("kind", "requester_id", "opened_by_id", "organisation_id", "branch_id", "channel", "language"),
        *("category_id", "item_id", "impact", "urgency", "priority", "deadline_at", "group_id"),
        *("needs_triage", "assignee_id", "import_key"),
    )
    body = {name: columns[name] for name in names}
    known = row.opened_at is not None
    is_open = BY_KEY[row.status].category in OPEN_CATEGORIES
    return TicketOpened(
        **body,  # type: ignore[arg-type]
        stream_id=int(str(columns["id"])),
        status="new" if row.resolved_at else row.status,
        priority_reasons=tuple(str(columns["priority_reasons"]).split(",")),
        # Done at a moment that nobody knows: no clock could tell how long it took.
        clocks=SHOWN_BY_DATES if known and (is_open or row.resolved_at) else (),
        subject=row.subject,
        at=row.opened_at,
        at_known=known,
    )


def _publish_text(columns: dict[str, object], row: ImportRow, number: int) -> dict[str, object]:
    said = MessageAdded(
        stream_id=number,
        by="customer",
        author_id=int(str(columns["requester_id"])),
        channel=row.channel,
        text=row.text,
        at=row.opened_at,
        at_known=row.opened_at is not None,
    )
    logged = publish(said)
    return {
        "ticket_id": number,
        "seq": logged.seq,
        "public": True,
        "by": "customer",
        "author_id": said.author_id,
        "channel": row.channel,
        "at": logged.at,
    }
