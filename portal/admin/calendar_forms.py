"""What is filled in about a calendar: hours as people write them, and the dates that differ."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.admin.editing import EditForm
from portal.admin.person_forms import chosen
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import Limit, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_LIST = 40_000
LISTS = ("holidays", "holidays_without", "closed", "open")
_SPAN = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*[-–]\s*([0-9]{1,2}:[0-9]{2})")
_DATE, _YEARLY = re.compile(r"\d{4}-\d{2}-\d{2}"), re.compile(r"\d{2}-\d{2}")
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})\s*(?:-|–|to|\.\.)\s*(\d{4}-\d{2}-\d{2})")


def _hours(label: object) -> Text:
    about = {"label": label, "attrs": {"dir": "ltr", "autocomplete": "off"}}
    return Text(load_default="", validate=Limit(200), metadata=about)


def _lines(label: object, help_text: object) -> Text:
    about = {"label": label, "type": "textarea", "help": help_text, "attrs": {"dir": "ltr", "rows": 3}}
    return Text(load_default="", validate=Limit(LONGEST_LIST), metadata=about)


class CalendarForm(EditForm):
    """A calendar. Hours of a day: 09:00-13:00 14:00-18:00; an end not after the start is on the next day."""

    name = Text(required=True, validate=Limit(120, least=1), metadata={"label": _l("Name")})
    zone = Text(required=True, metadata={"label": _l("Time zone"), "type": "select"})
    mon, tue, wed, thu = (
        _hours(_l("Monday")),
        _hours(_l("Tuesday")),
        _hours(_l("Wednesday")),
        _hours(_l("Thursday")),
    )
    fri, sat, sun = _hours(_l("Friday")), _hours(_l("Saturday")), _hours(_l("Sunday"))
    country = Text(
        load_default="",
        validate=Limit(8),
        metadata={
            "label": _l("Public holidays of"),
            "help": _l("A country such as KZ, or a part of one such as DE-BY. Empty: none."),
            "attrs": {"dir": "ltr"},
        },
    )
    holidays_without = _lines(_l("Of these, working days"), _l("Dates such as 2026-12-16, one in each line."))
    holidays = _lines(
        _l("Own holidays"),
        _l("One in each line: 2026-12-31, each year 12-31, or 2026-12-24 - 2026-12-31."),
    )
    closed = _lines(_l("Closed for some hours"), _l("One in each line: 2026-12-31 14:00-18:00"))
    open = _lines(
        _l("Open at other hours"),
        _l("One in each line: 2026-12-26 10:00-14:00. They stand in place of that day's hours."),
    )
    combined = chosen(
        _l("Also in calendars that combine it"),
        _l("Those that are ticked take the new hours over from the same moment on."),
    )
    effective_from = Text(
        load_default="",
        metadata={
            "label": _l("Counts from"),
            "type": "datetime-local",
            "help": _l("In the time zone of the calendar. Empty: from now on."),
        },
    )


def values_of(document: Mapping[str, Any], of_country: Sequence[date]) -> dict[str, Any]:
    """Return the values of the form for a document; `of_country`: the holidays that a country brought."""
    brought = {day.isoformat() for day in of_country}
    own = [day for day in document.get("holidays", ()) if day not in brought]
    ranges = [f"{first} - {last}" for first, last in document.get("holiday_ranges", ())]
    week = document.get("week", {})
    return {
        "zone": document["tz"],
        **{day: " ".join(f"{start}-{end}" for start, end in week.get(day, ())) for day in DAYS},
        "holidays": "\n".join([*own, *document.get("holidays_yearly", ()), *ranges]),
        "closed": _dated_lines(document.get("closed", ())),
        "open": _dated_lines(document.get("open", ())),
    }


def _dated_lines(entries: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(f"{each['date']} {each['from']}-{each['to']}" for each in entries)


def document_in(data: Mapping[str, Any]) -> dict[str, object]:
    """Return the exchange form that a valid form says; raises Invalid for a line that cannot be read."""
    week = {day: _spans(data[day], day) for day in DAYS}
    document: dict[str, object] = {
        "tz": data["zone"],
        "week": {day: hours for day, hours in week.items() if hours},
    }
    document |= _holidays(data["holidays"])
    document |= {name: _dated(data[name], name) for name in ("closed", "open")}
    return {name: value for name, value in document.items() if value or name == "week"}


def _spans(text: str, field: str) -> list[list[str]]:
    if _SPAN.sub("", text).strip(" ,;"):
        raise Invalid("calendar.hours", _("Write hours such as 09:00-13:00 14:00-18:00."), field=field)
    return [[start.zfill(5), end.zfill(5)] for start, end in _SPAN.findall(text)]


def _holidays(text: str) -> dict[str, object]:
    found: dict[str, list[object]] = {"holidays": [], "holidays_yearly": [], "holiday_ranges": []}
    for line in _lines_of(text):
        if _DATE.fullmatch(line):
            found["holidays"].append(line)
        elif _YEARLY.fullmatch(line):
            found["holidays_yearly"].append(line)
        elif match := _RANGE.fullmatch(line):
            found["holiday_ranges"].append([match[1], match[2]])
        else:
            raise _unreadable(line, "holidays")
    return dict(found)


def _dated(text: str, field: str) -> list[dict[str, str]]:
    found = []
    for line in _lines_of(text):
        day, _space, hours = line.partition(" ")
        spans = _SPAN.findall(hours)
        if not _DATE.fullmatch(day) or not spans or _SPAN.sub("", hours).strip(" ,;"):
            raise _unreadable(line, field)
        found += [{"date": day, "from": start.zfill(5), "to": end.zfill(5)} for start, end in spans]
    return found


def dates_in(text: str, field: str) -> list[date]:
    """Return the dates of a list of lines."""
    found = []
    for line in _lines_of(text):
        try:
            found.append(date.fromisoformat(line))
        except ValueError:
            raise _unreadable(line, field) from None
    return found


def moment_in(text: str, zone: str, field: str) -> datetime | None:
    """Return the moment that a field of date and time says in a zone; None for an empty one."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except (ValueError, KeyError, OSError):
        raise Invalid("moment.unreadable", _("Write a date and a time."), field=field) from None


def _lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _unreadable(line: str, field: str) -> Invalid:
    return Invalid("calendar.line", _("This line cannot be read: %(line)s", line=line[:60]), field=field)
