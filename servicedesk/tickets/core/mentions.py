"""Names in a text after an @: who is meant, and where. Pure.

A name counts where the @ does not stand inside a word (an address of mail has one there) and the name ends
with a word of the text. The longest name wins; a first name is enough where only one of the people has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SIGN = "@"


@dataclass(frozen=True, slots=True)
class Mention:
    """`text[start:end]` names these people; several where they share the name."""

    start: int
    end: int
    person_ids: frozenset[int]


def mentions_in(text: str, names: Mapping[int, str]) -> Iterator[Mention]:
    """Yield the mentions of people in `text`, in order. names: by id, of those who may be meant."""
    if SIGN not in text:
        return
    called = _callable(names)
    at = text.find(SIGN)
    while at >= 0:
        found = _named_at(text, at, called)
        if found is not None:
            yield found
        at = text.find(SIGN, found.end if found else at + 1)


def may_call(text: str) -> bool:
    """Say whether some @ of the text may name somebody; one inside an address of mail does not."""
    return (
        any(char == SIGN and _may_begin(text, at) for at, char in enumerate(text)) if SIGN in text else False
    )


def _may_begin(text: str, at: int) -> bool:
    return at == 0 or not (text[at - 1].isalnum() or text[at - 1] in "._-+@")


def _callable(names: Mapping[int, str]) -> list[tuple[str, frozenset[int]]]:
    """Return what people are called by, the longest first, and who that is."""
    whole: dict[str, set[int]] = {}
    first: dict[str, set[int]] = {}
    for person_id, name in names.items():
        words = name.split()
        if words:
            whole.setdefault(" ".join(words).casefold(), set()).add(person_id)
            first.setdefault(words[0].casefold(), set()).add(person_id)
    only = {name: ids for name, ids in first.items() if len(ids) == 1 and name not in whole}
    called = [(name, frozenset(ids)) for name, ids in (whole | only).items()]
    return sorted(called, key=lambda each: (-len(each[0]), each[0]))


def _named_at(text: str, at: int, called: list[tuple[str, frozenset[int]]]) -> Mention | None:
    if not _may_begin(text, at):
        return None
    for name, person_ids in called:
        end = at + 1 + len(name)
        # A letter that folds to two makes the slice too short to be equal: such a name is then not found.
        if text[at + 1 : end].casefold() == name and not text[end : end + 1].isalnum():
            return Mention(at, end, person_ids)
    return None
