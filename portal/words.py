"""The desk's codes in the reader's words: priorities, channels, initials, moments, lists of names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.lists import format_list
from babel.localedata import locale_identifiers
from flask import current_app

from servicedesk.identity.directory import GroupRow, groups
from servicedesk.kernel import i18n
from servicedesk.kernel.db import instant_text
from servicedesk.kernel.display import moment_in_words
from servicedesk.kernel.i18n import current_locale
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.settings import Settings
from servicedesk.tickets.core.numbers import number_text

# U+2068 and U+2069: what stands between keeps its own direction inside a sentence of the other one.
_ISOLATE, _END = "\u2068", "\u2069"
_NUMBER_BEFORE_UNIT = re.compile(r"(\d) ")
_MARKS = {"ltr": "\u200e", "rtl": "\u200f"}
IMPACTS = ((1, _l("the whole organisation")), (2, _l("a team")), (3, _l("one person")))
URGENCIES = ((1, _l("work has stopped")), (2, _l("work is hindered")), (3, _l("can wait")))
PRIORITY_STATES = {1: "late", 2: "risk", 3: "", 4: ""}
_PRIORITIES = {1: _l("P1 critical"), 2: _l("P2 high"), 3: _l("P3 normal"), 4: _l("P4 low")}
_LEVELS = tuple(f"P{level}" for level in _PRIORITIES)
_IMPACTS, _URGENCIES = dict(IMPACTS), dict(URGENCIES)
_TIERS = {"standard": _l("Standard"), "gold": _l("Gold"), "vital": _l("Vital")}
_KINDS = {"service_request": _l("Service request"), "incident": _l("Incident")}
_CHANNELS = {
    "portal": _l("web portal"),
    "phone": _l("phone"),
    "api": _l("another system"),
    "mail": _l("mail"),
    "link": _l("private link"),
    "form": _l("form without signing in"),
    "import": _l("imported history"),
}
# How somebody found a solution, as they are asked and as their answers are counted.
SCORE_NAMES = {5: _l("Very good"), 4: _l("Good"), 3: _l("So-so"), 2: _l("Bad"), 1: _l("Very bad")}
# What a new desk begins with and keeps under one English name: calendars, agreements, roles.
_SEEDED = {
    "Desk hours": _l("Desk hours"),
    "Around the clock": _l("Around the clock"),
    "Gold": _l("Gold"),
    "Standard": _l("Standard"),
    "Customer": _l("Customer"),
    "Organisation viewer": _l("Organisation viewer"),
    "Agent": _l("Agent"),
    "Group agent": _l("Group agent"),
    "Lead": _l("Lead"),
    "Manager": _l("Manager"),
    "Administrator": _l("Administrator"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as pages write it: for machines, in few words, and in full."""

    iso: str
    words: str
    title: str


def moment(at: datetime) -> Moment:
    """Return `at` as pages write it, in the reader's zone."""
    return Moment(instant_text(at), *moment_in_words(at))


def isolated(text: str) -> str:
    """Return a name so that it keeps its own direction inside a sentence."""
    return f"{_ISOLATE}{text}{_END}"


def in_pairs(duration: str) -> str:
    """Return a duration that breaks in a narrow column between its parts only: "4 h" and "33 m"."""
    return _NUMBER_BEFORE_UNIT.sub("\\1\u00a0", duration)


def words_of_page(text: str) -> str:
    """Return a text that runs in the page's direction, also where it begins with a name in another script.

    An element of automatic direction looks at the first letter, an isolated one too.
    """
    return f"{_MARKS[i18n.direction(i18n.current_language())]}{text}"


def listed(texts: Sequence[str]) -> str:
    """Return "a, b and c" in the reader's language."""
    return format_list(list(texts), locale=current_locale()) if texts else ""


def ticket_ref(ticket_id: int) -> str:
    """Return the ticket's number as people know it, for example SD-12."""
    settings: Settings = current_app.config["SETTINGS"]
    return number_text(ticket_id, settings.ticket_prefix)


def initials(name: str | None) -> str:
    """Return up to two first letters of a name; empty for nobody."""
    words = [word for word in (name or "").split() if word[0].isalnum()]
    chosen = words[:1] + words[1:][-1:]
    return "".join(word[0].title() for word in chosen)  # no upper(): Georgian letters have no capital here


def first_name(name: str) -> str:
    """Return what somebody is called in short: the first word of the name."""
    return name.split(maxsplit=1)[0] if name.split() else name


def priority_name(level: int) -> str:
    """Return "P1 critical" and so on."""
    return str(_PRIORITIES[level])


def impact_name(level: int) -> str:
    """Return whom it concerns."""
    return str(_IMPACTS[level])


def urgency_name(level: int) -> str:
    """Return how pressing it is."""
    return str(_URGENCIES[level])


def priority_reason(code: str) -> str:
    """Return what decided a priority, from its reason code; an unknown code is shown as it is."""
    if code.startswith(("impact_", "urgency_")) and code[-1:] in "123":
        name = impact_name if code.startswith("impact_") else urgency_name
        return name(int(code[-1]))
    if code.startswith("tier_"):
        return str(_("lifted for a customer of tier %(tier)s", tier=tier_name(code.removeprefix("tier_"))))
    names = {
        "override": _("set by a person"),
        "deadline": _("the customer's deadline lies before our promise"),
    }
    return str(names.get(code, code))


def tier_name(tier: str) -> str:
    """Return a customer tier by name."""
    return str(_TIERS.get(tier, tier.capitalize()))


def seeded_name(name: str) -> str:
    """Return the name of a calendar, agreement, its rule or a role: the desk's own in the reader's words.

    A name that somebody wrote is told as they wrote it. A rule is named after its agreement: "Gold P1".
    """
    first, space, rest = name.partition(" ")
    if name not in _SEEDED and rest in _LEVELS:
        return f"{_SEEDED.get(first, first)}{space}{rest}"
    return str(_SEEDED.get(name, name))


def channel_name(channel: str) -> str:
    """Return by which way something came."""
    return str(_CHANNELS.get(channel, channel))


def kind_name(kind: str) -> str:
    """Return what sort of ticket it is."""
    return str(_KINDS.get(kind, kind))


def team_name(group_id: int | None) -> str:
    """Return a team by its name in the reader's language; empty for an unknown one."""
    group = groups().get(group_id) if group_id is not None else None
    return group_name(group) if group else ""


def group_name(group: GroupRow) -> str:
    """Return the team's name in the reader's language."""
    return i18n.localised(group.names, group.name)


def language_name(code: str) -> str:
    """Return a language by its name in the reader's language; an unknown code as it is."""
    locale = current_locale()
    known = locale.languages.get(code) if locale is not None and code in locale_identifiers() else None
    return str(known or code)
