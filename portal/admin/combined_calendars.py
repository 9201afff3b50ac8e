"""Editing a calendar that is open while several others are: ours and the customer's hours."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from portal.admin.calendar_documents import SECTION, at_the_document, effect_on_clocks, newest_of
from portal.admin.calendar_forms import moment_in
from portal.admin.calendar_picture import picture_of
from portal.admin.editing import EditForm, Editor
from portal.admin.effects import Effect, Line, names_in_words
from portal.admin.newer_data import newer_data
from portal.admin.person_forms import chosen
from portal.page import Link
from servicedesk.calendars.commands import begin_calendar, publish_calendar
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.queries import calendar_in_force, calendars, versions_of
from servicedesk.identity.current import actor
from servicedesk.kernel import clock
from servicedesk.kernel.db import canonical_json
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import Form, Limit, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l


class CombinedForm(EditForm):
    """Several calendars that have to be open at once."""

    name = Text(required=True, validate=Limit(120, least=1), metadata={"label": _l("Name")})
    members = chosen(
        _l("Open while all of these are"),
        _l("Days and weekdays are those of the first. What they say now is taken over."),
    )
    effective_from = Text(
        load_default="",
        metadata={
            "label": _l("Counts from"),
            "type": "datetime-local",
            "help": _l("In the time zone of the calendar. Empty: from now on."),
        },
    )


class NewCombined(Editor):
    """A new calendar of several."""

    schema = CombinedForm
    section = SECTION
    template = "admin/calendar_document.html"

    @property
    def title(self) -> str:
        return str(_("Combine calendars"))

    @property
    def back(self) -> Link:
        return Link(str(_("Calendars")), url_for("admin.calendars"))

    def options(self, name: str) -> Sequence[tuple[str, str]]:
        return [(key, title) for key, title in _single_calendars().items()] if name == "members" else ()

    def rows(self, form: Form) -> list[dict[str, Any]]:
        members = form.row("members", options=self.options("members"))
        return [form.row("name"), members, form.row("effective_from")]

    def stored(self) -> dict[str, Any]:
        return {"members": []}

    def keep(self, form: Form) -> str:
        with at_the_document():
            begin_calendar(actor(), key=form.key, **_said(form))
        return url_for("admin.calendars")

    def effect(self, form: Form, before: Any) -> Effect:
        said = _said(form)
        hours = OpeningHours.from_exchange(said["document"])
        lines = [Line(str(_("No agreement names it yet; its hours count once one does.")))]
        return Effect(lines=lines, picture=picture_of(hours, None, said["effective_from"] or clock.now()))


class CombinedEditor(NewCombined):
    """A calendar of several that is there; saving takes over what its members say now."""

    def __init__(self, key: str) -> None:
        self.newest = newest_of(key)
        self.row_version = self.newest.number
        self.members = members_of(self.newest.document)

    @property
    def title(self) -> str:
        return self.newest.name

    @property
    def done(self) -> str:
        return str(_("Published as version %(number)s.", number=self.newest.number + 1))

    def stored(self) -> dict[str, Any]:
        return {"name": self.newest.name, "members": list(self.members)}

    def keep(self, form: Form) -> str:
        with at_the_document():
            publish_calendar(actor(), self.newest.key, **_said(form), expected_version=form.row_version)
        return url_for("admin.calendar", key=self.newest.key)

    def effect(self, form: Form, before: Any) -> Effect:
        return effect_on_clocks(self.newest)

    def extras(self, form: Form) -> dict[str, Any]:
        changed = [_single_calendars()[key] for key, is_newest in self.members.items() if not is_newest]
        return {
            "changed": names_in_words(changed) if changed else "",
            "newest": self.newest,
            "newer": newer_data(self.newest),
        }


def is_combined(document: str) -> bool:
    """Say whether a stored document is that of several calendars."""
    return "all_of" in json.loads(document)


def members_of(document: str) -> dict[str, bool]:
    """Return the calendars whose hours a combined one took over, and whether those still are in force.

    A part that is no calendar of the desk (it came with a document from elsewhere) is left out.
    """
    found: dict[str, bool] = {}
    now = clock.now()
    for part in json.loads(document)["all_of"]:
        said = canonical_json(part)
        for key in _single_calendars():
            if any(version.document == said for version in versions_of(key)):
                found[key] = calendar_in_force(key, now).document == said
                break
    return found


def _single_calendars() -> dict[str, str]:
    now = clock.now()
    names = {row.key: row.name for row in calendars()}
    return {key: name for key, name in names.items() if not is_combined(calendar_in_force(key, now).document)}


def _said(form: Form) -> dict[str, Any]:
    known = _single_calendars()
    keys = [key for key in form.data["members"] if key in known]
    if len(keys) < 2:
        raise Invalid("calendar.too_few", _("Choose two calendars or more."), field="members")
    now = clock.now()
    parts: list[Mapping[str, Any]] = [json.loads(calendar_in_force(key, now).document) for key in keys]
    begins = moment_in(form.data["effective_from"], str(parts[0]["tz"]), "effective_from")
    return {"name": form.data["name"], "document": {"all_of": parts}, "effective_from": begins}
