"""Calendars as documents: taking one over from its exchange form, all of it or nothing."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import url_for

from portal.admin.calendar_forms import moment_in
from portal.admin.calendar_picture import picture_of
from portal.admin.clock_effects import kept_by_running_clocks, supposed_lines
from portal.admin.editing import EditForm, Editor
from portal.admin.effects import Effect, Line
from portal.page import Link
from portal.words import isolated, seeded_name
from servicedesk.calendars.commands import begin_calendar, publish_calendar
from servicedesk.calendars.hours import InvalidCalendar, OpeningHours
from servicedesk.calendars.queries import (
    CalendarVersionRow,
    calendar_in_force,
    hours_of,
    no_such_calendar,
    versions_of,
)
from servicedesk.identity.current import actor
from servicedesk.kernel import clock
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import Form, Limit, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from sla.supposing import if_hours_were

SECTION = "admin.calendars"
LONGEST_DOCUMENT = 400_000


class DocumentForm(EditForm):
    """A calendar in its exchange form."""

    name = Text(required=True, validate=Limit(120, least=1), metadata={"label": _l("Name")})
    document = Text(
        required=True,
        validate=Limit(LONGEST_DOCUMENT, least=1),
        metadata={
            "label": _l("Document"),
            "type": "textarea",
            "help": _l("JSON, as “Download” gives it and docs/calendars.md describes it."),
            "attrs": {"dir": "ltr", "rows": 14, "spellcheck": "false"},
        },
    )
    effective_from = Text(
        load_default="",
        metadata={
            "label": _l("Counts from"),
            "type": "datetime-local",
            "help": _l("In the time zone of the calendar. Empty: from now on."),
        },
    )


class NewFromDocument(Editor):
    """A new calendar, taken over from a document."""

    schema = DocumentForm
    section = SECTION
    template = "admin/calendar_document.html"

    @property
    def title(self) -> str:
        return str(_("Take over a calendar"))

    @property
    def back(self) -> Link:
        return Link(str(_("Calendars")), url_for("admin.calendars"))

    def stored(self) -> dict[str, Any]:
        return {"document": _written({"tz": "UTC", "week": {"mon": [["09:00", "17:00"]]}})}

    def keep(self, form: Form) -> str:
        with at_the_document():
            begin_calendar(actor(), key=form.key, **_said(form))
        return url_for("admin.calendars")

    def effect(self, form: Form, before: Any) -> Effect:
        said = _said(form)
        hours = OpeningHours.from_exchange(said["document"])
        lines = [Line(str(_("No agreement names it yet; its hours count once one does.")))]
        return Effect(lines=lines, picture=picture_of(hours, None, said["effective_from"] or clock.now()))


class VersionFromDocument(NewFromDocument):
    """The next version of a calendar, taken over from a document."""

    def __init__(self, key: str) -> None:
        self.newest = newest_of(key)
        self.row_version = self.newest.number

    @property
    def title(self) -> str:
        return self.newest.name

    @property
    def back(self) -> Link:
        return Link(str(_("Calendar")), url_for("admin.calendar", key=self.newest.key))

    @property
    def done(self) -> str:
        return str(_("Published as version %(number)s.", number=self.newest.number + 1))

    def stored(self) -> dict[str, Any]:
        return {"name": self.newest.name, "document": _written(json.loads(self.newest.document))}

    def keep(self, form: Form) -> str:
        with at_the_document():
            publish_calendar(actor(), self.newest.key, **_said(form), expected_version=form.row_version)
        return url_for("admin.calendars")

    def effect(self, form: Form, before: Any) -> Effect:
        return effect_on_clocks(self.newest)


def newest_of(key: str) -> CalendarVersionRow:
    """Return the version of a calendar that was published last; raises NotFound."""
    versions = versions_of(key)
    if not versions:
        raise no_such_calendar()
    return max(versions, key=lambda version: version.number)


def effect_on_clocks(before: CalendarVersionRow, combined: Collection[str] = ()) -> Effect:
    """Return what the version just published after `before` would do: its days, and the clocks that run.

    combined: calendars that combine it and were published with it.
    """
    newest = newest_of(before.key)
    hours = {before.key: hours_of(newest.id)}
    hours |= {key: hours_of(calendar_in_force(key, newest.effective_from).id) for key in combined}
    lines = [
        Line(str(_("%(name)s is published with it.", name=isolated(seeded_name(newest_of(key).name)))))
        for key in combined
    ]

    def later() -> list[Line]:
        return supposed_lines(if_hours_were(actor(), hours, now=clock.now()), kept_by_running_clocks())

    picture = picture_of(hours[before.key], hours_of(before.id), newest.effective_from)
    return Effect(lines=lines, picture=picture, later=later)


@contextmanager
def at_the_document() -> Iterator[None]:
    """Let what is wrong with a document be said at its field, with the place in it."""
    try:
        yield
    except Invalid as error:
        if error.field not in ("document", "effective_from"):
            raise
        path = str(error.details.get("path", ""))
        said = (
            _("%(what)s In the document: %(path)s", what=error.message, path=path) if path else error.message
        )
        raise Invalid(error.code, str(said), field=error.field) from None


def _said(form: Form) -> dict[str, Any]:
    document = _read(form.data["document"])
    effective = moment_in(form.data["effective_from"], _zone_of(document), "effective_from")
    return {"name": form.data["name"], "document": document, "effective_from": effective}


def _zone_of(document: Mapping[str, Any]) -> str:
    """Return the calendar's zone; a document that is none has its faults named when it is published."""
    try:
        return OpeningHours.from_exchange(document).zone
    except InvalidCalendar:
        return "UTC"


def _read(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid("calendar.no_json", _("This is no JSON object."), field="document")
    return found


def _written(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)
