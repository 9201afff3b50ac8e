"""What an administrator fills in about a person, and the choices that it offers."""

from collections.abc import Sequence
from functools import cache
from zoneinfo import available_timezones

from marshmallow import fields

from portal import words
from portal.admin.editing import EditForm
from portal.admin.words import role_name
from servicedesk.identity.directory import branches, groups, organisations, roles
from servicedesk.identity.schemas import EMAIL_FITS, NAME_FITS
from servicedesk.kernel.forms import Text
from servicedesk.kernel.i18n import language_names
from servicedesk.kernel.i18n import lazy_gettext as _l

Options = Sequence[tuple[str, str]]


def chosen(label: object, help_text: object = "") -> fields.List[str]:
    """Return a field of boxes, of which any number may be ticked."""
    about = {"label": label, "type": "checkboxes", "help": help_text}
    return fields.List(fields.String(), load_default=list, metadata=about)


class PersonForm(EditForm):
    """A person who is known already."""

    name = Text(
        required=True,
        validate=NAME_FITS,
        metadata={"label": _l("Name"), "attrs": {"autocomplete": "off"}},
    )
    organisation_id = Text(load_default="", metadata={"label": _l("Organisation"), "type": "select"})
    branch_id = Text(load_default="", metadata={"label": _l("Site"), "type": "select"})
    roles = chosen(_l("Roles"), _l("Roles add up: each lets the person do more."))
    groups = chosen(_l("Teams"))
    language = Text(required=True, metadata={"label": _l("Language"), "type": "select"})
    zone = Text(required=True, metadata={"label": _l("Time zone"), "type": "select"})


class NewPersonForm(PersonForm):
    """Somebody new; the address is what they sign in with."""

    email = Text(
        required=True,
        validate=EMAIL_FITS,
        metadata={
            "label": _l("E-mail address"),
            "type": "email",
            "attrs": {"autocomplete": "off", "inputmode": "email", "dir": "ltr"},
        },
    )


def choices(name: str) -> Options:
    """Return what a field of these forms offers: pairs of value and words."""
    match name:
        case "organisation_id":
            return _organisations()
        case "branch_id":
            return _branches()
        case "roles":
            return [(key, role_name(role)) for key, role in roles().items()]
        case "groups":
            shown = [group for group in groups().values() if group.is_active]
            return [(str(group.id), words.group_name(group)) for group in shown]
        case "language":
            return list(language_names().items())
        case "zone":
            return zones()
    return ()


def _organisations() -> Options:
    found = sorted(organisations().values(), key=lambda row: row.name)
    return [("", "–"), *((str(row.id), row.name) for row in found)]


def _branches() -> Options:
    names = organisations()
    found = [(str(row.id), f"{names[row.organisation_id].name} › {row.name}") for row in branches().values()]
    return [("", "–"), *sorted(found, key=lambda pair: pair[1])]


@cache
def zones() -> Options:
    """Return the time zones by name, those of regions first of all left out: nobody lives in Etc/GMT-3."""
    named = (zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [(zone, zone.replace("_", " ")) for zone in ("UTC", *sorted(named))]
