"""A place that a room above fills: the one way a lower room calls what it must not import. Pure."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """Holds one value, a default until somebody fills it."""

    def __init__(self, default: T) -> None:
        self.value = default

    def fill(self, value: T) -> None:
        """Put `value` in place of the default."""
        self.value = value
