"""Texts that somebody has begun and not sent: kept for them alone, on whatever device they go on.

A draft is nobody else's business: it is in no log and no list, and every statement here names its owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, or_, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.models import Person
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import insert_missing, session
from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed, Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import not_found, visible_to
from servicedesk.tickets.models import Draft, Ticket
from servicedesk.tickets.recording import TEXT_LIMIT

NEW, REPLY, NOTE = "new", "reply", "note"
# What somebody must be allowed to send before they may begin to write it.
_NEEDED = {NEW: Permission.TICKET_FILE, REPLY: Permission.TICKET_REPLY, NOTE: Permission.TICKET_NOTE}
NO_TICKET = 0
MOST_DRAFTS = 100
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft; `version` is what a later save must name. Version 0 is none at all, with no text."""

    kind: str
    text: str
    version: int


@command
def save_draft(actor: Actor, *, kind: str, ticket_id: int = NO_TICKET, text: str, version: int) -> int:
    """Keep `text` as the actor's draft, and return its version; an empty text removes it and returns 0.

    version: of the draft that the writer has before them, 0 for none. Another one there is a Conflict, with
    that one's text: it was written in another window or on another device.
    """
    _check(actor, kind, ticket_id, text)
    row = session().get(Draft, (actor.id, kind, ticket_id), with_for_update=True)
    found = DraftRow(kind, row.text, row.row_version) if row else DraftRow(kind, "", 0)
    if found.version != version:
        raise _newer(found)
    if row is None:
        return _begin(actor, kind, ticket_id, text) if text.strip() else 0
    if not text.strip():
        session().delete(row)
        return 0
    row.text, row.row_version, row.changed_at = text, row.row_version + 1, clock.now()
    return row.row_version


def _check(actor: Actor, kind: str, ticket_id: int, text: str) -> None:
    needed = _NEEDED.get(kind)
    if actor.id is None or needed is None or (kind == NEW) != (ticket_id == NO_TICKET):
        raise Invalid("draft.unknown", _("This cannot be read."), field="kind")
    if len(text) > TEXT_LIMIT:
        raise Invalid("draft.too_long", _("This text is too long to be kept."), field="text")
    if kind == NEW:
        if not actor.has(needed):
            raise NotAllowed("ticket.may_not_file", _("Your role does not allow filing this request."))
        return
    # The ticket is not locked: nothing of it changes.
    within_reach = select(Ticket.id).where(Ticket.id == ticket_id, visible_to(actor, needed))
    if session().scalar(within_reach) is None:
        raise not_found()


def _begin(actor: Actor, kind: str, ticket_id: int, text: str) -> int:
    count = select(func.count()).where(Draft.person_id == actor.id)
    if (session().scalar(count) or 0) >= MOST_DRAFTS:
        raise Refused("draft.too_many", _("You have a hundred unsent texts: send or empty one first."))
    key = {"person_id": actor.id or 0, "kind": kind, "ticket_id": ticket_id}
    insert_missing(Draft, [{**key, "text": text, "row_version": 1, "changed_at": clock.now()}], list(key))
    row = session().get_one(Draft, tuple(key.values()), populate_existing=True)
    if row.text != text:  # another window began one in this very moment
        raise _newer(DraftRow(kind, row.text, row.row_version))
    return row.row_version


def _newer(found: DraftRow) -> Conflict:
    sentence = _("This text was changed in another window.")
    return Conflict("draft.newer", sentence, text=found.text, version=found.version)


@command
def discard_draft(actor: Actor, *, kind: str, ticket_id: int = NO_TICKET) -> None:
    """Remove the actor's draft, whatever its version: its text was sent."""
    session().execute(
        delete(Draft).where(Draft.person_id == actor.id, Draft.kind == kind, Draft.ticket_id == ticket_id),
        execution_options={"synchronize_session": False},
    )


def drafts_of(viewer: Actor, ticket_id: int = NO_TICKET) -> Sequence[DraftRow]:
    """Return the viewer's own drafts for a ticket, or for a new request; the last changed first."""
    query = (
        select(Draft.kind, Draft.text, Draft.row_version)
        .where(Draft.person_id == viewer.id, Draft.ticket_id == ticket_id)
        .order_by(Draft.changed_at.desc(), Draft.kind)
    )
    return [DraftRow(*row) for row in session().execute(query)]


def has_begun_a_request(viewer: Actor) -> bool:
    """Say whether the viewer has begun a new request and not sent it."""
    query = select(Draft.person_id).where(Draft.person_id == viewer.id, Draft.kind == NEW)
    return session().scalar(query) is not None


@command
def tidy_drafts(actor: Actor) -> int:
    """Remove drafts that nobody touched for thirty days, and those of people who are gone; say how many."""
    if not actor.may_everything:
        raise NotAllowed("draft.not_allowed", _("Your role does not allow this."))
    gone = select(Person.id).where(Person.is_active.is_(False))
    query = delete(Draft).where(or_(Draft.changed_at < clock.now() - KEPT_FOR, Draft.person_id.in_(gone)))
    removed = session().execute(
        query.returning(Draft.person_id), execution_options={"synchronize_session": False}
    )
    return len(removed.all())
