"""What narrows a view: team, priority, category, language and words, all kept in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from portal import words
from portal.kept import once
from servicedesk.identity.directory import groups
from servicedesk.kernel import i18n
from servicedesk.kernel.condition_parsing import TEXT_LIMIT, parse
from servicedesk.kernel.conditions import AllOf, Condition
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.state import revision
from servicedesk.tickets.catalogue import categories, category_path, items
from servicedesk.tickets.fields import PRIORITIES, condition_fields

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """The values as the address carries them; an empty one does not narrow."""

    team: str = ""
    priority: str = ""
    category: str = ""
    language: str = ""
    q: str = ""

    def given(self) -> dict[str, str]:
        """Return the filters that narrow, by name."""
        return {part.name: value for part in fields(self) if (value := getattr(self, part.name))}


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter as a select: its name, its label, its options and what is chosen."""

    name: str
    label: str
    options: Options
    value: str


def filters_from(asked: Mapping[str, str]) -> Filters:
    """Return the filters of an address; values that the desk does not know are left out."""
    offered = {choice.name: dict(choice.options) for choice in choices(Filters())}
    known = {name: asked[name] for name in offered if asked.get(name) in offered[name]}
    return Filters(**known, q=" ".join(asked.get("q", "").replace("\x00", "").split())[:TEXT_LIMIT])


def narrowed(condition: Condition, filters: Filters) -> Condition:
    """Return `condition` and what the filters ask for."""
    documents = {
        "team": {"field": "group_id", "is": int(filters.team or 0)},
        "priority": {"field": "priority", "is": filters.priority},
        "category": {"field": "category_id", "in": _with_children(filters.category)},
        "language": {"field": "language", "is": filters.language},
        "q": {"field": "subject", "contains": filters.q},
    }
    parts = [parse(documents[name], condition_fields()) for name in filters.given()]
    return AllOf((condition, *parts)) if parts else condition


def _with_children(category: str) -> list[int]:
    wanted = int(category or 0)
    return [wanted, *(row.id for row in categories().values() if row.parent_id == wanted)]


def choices(filters: Filters) -> tuple[Choice, ...]:
    """Return the selects over a list, each with "any" first."""
    return once(("choices", filters, i18n.current_language(), revision()), lambda: _choices(filters))


def _choices(filters: Filters) -> tuple[Choice, ...]:
    anything = ("", str(_("any")))
    teams = [(str(group.id), words.group_name(group)) for group in groups().values() if group.is_active]
    levels = [(level, words.priority_name(number)) for number, level in enumerate(PRIORITIES, 1)]
    return (
        Choice("team", str(_("Team:")), (anything, *teams), filters.team),
        Choice("priority", str(_("Priority:")), (anything, *levels), filters.priority),
        Choice("category", str(_("Category:")), (anything, *_category_options()), filters.category),
        Choice("language", str(_("Language:")), (anything, *_language_options()), filters.language),
    )


def _category_options() -> Options:
    language = i18n.current_language()
    paths = ((str(key), category_path(key, language)) for key in categories())
    return tuple(sorted(paths, key=lambda pair: pair[1]))


def _language_options() -> Options:
    """Return the languages that the desk's catalogue and pages speak."""
    codes = {*i18n.languages(), *(code for item in items().values() for code in item.texts)}
    names = ((code, words.language_name(code)) for code in codes)
    return tuple(sorted(names, key=lambda pair: pair[1]))
