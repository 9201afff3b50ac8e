"""Finding, or making, the groups, categories and people that imported rows name."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from servicedesk.identity.actor import Actor
from servicedesk.identity.addresses import is_address
from servicedesk.identity.commands import NewPerson, create_people
from servicedesk.identity.directory import groups, triage_group
from servicedesk.identity.grouping import create_group
from servicedesk.identity.queries import folded_email
from servicedesk.kernel.command import command
from servicedesk.kernel.db import insert_missing
from servicedesk.kernel.folding import fold_text
from servicedesk.kernel.state import configuration_changed
from servicedesk.tickets.catalogue import categories
from servicedesk.tickets.importing.rows import ImportRow
from servicedesk.tickets.models import TicketCategory

# Addresses under .invalid can never be reached (RFC 2606).
DOMAIN = "import.invalid"


@dataclass(frozen=True)
class References:
    """Ids by the folded names that rows use; `groups_of` maps a category's id to its default group."""

    groups: Mapping[str, int]
    categories: Mapping[str, int]
    people: Mapping[str, int]
    groups_of: Mapping[int, int]
    triage_id: int


def known_names() -> tuple[dict[str, int], dict[str, int]]:
    """Return (groups, categories): ids by folded name and key."""
    by_group = {
        fold_text(name): row.id for row in groups().values() for name in _names_of(row.key, row.names)
    }
    by_group |= {fold_text(row.name): row.id for row in groups().values()}
    found = {
        fold_text(name): row.id for row in categories().values() for name in _names_of(row.key, row.names)
    }
    found |= {fold_text(row.name): row.id for row in categories().values()}
    return by_group, found


def _names_of(key: str, names: Mapping[str, str]) -> Iterable[str]:
    return (key, *names.values())


def unknown_names(rows: Collection[ImportRow]) -> tuple[list[str], list[str]]:
    """Return the (groups, categories) that `rows` name and the desk does not have."""
    by_group, by_category = known_names()
    wanted_groups = {row.group for row in rows if row.group and fold_text(row.group) not in by_group}
    wanted = {row.category for row in rows if row.category and fold_text(row.category) not in by_category}
    return sorted(wanted_groups), sorted(wanted)


@command
def make_references(actor: Actor, group_names: Collection[str], category_names: Collection[str]) -> None:
    """Make the groups and categories that are missing.

    A new category gets a group of its own, so that what is routed to it also reaches somebody; the lead
    of triage leads new groups until somebody else takes over.
    """
    lead_id = triage_group().lead_id
    by_group, _by_category = known_names()
    for name in sorted({*group_names, *category_names}, key=fold_text):
        if fold_text(name) not in by_group:
            create_group(actor, key=key_of(name, "group"), name=name[:120], lead_id=lead_id)
    configuration_changed()
    by_group, _by_category = known_names()
    rows = [_category(name, by_group[fold_text(name)]) for name in category_names]
    insert_missing(TicketCategory, rows, ["key"])
    configuration_changed()


def _category(name: str, group_id: int) -> dict[str, object]:
    return {
        "key": key_of(name, "imported"),
        "parent_id": None,
        "name": name[:120],
        "names": "{}",
        "default_group_id": group_id,
        "is_active": True,
        "row_version": 1,
    }


def key_of(name: str, kind: str) -> str:
    """Return a short key for a name in any script: readable where it is Latin, else by its digest."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold_text(name)).strip("-")[:40]
    digest = hashlib.sha256(fold_text(name).encode()).hexdigest()[:8]
    return f"{kind}-{plain}-{digest}" if plain else f"{kind}-{digest}"


@command
def references(actor: Actor, rows: Collection[ImportRow], *, source: str) -> References:
    """Return the ids that `rows` need, making the people who are not known yet; they cannot sign in."""
    wanted: dict[str, NewPerson] = {}
    for row in rows:
        for person in people_of(row, source):
            wanted.setdefault(person.email, person)
    by_group, by_category = known_names()
    return References(
        groups=by_group,
        categories=by_category,
        people=create_people(actor, list(wanted.values())),
        groups_of={row.id: row.default_group_id for row in categories().values() if row.default_group_id},
        triage_id=triage_group().id,
    )


def people_of(row: ImportRow, source: str) -> list[NewPerson]:
    """Return the people a row names: its requester, and its assignee if any."""
    people = [
        NewPerson(
            name=_name(row.requester) or f"{source} requester",
            email=requester_email(row, source),
            is_imported=True,
        )
    ]
    if row.assignee:
        people.append(
            NewPerson(
                name=_name(row.assignee) or "?", email=assignee_email(row, source), roles=(), is_imported=True
            )
        )
    return people


def requester_email(row: ImportRow, source: str) -> str:
    """Return the address that stands for the row's requester."""
    if row.requester_email:
        return folded_email(row.requester_email)
    return _made_up(row.requester or "requester", source)


def assignee_email(row: ImportRow, source: str) -> str:
    """Return the address that stands for the row's assignee."""
    return _made_up(row.assignee or "", source)


def _made_up(name: str, source: str) -> str:
    """Return an address for somebody of whom only the name is known; a source's name may hold blanks."""
    kind = source if is_address(f"{source}@{DOMAIN}") else key_of(source, "source")
    return folded_email(f"{key_of(name, kind)}@{DOMAIN}".casefold())


def _name(written: str | None) -> str:
    """Return a name without the invisible marks (of direction, for one) that other desks leave in it."""
    seen = (character for character in written or "" if character.isprintable() or character.isspace())
    return " ".join("".join(seen).split())[:120].strip()
