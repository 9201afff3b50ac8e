"""What the pages of promises in depth are asked for: period, clock, team, priority, customer, moment."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

from portal.reports.asking import WEEKS, local_minute, moment_text, moment_within, period_from, whole
from portal.reports.panels import as_of
from portal.reports.words import KIND_NAMES, group_name, priority_name
from servicedesk.identity.directory import groups, organisations
from servicedesk.kernel import clock
from servicedesk.kernel.display import day, when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.periods import day_of, midnight
from sla.core.events import KINDS
from sla.reporting.asked import Asked, last_weeks

PRIORITIES = (1, 2, 3, 4)


def asked_for(values: Mapping[str, str] | None = None, *, usual_clock: str | None = None) -> Asked:
    """Read the address; what cannot be read, or is not offered, falls back to the usual."""
    given, zone = request.args if values is None else values, the_settings().zone
    # What is known of a second is settled when it is over.
    now = clock.now().replace(microsecond=0)
    at = moment_within(given.get("at"), zone, now)
    period = period_from(given, now=at, zone=zone, known=frozenset(groups()))
    until = midnight(period.until, zone) + timedelta(hours=12)
    kind, priority = given.get("clock", usual_clock or ""), whole(given.get("priority"))
    customer = whole(given.get("organisation"))
    return last_weeks(period.weeks, until=until, as_of=at, zone=zone).of(
        kind=kind if kind in KINDS else None,
        group_id=period.group_id,
        priority=priority if priority in PRIORITIES else None,
        organisation_id=customer if customer in organisations() else None,
        agreement_id=whole(given.get("agreement")),
    )


def address(endpoint: str, asked: Asked, **other: object) -> str:
    """Return an address that asks the same, pinned to its moment, with `other` parameters besides."""
    own: dict[str, object] = {
        "weeks": whole(request.args.get("weeks")),
        "until": _until(asked).isoformat(),
        "at": moment_text(asked.as_of),
        "clock": asked.kind or "all",
        "team": asked.group_id,
        "priority": asked.priority,
        "organisation": asked.organisation_id,
        "agreement": asked.agreement_id,
    }
    given = {name: value for name, value in {**own, **other}.items() if value is not None}
    form = given.pop("form", None)
    path = url_for(endpoint, form=str(form)) if form else url_for(endpoint)
    return f"{path}?{urlencode(given)}"


def exports_of(endpoint: str, asked: Asked, **other: object) -> tuple[tuple[str, str], ...]:
    """Return the ways to take a table away, by name."""
    return tuple((form.upper(), address(endpoint, asked, form=form, **other)) for form in ("csv", "xlsx"))


def _until(asked: Asked) -> Any:
    return day_of(asked.to_at - timedelta(seconds=1), asked.zone)


def scope_words(asked: Asked) -> str:
    """Return in a line what is looked at, and as of when."""
    words = _(
        "%(from)s to %(to)s, %(zone)s; as of %(now)s",
        **{
            "from": day(day_of(asked.from_at, asked.zone)),
            "to": day(_until(asked)),
            "zone": asked.zone,
            "now": when(asked.as_of),
        },
    )
    more = [str(KIND_NAMES.get(asked.kind, asked.kind))] if asked.kind else []
    more += [priority_name(asked.priority)] if asked.priority else []
    more += [organisations()[asked.organisation_id].name] if asked.organisation_id else []
    return " · ".join([as_of(words, group_name(asked.group_id) if asked.group_id else ""), *more])


def page_of(asked: Asked, action: str) -> dict[str, Any]:
    """Return what `reports/panels.html` wants: filters with their values, period and moment."""
    weeks = whole(request.args.get("weeks"))
    shown_weeks = weeks if weeks in WEEKS else WEEKS[1]
    customers = sorted((row.name, row.id) for row in organisations().values())
    return {
        "scope": scope_words(asked),
        "action": action,
        "filters": (
            ("clock", _("Clock"), _clocks(), asked.kind or "all"),
            ("weeks", _("Period"), [(str(n), _("%(n)s weeks", n=n)) for n in WEEKS], str(shown_weeks)),
            ("team", _("Team"), _all([(id_, group_name(id_)) for id_ in groups()]), asked.group_id or ""),
            (
                "priority",
                _("Priority"),
                _all([(level, priority_name(level)) for level in PRIORITIES]),
                asked.priority or "",
            ),
            *(
                [
                    (
                        "organisation",
                        _("Organisation"),
                        _all([(id_, name) for name, id_ in customers]),
                        asked.organisation_id or "",
                    )
                ]
                if customers
                else []
            ),
        ),
        "until": _until(asked).isoformat(),
        "today": day_of(clock.now(), asked.zone).isoformat(),
        "at": local_minute(asked.as_of, asked.zone) if request.args.get("at") else "",
        "asks_at": True,
        "at_label": _("As of"),
        "latest": local_minute(clock.now(), asked.zone),
    }


def _clocks() -> list[tuple[str, str]]:
    return [("all", _("all")), *((kind, str(KIND_NAMES.get(kind, kind))) for kind in KINDS)]


def _all(options: list[tuple[int, str]]) -> list[tuple[str, str]]:
    return [("", _("all")), *((str(value), words) for value, words in options)]
