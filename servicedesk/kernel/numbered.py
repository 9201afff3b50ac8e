"""Words that are stored as numbers, so that the database compares and sorts numbers and can use an index."""

from collections.abc import Mapping

from sqlalchemy import Dialect, Integer
from sqlalchemy.types import TypeDecorator

NO_NUMBER = -1


class Numbered(TypeDecorator[str]):
    """How to read a column of numbers as words: `Numbered({0: "now", 1: "in_time"})`."""

    impl = Integer
    cache_ok = True

    def __init__(self, words: Mapping[int, str]) -> None:
        super().__init__()
        self.words = tuple(words.items())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:
        """Return the number of a word; one that nobody stores for a word that is not there."""
        if value is None:
            return None
        return next((number for number, word in self.words if word == value), NO_NUMBER)

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:
        """Return the word of a number."""
        return None if value is None else dict(self.words)[value]
