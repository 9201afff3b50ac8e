"""The catalogue as frozen rows: categories, items with their texts and forms; cached by revision."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.kernel.state import cached_by_revision
from servicedesk.tickets.core.questions import Question, questions_from
from servicedesk.tickets.models import CatalogueItem, StatusRow, TicketCategory


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category; `names` maps language to name."""

    id: int
    key: str
    parent_id: int | None
    name: str
    names: Mapping[str, str]
    default_group_id: int | None
    is_active: bool = True
    row_version: int = 1

    def name_in(self, language: str) -> str:
        """Return the name in `language`, or the plain one."""
        return self.names.get(language, self.name)


@dataclass(frozen=True, slots=True)
class ItemText:
    """What an item is called in one language, and phrases that people use for it."""

    name: str
    description: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A catalogue item with its form."""

    id: int
    key: str
    category_id: int
    kind: str
    name: str
    texts: Mapping[str, ItemText]
    every_question: tuple[Question, ...]
    default_group_id: int | None
    default_impact: int
    default_urgency: int
    position: int = 0
    is_active: bool = True
    row_version: int = 1

    @property
    def questions(self) -> tuple[Question, ...]:
        """Return what its form asks now; `every_question` also has what it asked once."""
        return tuple(question for question in self.every_question if not question.is_retired)

    def text_in(self, language: str) -> ItemText:
        """Return the item's text in `language`, else in English, else its plain name."""
        return self.texts.get(language) or self.texts.get("en") or ItemText(self.name, "", ())


@cached_by_revision
def categories() -> Mapping[int, CategoryRow]:
    """Return the active categories by id: what may be chosen."""
    return MappingProxyType({key: row for key, row in every_category().items() if row.is_active})


@cached_by_revision
def every_category() -> Mapping[int, CategoryRow]:
    """Return the categories by id, retired ones too: what requests may have been filed under."""
    rows = session().scalars(select(TicketCategory).order_by(TicketCategory.id))
    return MappingProxyType(
        {
            row.id: CategoryRow(
                id=row.id,
                key=row.key,
                parent_id=row.parent_id,
                name=row.name,
                names=MappingProxyType(json.loads(row.names)),
                default_group_id=row.default_group_id,
                is_active=row.is_active,
                row_version=row.row_version,
            )
            for row in rows
        }
    )


@cached_by_revision
def items() -> Mapping[int, ItemRow]:
    """Return the active catalogue items by id, in their order: what may be asked for."""
    return MappingProxyType({key: row for key, row in every_item().items() if row.is_active})


@cached_by_revision
def every_item() -> Mapping[int, ItemRow]:
    """Return the catalogue items by id, in their order, retired ones too."""
    rows = session().scalars(select(CatalogueItem).order_by(CatalogueItem.position, CatalogueItem.id))
    return MappingProxyType({row.id: _item_row(row) for row in rows})


def _item_row(row: CatalogueItem) -> ItemRow:
    texts = {
        language: ItemText(text["name"], text.get("description", ""), tuple(text.get("examples", ())))
        for language, text in json.loads(row.texts).items()
    }
    return ItemRow(
        id=row.id,
        key=row.key,
        category_id=row.category_id,
        kind=row.kind,
        name=row.name,
        texts=MappingProxyType(texts),
        every_question=questions_from(json.loads(row.form)),
        default_group_id=row.default_group_id,
        default_impact=row.default_impact,
        default_urgency=row.default_urgency,
        position=row.position,
        is_active=row.is_active,
        row_version=row.row_version,
    )


def item_by_key(key: str) -> ItemRow | None:
    """Return the active item with this key, or None."""
    return next((item for item in items().values() if item.key == key), None)


def category_path(category_id: int | None, language: str) -> str:
    """Return the category as people read it, for example "Hardware › Laptop"; empty for none."""
    known = every_category()
    here = known.get(category_id) if category_id is not None else None
    if here is None:
        return ""
    above = known.get(here.parent_id) if here.parent_id is not None else None
    return f"{above.name_in(language)} › {here.name_in(language)}" if above else here.name_in(language)


@cached_by_revision
def status_names() -> Mapping[str, Mapping[str, str]]:
    """Return every status key with its names by language, in their order."""
    rows = session().execute(select(StatusRow.key, StatusRow.names).order_by(StatusRow.position))
    return MappingProxyType({key: MappingProxyType(json.loads(names)) for key, names in rows})


def status_name(key: str, language: str) -> str:
    """Return the name of a status in `language`, else in English, else its key."""
    names = status_names().get(key, {})
    return names.get(language) or names.get("en") or key
