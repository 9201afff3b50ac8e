"""The composer: where agents write to the customer or to each other, and what its buttons promise."""

from dataclasses import dataclass

from flask import url_for

from portal import words
from portal.drafts import KeptDraft, kept_draft
from portal.files import Attaching, attaching
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.queries import TicketRow

REPLY, NOTE = "reply", "note"


@dataclass(frozen=True, slots=True)
class Composer:
    """The composer as `macros/composer.html` draws it; what was typed comes back after an error."""

    action: str
    key: str
    draft: str
    kinds: tuple[tuple[str, str], ...]
    kind: str
    row_version: int
    to: str
    send: str
    send_note: str
    send_wait: str = ""
    send_resolve: str = ""
    help: str = ""
    text: str = ""
    errors: tuple[str, ...] = ()
    files: Attaching | None = None
    colleagues: str = ""
    kept: KeptDraft | None = None
    then: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into a composer that could not be taken, and why; `files` are ids of those with it.

    then: what was to follow once it was sent (wait, resolve), if anything.
    """

    kind: str
    text: str
    key: str
    errors: tuple[str, ...]
    files: tuple[str, ...] = ()
    then: str = ""


def composer(
    viewer: Actor, ticket: TicketRow, key: str, draft: Draft | None = None, *, has_draft: bool = False
) -> Composer | None:
    """Return the composer for whoever may write to this ticket; None for those who only read.

    key: makes that a form sent twice is taken once.
    """
    kinds = _kinds(viewer, ticket)
    if not kinds:
        return None
    ref, name = words.ticket_ref(ticket.id), words.isolated(words.first_name(ticket.requester_name))
    is_open = ticket.status_category in ("open", "waiting")
    first = kinds[0][0]
    chosen = draft.kind if draft and draft.kind in dict(kinds) else first
    send_wait = str(_("Send and wait")) if is_open and _may(viewer, Permission.TICKET_WAIT, ticket) else ""
    may_resolve = is_open and _may(viewer, Permission.TICKET_RESOLVE, ticket)
    send_resolve = str(_("Send and resolve")) if may_resolve else ""
    return Composer(
        action=url_for("desk.say", ref=ref),
        key=key,
        draft=f"{viewer.id}:{ref}",
        kinds=kinds,
        kind=chosen,
        row_version=ticket.row_version,
        to=str(_("To %(name)s", name=name)),
        send=str(_("Send to %(name)s", name=name)),
        send_note=str(_("Add note")),
        send_wait=send_wait,
        send_resolve=send_resolve,
        text=draft.text if draft else "",
        errors=draft.errors if draft else (),
        files=attaching(draft.files if draft else ()),
        kept=kept_draft(ref, stored=has_draft),
        colleagues=url_for("desk.colleagues", ref=ref) if NOTE in dict(kinds) else "",
        then=_then(draft, send_wait, send_resolve),
    )


def _then(draft: Draft | None, send_wait: str, send_resolve: str) -> str:
    """Return what the main button does after sending: what the draft was to do, where that is possible."""
    possible = {"wait": send_wait, "resolve": send_resolve}
    return draft.then if draft and possible.get(draft.then) else ""


def _kinds(viewer: Actor, ticket: TicketRow) -> tuple[tuple[str, str], ...]:
    """Return what may be written: a closed ticket takes notes alone until it is reopened."""
    found = []
    if ticket.status_category != "closed" and _may(viewer, Permission.TICKET_REPLY, ticket):
        found.append((REPLY, str(_("Reply"))))
    if _may(viewer, Permission.TICKET_NOTE, ticket):
        found.append((NOTE, str(_("Internal note"))))
    return tuple(found)


def _may(viewer: Actor, permission: Permission, ticket: TicketRow) -> bool:
    return may(viewer, permission, ticket, triage_ids())
