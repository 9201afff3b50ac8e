"""Names of people as they are kept."""

from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _


def clean_name(name: str) -> str:
    """Return a person's name on one line; raises Invalid where it is empty or too long."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 120 or not name.isprintable():
        raise Invalid("person.name", _("Write a name of up to 120 characters."), field="name")
    return name
