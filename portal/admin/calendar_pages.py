"""Editing a calendar: a new version from a moment on, with the next fourteen days drawn."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import url_for

from portal.admin.calendar_forms import DAYS, LISTS, CalendarForm, dates_in, document_in, moment_in, values_of
from portal.admin.clock_effects import supposed_lines
from portal.admin.editing import Editor
from portal.admin.effects import Effect, Line
from portal.admin.person_forms import zones
from portal.page import Link
from portal.words import seeded_name
from servicedesk.calendars.commands import begin_calendar, publish_calendar
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.queries import CalendarVersionRow, holidays_of_version, hours_of, versions_of
from servicedesk.calendars.upgrades import holiday_differences
from servicedesk.identity.current import actor
from servicedesk.kernel import clock
from servicedesk.kernel.display import day as day_words
from servicedesk.kernel.errors import Invalid, NotFound, Refused
from servicedesk.kernel.forms import Form
from servicedesk.kernel.i18n import current_locale, desk_zone
from servicedesk.kernel.i18n import gettext as _
from sla.supposing import if_hours_were

SECTION = "admin.calendars"
DRAWN_DAYS = 14
_DAY_MINUTES = 24 * 60
# Parts of a document that stand in a field of another name.
_FIELDS = {"tz": "zone", "holidays_yearly": "holidays", "holiday_ranges": "holidays"}


@dataclass(frozen=True, slots=True)
class DrawnDay:
    """A day of the picture: its words, its hours, bars as (from, length) in minutes, and how it differs."""

    name: str
    date: str
    hours: str
    bars: tuple[tuple[int, int], ...]
    is_other: bool


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

    def rows(self, form: Form) -> list[dict[str, Any]]:
        names = ("name", "zone", "effective_from", *DAYS, "country", *LISTS)
        return [form.row(name, **({"options": zones()} if name == "zone" else {})) for name in names]

    def extras(self, form: Form) -> dict[str, Any]:
        rows = {row["name"]: row for row in self.rows(form)}
        return {
            "first": [rows[name] for name in ("name", "zone")],
            "week": [rows[name] for name in DAYS],
            "dates": [rows[name] for name in ("country", "holidays_without", "holidays", "closed", "open")],
            "last": [rows["effective_from"]],
            "versions": (),
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
        return Effect(lines=lines, picture=drawn_days(hours, None, _begins(form)))


class CalendarEditor(NewCalendarEditor):
    """A calendar that is there: what is saved is its next version."""

    def __init__(self, key: str) -> None:
        self.versions = versions_of(key)
        if not self.versions:
            raise NotFound("calendar.not_found", _("There is no such calendar."))
        self.newest: CalendarVersionRow = max(self.versions, key=lambda version: version.number)
        self.document: dict[str, Any] = json.loads(self.newest.document)
        if "all_of" in self.document:
            sentence = _(
                "This calendar is where several others are open together; it has no hours of its own."
            )
            raise Refused("calendar.combined", sentence)
        self.row_version = self.newest.number

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

    def keep(self, form: Form) -> str:
        said = _said(form)
        with _at_its_field():
            publish_calendar(actor(), self.newest.key, **said, expected_version=form.row_version)
        return url_for("admin.calendar", key=self.newest.key)

    def effect(self, form: Form, before: Any) -> Effect:
        newest = max(versions_of(self.newest.key), key=lambda version: version.number)
        hours = hours_of(newest.id)
        picture = drawn_days(hours, hours_of(self.newest.id), newest.effective_from)
        promise = _(
            "The new hours count for what is promised from then on;"
            " clocks that run keep the hours they began with."
        )

        def later() -> list[Line]:
            supposed = if_hours_were(actor(), self.newest.key, hours, now=clock.now())
            return supposed_lines(supposed, str(promise))

        return Effect(picture=picture, later=later)

    def extras(self, form: Form) -> dict[str, Any]:
        shown = sorted(self.versions, key=lambda version: -version.number)
        now = clock.now()
        in_force = max(
            (version for version in self.versions if version.effective_from <= now),
            key=lambda version: (version.effective_from, version.number),
            default=self.versions[0],
        )
        return {**super().extras(form), "versions": [(row, row.id == in_force.id) for row in shown[:20]]}


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


def drawn_days(hours: OpeningHours, before: OpeningHours | None, begins: datetime) -> list[DrawnDay]:
    """Return fourteen days from today, or from the day on which the hours begin to count."""
    zone = ZoneInfo(hours.zone)
    first = max(begins, clock.now()).astimezone(zone).date()
    found = []
    for step in range(DRAWN_DAYS):
        on = first + timedelta(days=step)
        midnight = datetime.combine(on, time(), tzinfo=zone)
        following = datetime.combine(on + timedelta(days=1), time(), tzinfo=zone)
        spans = hours.spans(midnight, following)
        local = [(opened.astimezone(zone), closed.astimezone(zone)) for opened, closed in spans]
        found.append(
            DrawnDay(
                name=format_date(on, "EEEE", locale=current_locale()),
                date=day_words(on),
                hours=" · ".join(f"{opened:%H:%M}–{_ending(closed, following)}" for opened, closed in local),
                bars=tuple((_minute(opened, midnight), _length(opened, closed)) for opened, closed in local),
                is_other=before is not None and before.spans(midnight, following) != spans,
            )
        )
    return found


def _ending(closed: datetime, following: datetime) -> str:
    return "24:00" if closed == following else f"{closed:%H:%M}"


def _minute(at: datetime, midnight: datetime) -> int:
    return at.hour * 60 + at.minute if at.date() == midnight.date() else _DAY_MINUTES


def _length(opened: datetime, closed: datetime) -> int:
    return int((closed - opened).total_seconds()) // 60
