"""How urgent a text says it is, by a list of phrases per language that anybody can read and extend.

There are no labels to learn urgency from; a short visible list that abstains is better than a guess.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from routing.core.tokens import as_written, words

LEVELS = (1, 2, 3)  # work stopped, hindered, can wait


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase in folded words. A last word that ends in `*` stands for all words that begin so."""

    words: tuple[str, ...]
    is_beginning: bool
    level: int

    def stands_at(self, place: int, found: Sequence[str]) -> bool:
        """Say whether the phrase begins with the word number `place`."""
        said = tuple(found[place : place + len(self.words)])
        if not self.is_beginning or len(said) < len(self.words):
            return said == self.words
        return said[:-1] == self.words[:-1] and said[-1].startswith(self.words[-1])


@dataclass(frozen=True, slots=True)
class UrgencyCues:
    """Cues by what their first word begins with, two characters; longer phrases first."""

    by_beginning: Mapping[str, tuple[Cue, ...]]


@dataclass(frozen=True, slots=True)
class UrgencyProposal:
    """level: 1 to 3, None without a cue. reasons: the words that said so."""

    level: int | None = None
    reasons: tuple[str, ...] = ()


def cues_from(document: str) -> UrgencyCues:
    """Return the cues of a JSON document: language, then level, then phrases. Raises ValueError."""
    found = defaultdict(list)
    for levels in json.loads(document).values():
        for level, phrases in levels.items():
            for phrase in phrases:
                cue = _cue(phrase, int(level))
                found[cue.words[0][:2]].append(cue)
    return UrgencyCues(
        {begin: tuple(sorted(cues, key=lambda cue: -len(cue.words))) for begin, cues in found.items()}
    )


def propose_urgency(cues: UrgencyCues, text: str) -> UrgencyProposal:
    """Return the most urgent level that the text names; "not urgent" is not "urgent"."""
    found = words(text)
    said = list(_said(cues, found))
    if not said:
        return UrgencyProposal()
    level = min(cue.level for cue, _words in said)
    spelling = as_written(text)
    reasons = [
        " ".join(spelling.get(word, word) for word in phrase) for cue, phrase in said if cue.level == level
    ]
    return UrgencyProposal(level, tuple(dict.fromkeys(reasons)))


def _cue(phrase: str, level: int) -> Cue:
    parts = tuple(words(phrase))
    if not parts or level not in LEVELS:
        raise ValueError(f"not a cue: {phrase!r} at level {level}")
    return Cue(parts, phrase.endswith("*"), level)


def _said(cues: UrgencyCues, found: Sequence[str]) -> Iterator[tuple[Cue, Sequence[str]]]:
    """Yield each cue with the words it stands on; words of a longer cue are not read again."""
    place = 0
    while place < len(found):
        known = cues.by_beginning.get(found[place][:2], ())
        cue = next((cue for cue in known if cue.stands_at(place, found)), None)
        if cue is None:
            place += 1
            continue
        yield cue, found[place : place + len(cue.words)]
        place += len(cue.words)
