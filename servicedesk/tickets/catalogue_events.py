"""What happens to the catalogue, as the log keeps it: each event says the whole of what it is from then on.

The number of an event in its stream is the version: forms and texts of before are never lost.
"""

from dataclasses import dataclass
from typing import ClassVar

from servicedesk.kernel.events import DomainEvent, Json

CATEGORY = "category"
ITEM = "catalogue_item"
STATUS = "status"


@dataclass(frozen=True, kw_only=True)
class CategorySaved(DomainEvent):
    """A category was made, changed, retired or brought back."""

    stream_kind: ClassVar[str] = CATEGORY
    type: ClassVar[str] = "category_saved"

    key: str
    name: str
    names: dict[str, str]
    parent_id: int | None
    default_group_id: int | None
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class ItemSaved(DomainEvent):
    """An item of the catalogue was made, changed, retired or brought back; `form` is its whole form."""

    stream_kind: ClassVar[str] = ITEM
    type: ClassVar[str] = "item_saved"

    key: str
    category_id: int
    kind: str
    name: str
    texts: dict[str, Json]
    form: list[Json]
    default_group_id: int | None
    default_impact: int
    default_urgency: int
    position: int
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class StatusesNamed(DomainEvent):
    """What statuses are called and in which order they stand; `names` maps key to language to name.

    They share one stream, that of id 1.
    """

    stream_kind: ClassVar[str] = STATUS
    type: ClassVar[str] = "statuses_named"

    names: dict[str, Json]
    order: tuple[str, ...]
