"""Editing a calendar that is open while several others are: ours and the customer's hours."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from flask import url_for

from portal.admin.calendar_documents import SECTION, at_the_document, effect_on_clocks, newest_of
from portal.admin.calendar_forms import moment_in
from portal.admin.calendar_pages import CalendarEditor
from portal.admin.calendar_picture import picture_of
from portal.admin.editing import EditForm, Editor
from portal.admin.effects import Effect, Line, names_in_words
from portal.admin.newer_data import newer_data
from portal.admin.person_forms import chosen
from portal.admin.tried import tried
from portal.page import Link
from portal.words import seeded_name
from servicedesk.calendars.combining import Part, is_combined, parts_of, single_calendars
from servicedesk.calendars.commands import begin_calendar, publish_calendar
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.queries import calendar_in_force
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
    # What is combined so far; only of these may be kept what is no calendar of the desk.
    parts: Sequence[Part] = ()

    @property
    def title(self) -> str:
        return str(_("Combine calendars"))

    @property
    def back(self) -> Link:
        return Link(str(_("Calendars")), url_for("admin.calendars"))

    def options(self, name: str) -> Sequence[tuple[str, str]]:
        return member_options(self.parts) if name == "members" else ()

    def rows(self, form: Form) -> list[dict[str, Any]]:
        members = form.row("members", options=self.options("members"))
        return [form.row("name"), members, form.row("effective_from")]

    def stored(self) -> dict[str, Any]:
        return {"members": []}

    def keep(self, form: Form) -> str:
        with at_the_document():
            begin_calendar(actor(), key=form.key, **_said(form, self.parts))
        return url_for("admin.calendars")

    def effect(self, form: Form, before: Any) -> Effect:
        said = _said(form, self.parts)
        hours = OpeningHours.from_exchange(said["document"])
        lines = [Line(str(_("No agreement names it yet; its hours count once one does.")))]
        return Effect(lines=lines, picture=picture_of(hours, None, said["effective_from"] or clock.now()))


class CombinedEditor(NewCombined):
    """A calendar of several that is there; saving takes over what its members say now."""

    def __init__(self, key: str) -> None:
        self.newest = newest_of(key)
        self.row_version = self.newest.number
        begins = max(self.newest.effective_from, clock.now())
        self.stored_parts = parts_of(json.loads(self.newest.document), begins)
        # Nothing, or what was tried on the past and is now to be published.
        self.tried_parts = parts_of(tried("calendar"))
        self.parts = (*(self.tried_parts or self.stored_parts), *self.stored_parts)

    @property
    def title(self) -> str:
        return seeded_name(self.newest.name)

    @property
    def done(self) -> str:
        return str(_("Published as version %(number)s.", number=self.newest.number + 1))

    def stored(self) -> dict[str, Any]:
        return {"name": self.newest.name, "members": list(map(value_of, self.stored_parts))}

    def filled(self) -> dict[str, Any]:
        members = {"members": list(map(value_of, self.tried_parts))} if self.tried_parts else {}
        return self.stored() | members

    def keep(self, form: Form) -> str:
        said = _said(form, self.parts)
        with at_the_document():
            publish_calendar(actor(), self.newest.key, **said, expected_version=form.row_version)
        return url_for("admin.calendar", key=self.newest.key)

    def effect(self, form: Form, before: Any) -> Effect:
        return effect_on_clocks(self.newest)

    def extras(self, form: Form) -> dict[str, Any]:
        return {
            "changed": changed_names(self.tried_parts or self.stored_parts),
            "newest": self.newest,
            "newer": newer_data(self.newest),
        }


def editor_of(key: str) -> CombinedEditor | CalendarEditor:
    """Return the editor of a calendar that is there; raises NotFound."""
    is_of_several = is_combined(json.loads(newest_of(key).document))
    return CombinedEditor(key) if is_of_several else CalendarEditor(key)


def value_of(part: Part) -> str:
    """Return the value of the box that stands for a part: its calendar, or what tells other parts apart."""
    return part.key or f"#{hashlib.sha256(canonical_json(part.document).encode()).hexdigest()[:16]}"


def member_options(parts: Sequence[Part]) -> list[tuple[str, str]]:
    """Return the boxes of what may be combined: what is combined so far, in its order, then the others."""
    names = {key: seeded_name(name) for key, name in single_calendars().items()}
    first = {value_of(part): names.get(part.key or "") or _name_of_other(part) for part in parts}
    return [*first.items(), *((key, name) for key, name in names.items() if key not in first)]


def _name_of_other(part: Part) -> str:
    zone = OpeningHours.from_exchange(part.document).zone
    return str(_("hours that are no calendar here (%(zone)s)", zone=zone))


def changed_names(parts: Sequence[Part]) -> str:
    """Return the calendars among the parts that say something else by now, in words; empty if none does."""
    names = single_calendars()
    changed = [seeded_name(names[part.key]) for part in parts if part.key and not part.is_in_force]
    return names_in_words(changed) if changed else ""


def combined_document(values: Sequence[str], parts: Sequence[Part]) -> dict[str, Any]:
    """Return the document of the calendars whose boxes are ticked, as they are now; raises Invalid."""
    now, known = clock.now(), single_calendars()
    others = {value_of(part): part.document for part in parts if part.key is None}
    said = [
        json.loads(calendar_in_force(value, now).document) if value in known else others[value]
        for value in values
        if value in known or value in others
    ]
    if len(said) < 2:
        raise Invalid("calendar.too_few", _("Choose two calendars or more."), field="members")
    return {"all_of": said}


def _said(form: Form, parts: Sequence[Part]) -> dict[str, Any]:
    document = combined_document(form.data["members"], parts)
    zone = OpeningHours.from_exchange(document).zone
    begins = moment_in(form.data["effective_from"], zone, "effective_from")
    return {"name": form.data["name"], "document": document, "effective_from": begins}
