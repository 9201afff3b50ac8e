"""Editing a calendar's weekly hours and dates: a new version from a moment on, with its days drawn."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import url_for

from portal.admin.calendar_documents import SECTION, effect_on_clocks, newest_of
from portal.admin.calendar_forms import DAYS, LISTS, CalendarForm, dates_in, document_in, moment_in, values_of
from portal.admin.calendar_picture import picture_of
from portal.admin.editing import Editor
from portal.admin.effects import Effect, Line
from portal.admin.newer_data import newer_data
from portal.admin.person_forms import zones
from portal.admin.tried import tried_proposal
from portal.page import Link
from portal.words import seeded_name
from servicedesk.calendars.combining import calendars_with, is_combined, publish_with_combined
from servicedesk.calendars.commands import begin_calendar
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.queries import CalendarVersionRow, holidays_of_version, versions_of
from servicedesk.calendars.upgrades import holiday_differences
from servicedesk.identity.current import actor
from servicedesk.kernel import clock
from servicedesk.kernel.errors import Conflict, Invalid
from servicedesk.kernel.forms import Form
from servicedesk.kernel.i18n import desk_zone
from servicedesk.kernel.i18n import gettext as _

# Parts of a document that stand in a field of another name.
_FIELDS = {"tz": "zone", "holidays_yearly": "holidays", "holiday_ranges": "holidays"}


class NewCalendarEditor(Editor):
    """A new calendar."""

    schema = CalendarForm
    section = SECTION
    template = "admin/calendar.html"

    @property
    def title(self) -> str:
        return str(_("New calendar"))

    @property
    def back(self) -> Link:
        return Link(str(_("Calendars")), url_for("admin.calendars"))

    def options(self, name: str) -> Sequence[tuple[str, str]]:
        return zones() if name == "zone" else ()

    def offers(self, name: str) -> bool:
        return name != "combined" or bool(self.options(name))

    def rows(self, form: Form) -> list[dict[str, Any]]:
        names = ("name", "zone", "effective_from", *DAYS, "country", *LISTS, "combined")
        asked = [form.row(name) for name in names if self.offers(name)]
        return [row | {"options": self.options(row["name"]) or row["options"]} for row in asked]

    def extras(self, form: Form) -> dict[str, Any]:
        rows = {row["name"]: row for row in self.rows(form)}
        return {
            "first": [rows[name] for name in ("name", "zone")],
            "week": [rows[name] for name in DAYS],
            "dates": [rows[name] for name in ("country", "holidays_without", "holidays", "closed", "open")],
            "last": [rows[name] for name in ("combined", "effective_from") if name in rows],
            "versions": (),
            "newer": None,
            "newest": None,
        }

    def stored(self) -> dict[str, Any]:
        return {"zone": desk_zone(), **dict.fromkeys(DAYS[:5], "09:00-18:00")}

    def keep(self, form: Form) -> str:
        said = _said(form)
        with _at_its_field():
            begin_calendar(actor(), key=form.key, **said)
        return url_for("admin.calendars")

    def effect(self, form: Form, before: Any) -> Effect:
        hours = OpeningHours.from_exchange(document_in(form.data))
        lines = [Line(str(_("No agreement names it yet; its hours count once one does.")))]
        return Effect(lines=lines, picture=picture_of(hours, None, _begins(form)))


class CalendarEditor(NewCalendarEditor):
    """A calendar that is there: what is saved is its next version."""

    def __init__(self, key: str) -> None:
        self.newest: CalendarVersionRow = newest_of(key)
        self.versions = versions_of(key)
        self.document: dict[str, Any] = json.loads(self.newest.document)
        self.row_version = self.newest.number
        self.combining = calendars_with(key)

    def options(self, name: str) -> Sequence[tuple[str, str]]:
        """Return the choices; a calendar that combines this one is chosen in the version that is shown."""
        if name != "combined":
            return super().options(name)
        return [(f"{row.key}:{row.number}", seeded_name(row.name)) for row in self.combining]

    @property
    def title(self) -> str:
        return seeded_name(self.newest.name)

    @property
    def done(self) -> str:
        return str(_("Published as version %(number)s.", number=self.newest.number + 1))

    def stored(self) -> dict[str, Any]:
        brought = holidays_of_version(self.newest.id)
        left_out = (each for each in holiday_differences(self.newest.id) if each.difference == "added")
        return {
            "name": self.newest.name,
            **values_of(self.document, [each.falls_on for each in brought]),
            "country": brought[0].source if brought else "",
            "holidays_without": "\n".join(each.falls_on.isoformat() for each in left_out),
        }

    def filled(self) -> dict[str, Any]:
        """Return what is stored, or what was tried on the past and is now to be published."""
        proposal = tried_proposal("calendar")
        document = proposal.get("document", {})
        if not document or is_combined(document):
            return self.stored()
        brought = [each.falls_on for each in holidays_of_version(self.newest.id)]
        also = [
            f"{row.key}:{row.number}" for row in self.combining if row.key in proposal.get("combined", ())
        ]
        return {**self.stored(), **values_of(document, brought), "combined": also}

    def keep(self, form: Form) -> str:
        said = _said(form)
        version, also = form.row_version, self.chosen(form)
        with _at_its_field():
            publish_with_combined(actor(), self.newest.key, **said, combined=also, expected_version=version)
        return url_for("admin.calendar", key=self.newest.key)

    def chosen(self, form: Form) -> dict[str, int]:
        """Return which calendars that combine it are to take it over, each with the version shown."""
        pairs = (value.rpartition(":") for value in form.data["combined"])
        found = {key: int(number) for key, _colon, number in pairs if number.isdecimal()}
        if not found.keys() <= {row.key for row in self.combining}:
            sentence = _("A calendar that combined this one does so no more. Look at it again.")
            raise Conflict("calendar.changed", sentence, row_version=self.newest.number)
        return found

    def effect(self, form: Form, before: Any) -> Effect:
        shown = self.chosen(form)
        return effect_on_clocks(self.newest, [key for key in shown if newest_of(key).number > shown[key]])

    def extras(self, form: Form) -> dict[str, Any]:
        shown = sorted(self.versions, key=lambda version: -version.number)
        now = clock.now()
        in_force = max(
            (version for version in self.versions if version.effective_from <= now),
            key=lambda version: (version.effective_from, version.number),
            default=self.versions[0],
        )
        return {
            **super().extras(form),
            "newest": self.newest,
            "versions": [(row, row.id == in_force.id) for row in shown[:20]],
            "newer": newer_data(self.newest),
        }


@contextmanager
def _at_its_field() -> Iterator[None]:
    """Let what is wrong with the document be shown at the field that it was written in."""
    try:
        yield
    except Invalid as error:
        if error.field == "holidays_country":
            raise Invalid(error.code, error.message, field="country") from None
        if error.field != "document":
            raise
        parts = [_FIELDS.get(part, part) for part in str(error.details.get("path", "")).split(".")]
        field = next((part for part in parts if part in CalendarForm().fields), "mon")
        raise Invalid(error.code, error.message, field=field) from None


def _said(form: Form) -> dict[str, Any]:
    data = form.data
    return {
        "name": data["name"],
        "document": document_in(data),
        "holidays_country": data["country"].upper() or None,
        "holidays_without": dates_in(data["holidays_without"], "holidays_without"),
        "effective_from": moment_in(data["effective_from"], data["zone"], "effective_from"),
    }


def _begins(form: Form) -> datetime:
    return moment_in(form.data["effective_from"], form.data["zone"], "effective_from") or clock.now()
