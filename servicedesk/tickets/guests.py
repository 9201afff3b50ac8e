"""Filing without an account: the request belongs to a new person, and its private link leads back to it."""

import secrets
from dataclasses import dataclass, replace

from flask_babel import force_locale

from servicedesk.identity.actor import Actor, system_actor
from servicedesk.identity.commands import NewPerson, create_person
from servicedesk.identity.queries import actor_of, person_by_email
from servicedesk.kernel import i18n
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import batch
from servicedesk.kernel.errors import NotAllowed
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.conversation import add_note
from servicedesk.tickets.opening import Request, open_ticket
from servicedesk.tickets.private_links import make_private_link

CAUSE = "form"
_DESK = system_actor(Cause(CAUSE))
# No mail can reach an address below this name (RFC 2606).
NOWHERE = "guest.invalid"


@dataclass(frozen=True, kw_only=True)
class GuestRequest:
    """What somebody asks for who is not signed in, and who they say they are."""

    name: str
    email: str
    subject: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Filed:
    """The request that was filed, and the secret of the link that leads back to it."""

    ticket_id: int
    secret: str


def file_as_guest(visitor: Actor, asked: GuestRequest, *, key: str | None = None) -> Filed:
    """File a request for somebody without an account.

    Nobody becomes somebody who is known here by writing down that one's address: the request then belongs
    to a guest without an address, and a note tells agents. The answer is the same in both cases. `key`
    makes it safe to send twice. Raises NotAllowed where the desk takes no such requests.
    """
    if not the_settings().anonymous_filing or visitor.id is not None:
        raise NotAllowed("desk.not_allowed", _("This desk takes requests of people who sign in."))
    payload = {"name": asked.name, "email": asked.email, "subject": asked.subject, "text": asked.text}
    ticket_id = once(key, payload, lambda: _file(asked, key, payload))
    return Filed(ticket_id, make_private_link(_DESK, ticket_id))


def _file(asked: GuestRequest, key: str | None, payload: object) -> int:
    with batch():
        is_known = person_by_email(asked.email) is not None
        email = f"guest-{secrets.token_hex(6)}@{NOWHERE}" if is_known else asked.email
        zone = the_settings().zone
        new = NewPerson(name=asked.name, email=email, language=asked.language, zone=zone)
        guest = replace(actor_of(create_person(_DESK, new)), because=Cause(CAUSE))
        request = Request(subject=asked.subject, text=asked.text, channel="form", language=asked.language)
        ticket_id = open_ticket(guest, request)
        # Always one: who is known here must not show in how long the answer takes.
        add_note(_DESK, ticket_id, text=_warning(asked.email, is_known=is_known))
        _finish(_DESK, ticket_id, key, payload)
    return ticket_id


@command
def _finish(actor: Actor, ticket_id: int, key: str | None, payload: object) -> None:
    make_private_link(actor, ticket_id)
    remember(key, payload, ticket_id)


def _warning(email: str, *, is_known: bool) -> str:
    with force_locale(i18n.locale_of(the_settings().language)):
        if not is_known:
            return str(_("Filed without signing in: nobody has proved that the address is theirs."))
        return str(
            _(
                "Filed without signing in. The sender named the address %(email)s, which belongs to somebody"
                " known here. Whether it was them is not known: answer nothing that only they may read.",
                email=email,
            )
        )
