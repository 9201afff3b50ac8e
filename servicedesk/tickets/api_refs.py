"""Tickets and people as the API names them: by number and by address."""

from sqlalchemy import select

from servicedesk.identity.directory import groups
from servicedesk.identity.models import Person
from servicedesk.identity.queries import folded_email
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.access import not_found
from servicedesk.tickets.core.numbers import number_from, number_text


def number_of(ticket_id: int) -> str:
    """Return a ticket's number with the desk's prefix."""
    return number_text(ticket_id, the_settings().ticket_prefix)


def id_of(number: str) -> int:
    """Return the ticket that a number names; raises NotFound for what is no number."""
    found = number_from(number, the_settings().ticket_prefix)
    if found is None:
        raise not_found()
    return found


def group_named(key: str) -> int:
    """Return the id of the active team with this key."""
    found = next((group.id for group in groups().values() if group.key == key and group.is_active), None)
    if found is None:
        raise Invalid("group.unknown", _("Choose a team from the list."), field="group")
    return found


def colleague_named(email: str, *, field: str) -> int:
    """Return whose address it is."""
    found = session().scalar(select(Person.id).where(Person.email == folded_email(email), Person.is_active))
    if found is None:
        raise Invalid("person.unknown", _("Choose a colleague by their address."), field=field)
    return found
