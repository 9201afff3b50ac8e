"""What changed between two texts, as parts to show. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_PIECE = re.compile(r"\w+|\s+|[^\w\s]")
# Comparing word by word takes time that grows with the square of the length; longer texts go line by line.
MOST_PIECES = 1500


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text; kind: same, added or removed."""

    kind: str
    text: str


def changes(before: str, after: str) -> Sequence[Part]:
    """Return the parts of both texts in order; what joins "same" and "added" is `after`, letter by letter."""
    old, new = _pieces(before), _pieces(after)
    if len(old) > MOST_PIECES or len(new) > MOST_PIECES:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    return [part for code in matcher.get_opcodes() for part in _parts(code, old, new)]


def _pieces(text: str) -> list[str]:
    return _PIECE.findall(text)


def _parts(code: tuple[str, int, int, int, int], old: list[str], new: list[str]) -> Iterator[Part]:
    kind, old_from, old_to, new_from, new_to = code
    if kind == "equal":
        yield Part("same", "".join(new[new_from:new_to]))
        return
    if old_to > old_from:
        yield Part("removed", "".join(old[old_from:old_to]))
    if new_to > new_from:
        yield Part("added", "".join(new[new_from:new_to]))
