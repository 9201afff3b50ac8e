"""Naming statuses: their names by language, their order, and how many requests stand in each."""

from functools import lru_cache
from typing import Any

from flask import url_for
from flask_babel import LazyString
from marshmallow.validate import Range

from portal.admin.editing import EditForm, Editor
from portal.admin.effects import Effect, Line
from portal.admin.item_forms import own_first
from portal.admin.naming import in_words
from portal.page import Link
from portal.words import isolated, listed
from servicedesk.identity.current import actor
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import Form, Limit, Text, Whole
from servicedesk.kernel.i18n import current_language, direction, ngettext
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.catalogue import status_name
from servicedesk.tickets.core.statuses import IllegalMove, Move, next_status
from servicedesk.tickets.status_list import (
    LONGEST_NAME,
    ListedStatus,
    listed_statuses,
    name_statuses,
    requests_by_status,
    statuses_version,
)

SECTION = "admin.statuses"
CATEGORIES = {
    "open": _l("somebody works on it"),
    "waiting": _l("it waits for something"),
    "resolved": _l("it is solved"),
    "closed": _l("it is done for good"),
}
CLOCKS = {
    "first_response": _l("first response"),
    "next_response": _l("next response"),
    "update": _l("update"),
    "resolution": _l("resolution"),
    "assignment": _l("pick-up by the team"),
    "vendor": _l("supplier's part"),
}
DOES = {
    "runs": _l("runs"),
    "paused": _l("pauses"),
    "stops": _l("stops"),
    "held": _l("is held"),
    "final": _l("is final"),
    "cancelled": _l("is cancelled"),
}


@lru_cache(16)
def _form(keys: tuple[str, ...], codes: tuple[str, ...]) -> type[EditForm]:
    made: dict[str, Any] = {}
    for key in keys:
        for place, code in enumerate(codes):
            about = {
                "label": _l("%(status)s, in %(language)s", status=_shown(key), language=in_words(code)),
                "attrs": {"lang": code, "dir": direction(code)},
            }
            limit = Limit(LONGEST_NAME)
            is_own = place == 0
            made[f"{key}_name_{code}"] = (
                Text(required=True, validate=limit, metadata=about)
                if is_own
                else Text(load_default="", validate=limit, metadata=about)
            )
        about = {
            "label": _l("%(status)s, place", status=_shown(key)),
            "type": "number",
            "attrs": {"min": 1, "max": 999},
        }
        made[f"{key}_place"] = Whole(required=True, validate=Range(1, 999), metadata=about)
    return type("StatusForm", (EditForm,), made)


def _shown(key: str) -> LazyString:
    """Return what a status is called now, found when it is shown."""
    return LazyString(lambda: status_name(key, current_language()))


class StatusesEditor(Editor):
    """The statuses of the desk, all in one form."""

    section = SECTION
    template = "admin/statuses.html"

    def __init__(self) -> None:
        self.statuses = listed_statuses()
        self.schema = _form(tuple(status.key for status in self.statuses), own_first())
        self.row_version = statuses_version()

    @property
    def title(self) -> str:
        return str(_("Statuses"))

    @property
    def back(self) -> Link:
        return Link(str(_("Administration")), url_for("admin.home"))

    def stored(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for place, status in enumerate(self.statuses, start=1):
            values |= {f"{status.key}_name_{code}": status.names.get(code, "") for code in own_first()}
            values[f"{status.key}_place"] = str(place)
        return values

    def extras(self, form: Form) -> dict[str, Any]:
        counts = requests_by_status(actor())
        names = [*(f"name_{code}" for code in own_first()), "place"]
        return {
            "lines": [
                (
                    status_name(status.key, current_language()),
                    status_facts(status, counts.get(status.key, 0)),
                    [form.row(f"{status.key}_{name}") for name in names],
                )
                for status in self.statuses
            ]
        }

    def keep(self, form: Form) -> str:
        data, keys = form.data, [status.key for status in self.statuses]
        names = {key: {code: data[f"{key}_name_{code}"] for code in own_first()} for key in keys}
        order = sorted(keys, key=lambda key: (data[f"{key}_place"], keys.index(key)))
        try:
            name_statuses(actor(), names=names, order=order, expected_version=form.row_version)
        except Invalid as error:
            field = f"{error.field}_{own_first()[0]}" if error.field else None
            raise Invalid(error.code, error.message, field=field) from None
        return url_for("admin.statuses")

    def effect(self, form: Form, before: Any) -> Effect:
        counts, lines = requests_by_status(actor()), []
        now = {status.key: status.names for status in listed_statuses()}
        for status in self.statuses:
            if now[status.key] != status.names:
                count = counts.get(status.key, 0)
                sentence = ngettext(
                    "%(num)d request will be shown as “%(name)s”.",
                    "%(num)d requests will be shown as “%(name)s”.",
                    count,
                    name=isolated(now[status.key].get(current_language(), status.key)),
                )
                lines.append(Line(sentence, "due"))
        return Effect(lines=lines)


def status_facts(status: ListedStatus, count: int) -> list[str]:
    """Return in sentences what a status means, what clocks do in it, and where one goes from it."""
    meanwhile = [
        f"{name} {DOES[does]}" for kind, name in CLOCKS.items() if (does := status.clocks[kind]) in DOES
    ]
    found = [
        str(_("Means: %(what)s.", what=CATEGORIES[status.category])),
        str(_("Clocks: %(what)s.", what=listed(meanwhile))),
    ]
    following = list(dict.fromkeys(_moves_from(status.key)))
    shown = listed([isolated(status_name(key, current_language())) for key in following])
    found.append(str(_("Leads to: %(what)s.", what=shown) if shown else _("Nothing follows.")))
    found.append(ngettext("%(num)d request stands in it.", "%(num)d requests stand in it.", count))
    return found


def _moves_from(key: str) -> list[str]:
    found = []
    for move in Move:
        for wait_for in ("waiting_customer", "waiting_supplier", "scheduled") if move is Move.WAIT else ("",):
            try:
                found.append(next_status(key, move, wait_for or "waiting_customer"))
            except IllegalMove:
                continue
    return [each for each in found if each != key]
