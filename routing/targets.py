"""Where a label sends: from the keys that models predict to categories, items and groups of the desk."""

from dataclasses import dataclass

from routing.core.model import Target
from servicedesk.identity.directory import groups
from servicedesk.tickets.catalogue import CategoryRow, categories, category_path, item_by_key, items


@dataclass(frozen=True, slots=True)
class Destination:
    """Ids of what a label stands for; group_id None leaves the request in triage."""

    category_id: int | None = None
    item_id: int | None = None
    group_id: int | None = None


def destination_of(target: Target, label: str) -> Destination | None:
    """Return where the label sends; None if the desk no longer has it."""
    match target:
        case "category":
            category = _category_by_key(label)
            return Destination(category.id, None, group_of_category(category.id)) if category else None
        case "item":
            item = item_by_key(label)
            if item is None:
                return None
            group_id = _active(item.default_group_id) or group_of_category(item.category_id)
            return Destination(item.category_id, item.id, group_id)
        case "group":
            found = next((row for row in groups().values() if row.key == label and row.is_active), None)
            return Destination(group_id=found.id) if found else None


def label_of(target: Target, *, category_id: int | None, group_id: int | None) -> str | None:
    """Return the label that a ticket with this category and group has now; an item's is its category's."""
    if target == "group":
        group = groups().get(group_id) if group_id is not None else None
        return group.key if group else None
    category = categories().get(category_id) if category_id is not None else None
    return category.key if category else None


def means(target: Target, label: str | None, now: str | None) -> bool:
    """Say whether a predicted label and the label a ticket has now are the same choice."""
    item = item_by_key(label) if target == "item" and label else None
    expected = categories()[item.category_id].key if item and item.category_id in categories() else label
    return expected == now


def group_of_category(category_id: int | None) -> int | None:
    """Return the active group that serves a category, its own or that of the category above."""
    category = categories().get(category_id) if category_id is not None else None
    if category is None:
        return None
    return _active(category.default_group_id) or group_of_category(category.parent_id)


def name_of(target: Target, label: str | None, language: str) -> str:
    """Return what people call the label; the label itself once the desk no longer has it."""
    destination = destination_of(target, label) if label else None
    if label is None or destination is None:
        return label or ""
    if target == "group":
        return group_name(destination.group_id, language)
    if destination.item_id is not None:
        return items()[destination.item_id].text_in(language).name
    return category_path(destination.category_id, language)


def group_name(group_id: int | None, language: str) -> str:
    """Return what people call a group; empty for none."""
    group = groups().get(group_id) if group_id is not None else None
    return group.names.get(language, group.name) if group else ""


def _category_by_key(key: str) -> CategoryRow | None:
    return next((row for row in categories().values() if row.key == key), None)


def _active(group_id: int | None) -> int | None:
    group = groups().get(group_id) if group_id is not None else None
    return group.id if group and group.is_active else None
