"""What is filled in to try something on the past: targets of rules or hours of the week, and a period."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import request

from portal.admin.agreement_forms import TARGET_NAMES, target_text, targets_in
from portal.admin.rule_steps import MOST_RULES
from portal.page import Link
from portal.reports.time_machine_calendars import (
    calendar_document,
    calendar_fields,
    calendar_groups,
    calendar_values,
    changed_parts,
    combined_in,
    part_links,
    require_calendar,
)
from portal.words import seeded_name
from servicedesk.calendars.combining import is_combined
from servicedesk.calendars.queries import versions_of
from servicedesk.kernel import clock
from servicedesk.kernel.db import canonical_json
from servicedesk.kernel.errors import Invalid, NotFound
from servicedesk.kernel.forms import Form, FormSchema, Limit, Text, empty_form, load_form
from servicedesk.kernel.i18n import desk_zone
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.core.periods import DAY, day_of, midnight
from sla.agreements import versions, written_document

USUAL_DAYS = 91
LARGEST_DOCUMENT = 400_000


class TryForm(FormSchema):
    """A replay that is asked for; `document` is what it begins from, and the fields of its kind change it."""

    name = Text(required=True, validate=Limit(120, least=1), metadata={"label": _l("Name of the replay")})
    since = Text(required=True, metadata={"label": _l("From"), "type": "date"})
    until = Text(
        required=True,
        metadata={"label": _l("Until"), "type": "date", "help": _l("This day is replayed too.")},
    )
    document = Text(load_default="", validate=Limit(LARGEST_DOCUMENT))


@dataclass(frozen=True, slots=True)
class Draft:
    """What is tried: an agreement or a calendar (`what`) by its key, under the name that people know.

    before: the agreement before which it would be tried, empty where it stays in its place or is the last.
    combined: the calendars that combine it and are ticked at first; None for all.
    """

    what: str
    key: str
    name: str
    document: Mapping[str, Any]
    before: str = ""
    combined: tuple[str, ...] | None = None

    def proposal(self, document: Mapping[str, Any], combined: Sequence[str] = ()) -> dict[str, Any]:
        """Return the proposal with `document` in place of the draft's own."""
        said: dict[str, Any] = {"key": self.key, "name": self.name, "document": document}
        if self.what == "agreement":
            return {self.what: said | {"before": self.before or None}}
        return {self.what: said | ({"combined": list(combined)} if combined else {})}


def draft_of(what: str, key: str) -> Draft:
    """Return the newest version of an agreement or a calendar, to be changed."""
    if what == "calendar":
        published = versions_of(key)
        if not published:
            raise NotFound("calendar.not_found", _("There is no such calendar."))
        newest = max(published, key=lambda version: version.number)
        return Draft(what, key, newest.name, json.loads(newest.document))
    found = [version for version in versions() if version.key == key]
    if not found:
        raise NotFound("agreement.not_found", _("There is no such agreement."))
    latest = max(found, key=lambda version: version.number)
    return Draft(what, key, latest.name, written_document(latest.id))


def sent_draft() -> Draft:
    """Return the draft that a sent form carries."""
    values = request.form
    try:
        document = json.loads(values.get("document", ""))
    except (ValueError, RecursionError):
        document = None
    what = values.get("what", "")
    if not isinstance(document, dict) or what not in {"agreement", "calendar"}:
        raise NotFound("replay.no_draft", _("There is nothing to try here. Begin anew."))
    if what == "calendar":
        require_calendar(document)
    before = values.get("before", "")
    return Draft(what, values.get("key", "")[:64], values.get("of", "")[:120], document, before[:64])


def form_for(draft: Draft) -> Form:
    """Return the form as it is first shown."""
    today = day_of(clock.now(), desk_zone())
    usual = {
        "name": str(_("%(name)s on the past", name=seeded_name(draft.name))),
        "since": (today - timedelta(days=USUAL_DAYS)).isoformat(),
        "until": (today - DAY).isoformat(),
        "document": canonical_json(draft.document),
    }
    values: dict[str, Any] = {**usual, **_values(draft)}
    return empty_form(_schema(draft), **values)


