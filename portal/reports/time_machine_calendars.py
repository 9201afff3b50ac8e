"""What is filled in to try hours on the past: those of a week, or of which calendars they are made."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from portal.admin.calendar_forms import DAYS, CalendarForm, document_in, values_of
from portal.admin.combined_calendars import changed_names, combined_document, member_options, value_of
from portal.admin.person_forms import chosen
from portal.page import Link
from portal.words import seeded_name
from servicedesk.calendars.combining import calendars_with, is_combined, parts_of, single_calendars
from servicedesk.calendars.hours import InvalidCalendar, OpeningHours
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.forms import Form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l

Groups = list[tuple[str, list[dict[str, Any]]]]
_TEXTS = ("holidays", "holidays_without", "closed", "open")


def calendar_fields(*, is_of_several: bool) -> dict[str, Any]:
    """Return the fields: the days of a week or the calendars that are combined, and where else they count."""
    combined = chosen(
        _l("Also in calendars that combine it"),
        _l("Those that are ticked are replayed with these hours in place of the old ones."),
    )
    if is_of_several:
        members = chosen(
            _l("Open while all of these are"),
            _l("Days and weekdays are those of the first. What they say now is replayed."),
        )
        return {"members": members, "combined": combined}
    return {**{day: CalendarForm._declared_fields[day] for day in DAYS}, "combined": combined}


def calendar_values(key: str, document: Mapping[str, Any], combined: Sequence[str] | None) -> dict[str, Any]:
    """Return what the form is first filled in with; `combined`: the boxes that are ticked, None for all."""
    also = {"combined": [row.key for row in calendars_with(key) if combined is None or row.key in combined]}
    if is_combined(document):
        return also | {"members": [value_of(part) for part in parts_of(document)]}
    values = values_of(document, ())
    return also | {day: values[day] for day in DAYS}


def calendar_document(document: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """Return the document with what was typed; raises Invalid."""
    if is_combined(document):
        return combined_document(form.data["members"], parts_of(document))
    week = document_in({**dict.fromkeys(_TEXTS, ""), **form.data, "zone": document["tz"]})["week"]
    return {**document, "week": week}


def combined_in(key: str, form: Form) -> list[str]:
    """Return the calendars of a valid form that combine this one and are to be tried with it."""
    return [row.key for row in calendars_with(key) if row.key in form.data["combined"]]


def calendar_groups(key: str, document: Mapping[str, Any], form: Form) -> Groups:
    """Return arguments of the `field` macro in groups with a heading; boxes have one of their own."""
    if is_combined(document):
        boxes = form.row("members", options=member_options(parts_of(document)))
        groups: Groups = [("", [boxes])]
    else:
        groups = [(str(_("Weekly hours")), [form.row(day) for day in DAYS])]
    if also := [(row.key, seeded_name(row.name)) for row in calendars_with(key)]:
        groups.append(("", [form.row("combined", options=also)]))
    return groups


def part_links(document: Mapping[str, Any]) -> list[Link]:
    """Return where the hours of the calendars are tried that a combined one is made of."""
    names = single_calendars()
    return [
        Link(seeded_name(names[part.key]), url_for("time_machine.new", what="calendar", key=part.key))
        for part in parts_of(document)
        if part.key
    ]


def changed_parts(document: Mapping[str, Any]) -> str:
    """Return the parts that say something else by now, in words; empty if none does."""
    return changed_names(parts_of(document))


def require_calendar(document: Mapping[str, Any]) -> None:
    """Raise NotFound for a document that is no calendar: a form carries it, and its sender may change it."""
    try:
        OpeningHours.from_exchange(document)
    except InvalidCalendar:
        raise NotFound("replay.no_draft", _("There is nothing to try here. Begin anew.")) from None
