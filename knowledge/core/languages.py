"""How the language versions of one article stand against each other. Pure.

Each revision carries a `sense`: a number that rises when what the article says changes. A language whose
newest revision has an older sense than another's is out of date; correcting words leaves the sense alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """What somebody says that an edit does."""

    MEANING = "meaning"  # the other languages have to follow
    SAME = "same"  # now it says what the newest says
    WORDS = "words"  # spelling and style only


class Standing(StrEnum):
    """How a language stands."""

    CURRENT = "current"
    OUTDATED = "outdated"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class LanguageState:
    """One language of an article: its newest and its published revision, None where there is none."""

    language: str
    newest: int
    sense: int
    published: int | None


@dataclass(frozen=True, slots=True)
class LanguageStanding:
    """A language with its standing; `is_unpublished`: its newest revision is not what readers see."""

    language: str
    standing: Standing
    newest: int | None
    published: int | None
    is_unpublished: bool


def next_sense(states: Mapping[str, LanguageState], language: str, change: Change) -> int:
    """Return the sense of the next revision in `language`."""
    newest = max((state.sense for state in states.values()), default=0)
    if not newest:
        return 1
    if change is Change.MEANING:
        return newest + 1
    known = states.get(language)
    return known.sense if change is Change.WORDS and known is not None else newest


def standings(states: Mapping[str, LanguageState], wanted: Collection[str]) -> Sequence[LanguageStanding]:
    """Return how each language stands, those of `wanted` first in their order, then the others by code."""
    newest = max((state.sense for state in states.values()), default=0)
    order = [*wanted, *sorted(set(states) - set(wanted))]
    return [_standing(states.get(language), language, newest) for language in order]


def _standing(state: LanguageState | None, language: str, newest: int) -> LanguageStanding:
    if state is None:
        return LanguageStanding(language, Standing.MISSING, None, None, is_unpublished=False)
    standing = Standing.OUTDATED if state.sense < newest else Standing.CURRENT
    unpublished = state.published != state.newest
    return LanguageStanding(language, standing, state.newest, state.published, is_unpublished=unpublished)


def best_language(available: Collection[str], asked: Sequence[str]) -> str | None:
    """Return the first of `asked` that is available, else English, else the first by code."""
    for language in (*asked, "en"):
        if language in available:
            return language
    return min(available, default=None)
