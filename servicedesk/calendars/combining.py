"""Calendars that combine others: of which they are made, and publishing one together with what it is part of.

A combined calendar holds copies of what its parts said when it was published, so a part is known by saying
the same as some version of a calendar.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from servicedesk.calendars.commands import publish_calendar
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.queries import (
    CalendarVersionRow,
    calendar_in_force,
    calendars,
    hours_of,
    versions_of,
)
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import canonical_json
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import Acting


@dataclass(frozen=True, slots=True)
class Part:
    """One of several calendars that are combined; `key` is None where it is no calendar of this desk.

    is_in_force: it says what that calendar says at the moment that was asked for.
    """

    key: str | None
    document: Mapping[str, Any]
    is_in_force: bool


def is_combined(document: Mapping[str, Any]) -> bool:
    """Say whether an exchange document is that of several calendars."""
    return "all_of" in document


def parts_of(document: Mapping[str, Any], at: datetime | None = None) -> tuple[Part, ...]:
    """Return the parts of a combined calendar in their order, each calendar once; `at`: now unless given."""
    found: list[Part] = []
    moment = at or clock.now()
    for part in document.get("all_of", ()):
        said, taken = canonical_json(part), {each.key for each in found}
        key = next((key for key in _saying(said) if key not in taken), None)
        is_in_force = key is not None and calendar_in_force(key, moment).document == said
        found.append(Part(key, part, is_in_force))
    return tuple(found)


def _saying(document: str) -> list[str]:
    """Return the calendars of which a version says this, by name."""
    return [
        key for key in single_calendars() if any(version.document == document for version in versions_of(key))
    ]


def single_calendars() -> dict[str, str]:
    """Return the name by key of the calendars that may be combined: those that combine none themselves."""
    now = clock.now()
    names = {row.key: row.name for row in calendars()}
    return {
        key: name
        for key, name in names.items()
        if not is_combined(json.loads(calendar_in_force(key, now).document))
    }


def calendars_with(key: str) -> tuple[CalendarVersionRow, ...]:
    """Return the newest version of each calendar that combines this one, by name."""
    own = [hours_of(version.id) for version in versions_of(key)]
    newest = [
        max(versions_of(row.key), key=lambda each: each.number) for row in calendars() if row.key != key
    ]
    return tuple(version for version in newest if hours_of(version.id).has_part(own))


@command
def publish_with_combined(
    actor: Acting, /, key: str, *, combined: Mapping[str, int], effective_from: datetime | None, **said: Any
) -> int:
    """Publish a version of a calendar, and from the same moment on of those that combine it; return its id.

    combined: by key the version of each that was known when this was decided. The other arguments are those
    of `publish_calendar`. What these calendars are to say later on is published again with the new part.
    """
    old = [hours_of(version.id) for version in versions_of(key)]
    version_id = publish_calendar(actor, key, effective_from=effective_from, **said)
    begins = effective_from or clock.now()
    for other, expected in combined.items():
        changed = _with_part(other, begins, old, hours_of(version_id))
        for place, (version, hours) in enumerate(changed):
            _publish_again(actor, version, hours, max(version.effective_from, begins), expected + place)
    return version_id


def _with_part(
    key: str, at: datetime, old: Collection[OpeningHours], new: OpeningHours
) -> list[tuple[CalendarVersionRow, OpeningHours]]:
    """Return what a calendar is to say from a moment on, wherever it has that part."""
    in_force = calendar_in_force(key, at)
    planned = [each for each in versions_of(key) if each.effective_from > at and each.id != in_force.id]
    said = [(each, hours_of(each.id).with_part(old, new)) for each in (in_force, *planned)]
    return [(version, hours) for version, hours in said if hours is not hours_of(version.id)]


def _publish_again(
    actor: Acting, version: CalendarVersionRow, hours: OpeningHours, begins: datetime, expected: int
) -> None:
    try:
        publish_calendar(
            actor,
            version.key,
            name=version.name,
            document=hours.to_exchange(),
            effective_from=begins,
            expected_version=expected,
        )
    except Refused as refused:
        words = _("%(name)s: %(reason)s", name=version.name, reason=refused.message)
        raise Refused(refused.code, str(words)) from None
