"""Changing the catalogue: categories and items with their forms. What is retired stays, for old requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from sqlalchemy import select

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission
from servicedesk.identity.reach import require_version
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import canonical_json, session
from servicedesk.kernel.errors import Invalid, NotFound, Refused
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.keys import free_key
from servicedesk.kernel.save import publish
from servicedesk.kernel.state import configuration_changed
from servicedesk.tickets.assignment import KINDS
from servicedesk.tickets.catalogue import (
    CategoryRow,
    ItemText,
    categories,
    every_category,
    every_item,
    items,
)
from servicedesk.tickets.catalogue_events import CategorySaved, ItemSaved
from servicedesk.tickets.core.form_check import check_form
from servicedesk.tickets.core.questions import Question, form_document, revised
from servicedesk.tickets.models import CatalogueItem, TicketCategory

LEVELS = (1, 2, 3)
LONGEST_NAME = 120
Row = TypeVar("Row", TicketCategory, CatalogueItem)


@dataclass(frozen=True, kw_only=True)
class CategoryContent:
    """What an administrator says of a category; `names` maps language to name."""

    name: str
    names: Mapping[str, str]
    parent_id: int | None
    default_group_id: int | None


@dataclass(frozen=True, kw_only=True)
class ItemContent:
    """What an administrator says of an item: `texts` by language, and what its form asks, in order."""

    name: str
    texts: Mapping[str, ItemText]
    category_id: int
    kind: str
    default_group_id: int | None
    default_impact: int
    default_urgency: int
    position: int
    questions: Sequence[Question]


def create_category(actor: Actor, content: CategoryContent, *, key: str | None = None) -> int:
    """Make a category and return its id; the same idempotency `key` makes it once."""
    said = [content.name, dict(content.names), content.parent_id, content.default_group_id]

    @command
    def create(who: Actor) -> int:
        require(who, Permission.CONFIGURE)
        taken = {row.key for row in every_category().values()}
        row = TicketCategory(key=free_key(content.name, taken, otherwise="category"), row_version=0)
        _fill_category(row, content)
        remember(key, said, row.id)
        return row.id

    return once(key, said, lambda: create(actor))


@command
def change_category(
    actor: Actor, category_id: int, content: CategoryContent, *, expected_version: int | None = None
) -> None:
    """Give a category other names, another place or another group."""
    require(actor, Permission.CONFIGURE)
    configuration_changed()
    row = _locked(TicketCategory, category_id)
    require_version(row, expected_version)
    _fill_category(row, content)


def _fill_category(row: TicketCategory, content: CategoryContent) -> None:
    _check_name(content.name, "name")
    _check_parent(row.id, content.parent_id)
    _check_group(content.default_group_id)
    earlier = every_category().get(row.id)
    kept = {**(earlier.names if earlier is not None else {}), **content.names}
    names = {code: name for code, name in kept.items() if name}
    row.name, row.names = content.name, canonical_json(names)
    row.parent_id, row.default_group_id = content.parent_id, content.default_group_id
    _save_category(row, names)


def _save_category(row: TicketCategory, names: Mapping[str, str]) -> None:
    row.row_version += 1
    session().add(row)
    session().flush()
    publish(
        CategorySaved(
            stream_id=row.id,
            key=row.key,
            name=row.name,
            names=dict(names),
            parent_id=row.parent_id,
            default_group_id=row.default_group_id,
            is_active=row.is_active,
        )
    )
    configuration_changed()


def _check_parent(category_id: int | None, parent_id: int | None) -> None:
    """Two levels: a category that has others below it stands below none, and none stands below itself."""
    if parent_id is None:
        return
    parent = categories().get(parent_id)
    has_children = any(
        category_id is not None and each.parent_id == category_id for each in every_category().values()
    )
    if parent is None or parent.parent_id is not None or parent_id == category_id or has_children:
        raise Invalid(
            "category.parent",
            _("Choose a category of the first level; the tree has two."),
            field="parent_id",
        )


@command
def switch_category(
    actor: Actor, category_id: int, *, is_active: bool, expected_version: int | None = None
) -> None:
    """Retire a category, so that nothing new is filed under it, or bring it back."""
    require(actor, Permission.CONFIGURE)
    configuration_changed()
    row = _locked(TicketCategory, category_id)
    require_version(row, expected_version)
    if not is_active:
        _require_nothing_below(row)
    elif row.parent_id is not None and row.parent_id not in categories():
        raise Refused("category.parent_retired", _("Bring back the category above first."))
    row.is_active = is_active
    _save_category(row, every_category()[category_id].names)


def _require_nothing_below(row: TicketCategory) -> None:
    below: list[CategoryRow] = [each for each in categories().values() if each.parent_id == row.id]
    asked = [item.name for item in items().values() if item.category_id == row.id]
    if below or asked:
        names = ", ".join([*(each.name for each in below), *asked][:5])
        sentence = _("Move or retire what stands below it first: %(names)s.", names=names)
        raise Refused("category.in_use", sentence)


def create_item(actor: Actor, content: ItemContent, *, key: str | None = None) -> int:
    """Make an item and return its id; the same idempotency `key` makes it once."""
    said = [content.name, content.category_id, content.kind, form_document(content.questions)]

    @command
    def create(who: Actor) -> int:
        require(who, Permission.CONFIGURE)
        taken = {row.key for row in every_item().values()}
        row = CatalogueItem(key=free_key(content.name, taken, otherwise="item"), row_version=0)
        _fill_item(row, content)
        remember(key, said, row.id)
        return row.id

    return once(key, said, lambda: create(actor))


@command
def change_item(
    actor: Actor, item_id: int, content: ItemContent, *, expected_version: int | None = None
) -> None:
    """Change an item; questions and choices left out are asked no more, but old answers keep them."""
    require(actor, Permission.CONFIGURE)
    configuration_changed()
    row = _locked(CatalogueItem, item_id)
    require_version(row, expected_version)
    _fill_item(row, content)


def _fill_item(row: CatalogueItem, content: ItemContent) -> None:
    _check_item(content)
    earlier = every_item().get(row.id)
    form = revised(earlier.every_question if earlier is not None else (), content.questions)
    texts = {**(earlier.texts if earlier is not None else {}), **content.texts}
    row.name, row.category_id, row.kind = content.name, content.category_id, content.kind
    row.texts = canonical_json({code: _text(text) for code, text in texts.items() if text.name})
    row.form = canonical_json(form_document(form))
    row.default_group_id = content.default_group_id
    row.default_impact, row.default_urgency = content.default_impact, content.default_urgency
    row.position = content.position
    _save_item(row)


def _text(text: ItemText) -> dict[str, object]:
    return {"name": text.name, "description": text.description, "examples": list(text.examples)}


def _check_item(content: ItemContent) -> None:
    for text in content.texts.values():
        _check_name(text.name or "–", "name")
    _check_name(content.name, "name")
    _check_group(content.default_group_id)
    if content.category_id not in categories():
        raise Invalid("category.unknown", _("Choose a category from the list."), field="category_id")
    if content.kind not in KINDS:
        raise Invalid("item.kind", _("Choose one of the list."), field="kind")
    if content.default_impact not in LEVELS or content.default_urgency not in LEVELS:
        raise Invalid("item.level", _("Choose one of the list."), field="default_impact")
    if not 0 <= content.position <= 9999:
        raise Invalid("item.position", _("Write a number from 0 to 9999."), field="position")
    problem = check_form(content.questions)
    if problem is not None:
        raise Invalid(problem.code, _form_sentence(problem.code), field=f"q{problem.number}_{problem.part}")


def _form_sentence(code: str) -> str:
    sentences = {
        "form.label": _("Write what is asked."),
        "form.key": _("Two questions or choices have the same key."),
        "form.key_form": _("A key has small letters, digits and _ only, and begins with a letter."),
        "form.choices": _("Write two choices or more, one in each line."),
        "form.too_many": _("A form has 30 questions and a question 50 choices at most."),
        "form.kind": _("Choose one of the list."),
        "form.too_long": _("Write 200 characters at most."),
    }
    return sentences[code]


@command
def switch_item(actor: Actor, item_id: int, *, is_active: bool, expected_version: int | None = None) -> None:
    """Retire an item, so that nobody asks for it any more, or bring it back."""
    require(actor, Permission.CONFIGURE)
    configuration_changed()
    row = _locked(CatalogueItem, item_id)
    require_version(row, expected_version)
    if is_active and row.category_id not in categories():
        raise Refused("item.category_retired", _("Bring back its category first."))
    row.is_active = is_active
    _save_item(row)


def _save_item(row: CatalogueItem) -> None:
    row.row_version += 1
    session().add(row)
    session().flush()
    configuration_changed()
    item = every_item()[row.id]
    publish(
        ItemSaved(
            stream_id=row.id,
            key=row.key,
            category_id=row.category_id,
            kind=row.kind,
            name=row.name,
            texts=cast("dict[str, Json]", {code: _text(text) for code, text in item.texts.items()}),
            form=cast("list[Json]", form_document(item.every_question)),
            default_group_id=row.default_group_id,
            default_impact=row.default_impact,
            default_urgency=row.default_urgency,
            position=row.position,
            is_active=row.is_active,
        )
    )


def _check_name(name: str, field: str) -> None:
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise Invalid("name.length", _("Write a name of up to 120 characters."), field=field)


def _check_group(group_id: int | None) -> None:
    group = groups().get(group_id) if group_id is not None else None
    if group_id is not None and (group is None or not group.is_active):
        raise Invalid("group.unknown", _("Choose a team from the list."), field="default_group_id")


def _locked(table: type[Row], row_id: int) -> Row:
    session().flush()  # what this save has changed so far must be in the row that is read again
    query = select(table).where(table.id == row_id).with_for_update()
    row = session().scalar(query, execution_options={"populate_existing": True})
    if row is None:
        raise NotFound("catalogue.not_found", _("The catalogue does not have this."))
    return row
