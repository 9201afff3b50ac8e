"""Comparisons that held, in words: why an agreement's rule or a routing rule took a ticket."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal import words
from servicedesk.identity.directory import organisations
from servicedesk.kernel import i18n
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.catalogue import category_path, item_by_key, status_name

_FIELDS = {
    "priority": _l("priority"),
    "impact": _l("impact"),
    "urgency": _l("urgency"),
    "category": _l("category"),
    "category_id": _l("category"),
    "item": _l("kind of request"),
    "kind": _l("kind"),
    "organisation_id": _l("organisation"),
    "organisation_tier": _l("customer tier"),
    "branch_id": _l("site"),
    "group_id": _l("team"),
    "channel": _l("channel"),
    "language": _l("language"),
    "subject": _l("subject"),
    "status": _l("status"),
    "requester_id": _l("requester"),
    "opened_at": _l("opened"),
    "text": _l("text"),
}
_OPERATORS = {
    "is": _l("is"),
    "is_not": _l("is not"),
    "in": _l("is one of"),
    "not_in": _l("is none of"),
    "less_than": _l("is less than"),
    "at_most": _l("is at most"),
    "more_than": _l("is more than"),
    "at_least": _l("is at least"),
    "contains": _l("contains"),
    "starts_with": _l("starts with"),
    "before": _l("is before"),
    "after": _l("is after"),
    "is_empty": _l("is empty:"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison that held: what was looked at, what was wanted, and the value it met."""

    what: str
    wanted: str
    value: str


def comparison(field: str, operator: str, wanted: object, value: object) -> Comparison:
    """Return a stored comparison in words."""
    if isinstance(wanted, list):
        met = words.listed([_value(field, each) for each in wanted])
    else:
        met = _value(field, wanted)
    return Comparison(field_name(field), f"{operator_name(operator)} {met}".strip(), _value(field, value))


def field_name(field: str) -> str:
    """Return a ticket field by name; an unknown one by its key."""
    return str(_FIELDS.get(field, field))


def operator_name(operator: str) -> str:
    """Return how two values were compared."""
    return str(_OPERATORS.get(operator, operator))


def _value(field: str, value: object) -> str:
    language = i18n.current_language()
    if value is None or value == "":
        return str(_("nothing"))
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    known: Mapping[str, str] = {
        "group_id": words.team_name(value) if isinstance(value, int) else "",
        "category_id": category_path(value, language) if isinstance(value, int) else "",
        "organisation_id": _organisation(value),
        "organisation_tier": words.tier_name(str(value)),
        "channel": words.channel_name(str(value)),
        "status": status_name(str(value), language),
        "item": item.text_in(language).name if (item := item_by_key(str(value))) else "",
    }
    return known.get(field) or str(value)


def _organisation(value: object) -> str:
    found = organisations().get(value) if isinstance(value, int) else None
    return found.name if found else ""
