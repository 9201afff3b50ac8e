"""The box in which a customer answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.customer.doors import Door
from portal.drafts import KeptDraft, kept_draft
from portal.files import Attaching, attaching
from portal.words import ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.forms import new_key
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.queries import TicketRow


@dataclass(frozen=True, slots=True)
class Writing:
    """The box as `macros/composer.html` draws it; what was typed comes back after an error."""

    action: str
    key: str
    draft: str
    kinds: Sequence[tuple[str, str]]
    kind: str
    send: str
    send_note: str = ""
    text: str = ""
    errors: Sequence[str] = ()
    files: Attaching | None = None
    kept: KeptDraft | None = None


@dataclass(frozen=True, slots=True)
class Unsent:
    """A text that could not be taken, and why; `files` are ids of those that wait for it."""

    text: str
    key: str
    errors: Sequence[str]
    files: Sequence[str] = ()


def writing_box(
    viewer: Actor, ticket: TicketRow, door: Door, unsent: Unsent | None = None, *, has_draft: bool = False
) -> Writing | None:
    """Return the box for whoever may answer; None for those who only read along."""
    if not may(viewer, Permission.TICKET_REPLY, ticket, triage_ids()):
        return None
    return Writing(
        action=door.say_url,
        key=unsent.key if unsent else new_key(),
        draft=door.draft,
        kinds=[("reply", str(_("Your message")))],
        kind="reply",
        send=str(_("Send")),
        text=unsent.text if unsent else "",
        errors=unsent.errors if unsent else (),
        files=attaching(unsent.files if unsent else ()) if door.takes_files else None,
        kept=kept_draft(ticket_ref(ticket.id), stored=has_draft) if door.takes_files else None,
    )