def sent_form(draft: Draft) -> Form:
    """Return the form that was sent."""
    carried = {"what", "key", "of", "before"}
    sent = request.form.copy()
    for name in carried:
        sent.poplist(name)
    return load_form(_schema(draft), sent)


def document_of(draft: Draft, form: Form) -> dict[str, Any]:
    """Return the draft's document with what was typed; raises Invalid."""
    if draft.what == "calendar":
        return calendar_document(draft.document, form)
    rules = [
        {**rule, "targets": targets_in(form.data, number)}
        for number, rule in enumerate(_rules(draft), start=1)
    ]
    return {**draft.document, "rules": [*rules, *_every_rule(draft)[len(rules) :]]}


def combined_of(draft: Draft, form: Form) -> list[str]:
    """Return the calendars that combine the draft's and are tried with it."""
    return combined_in(draft.key, form) if draft.what == "calendar" else []


def parts_in(draft: Draft) -> list[Link]:
    """Return where the parts of a combined calendar are tried."""
    return part_links(draft.document) if draft.what == "calendar" else []


def changed_in(draft: Draft) -> str:
    """Return the parts of a combined calendar that say something else by now, in words."""
    return changed_parts(draft.document) if draft.what == "calendar" else ""


def period_in(form: Form) -> tuple[datetime, datetime]:
    """Return the period of a valid form, by days of the desk's zone; today ends now."""
    zone = desk_zone()
    since, until = _day(form, "since"), _day(form, "until")
    end = min(midnight(until + DAY, zone), clock.now().astimezone(UTC))
    return midnight(since, zone), end


def _day(form: Form, name: str) -> date:
    try:
        return min(max(date.fromisoformat(form.data[name]), date(1990, 1, 1)), date(2190, 1, 1))
    except ValueError:
        raise Invalid("moment.unreadable", _("Write a date."), field=name) from None


def rows_of(draft: Draft, form: Form) -> tuple[list[dict[str, Any]], list[tuple[str, list[dict[str, Any]]]]]:
    """Return arguments of the `field` macro: for the period, and in groups with a heading for the draft."""
    first = [form.row(name) for name in ("name", "since", "until")]
    if draft.what == "calendar":
        return first, calendar_groups(draft.key, draft.document, form)
    groups = [
        (seeded_name(str(rule.get("name", number))), [form.row(f"r{number}_{kind}") for kind in TARGET_NAMES])
        for number, rule in enumerate(_rules(draft), start=1)
    ]
    return first, groups


def _rules(draft: Draft) -> list[dict[str, Any]]:
    """Return the rules that the form has room for."""
    return _every_rule(draft)[:MOST_RULES]


def _every_rule(draft: Draft) -> list[dict[str, Any]]:
    rules = draft.document.get("rules") if draft.what == "agreement" else None
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def _values(draft: Draft) -> dict[str, Any]:
    if draft.what == "calendar":
        return calendar_values(draft.key, draft.document, draft.combined)
    found = {}
    for number, rule in enumerate(_rules(draft), start=1):
        targets = rule.get("targets")
        for kind in TARGET_NAMES:
            seconds = targets.get(kind) if isinstance(targets, dict) else None
            found[f"r{number}_{kind}"] = target_text(seconds if isinstance(seconds, int) else None)
    return found


def _schema(draft: Draft) -> type[TryForm]:
    if draft.what == "calendar":
        return _calendar_schema(is_of_several=is_combined(draft.document))
    return _agreement_schema(len(_rules(draft)))


@lru_cache(2)
def _calendar_schema(*, is_of_several: bool) -> type[TryForm]:
    return type("TryFormOfHours", (TryForm,), calendar_fields(is_of_several=is_of_several))


@lru_cache(64)
def _agreement_schema(rules: int) -> type[TryForm]:
    made: dict[str, Any] = {}
    for number in range(1, rules + 1):
        for kind, label in TARGET_NAMES.items():
            about = {"label": label, "attrs": {"dir": "ltr", "placeholder": "4:00"}}
            made[f"r{number}_{kind}"] = Text(load_default="", validate=Limit(12), metadata=about)
    return type("TryFormWithFields", (TryForm,), made)
