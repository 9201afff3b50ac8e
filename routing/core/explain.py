"""From contributions of n-grams back to the words a person wrote."""

from collections.abc import Mapping, Sequence
from itertools import chain

from routing.core.empty_words import says_nothing
from routing.core.proposal import Reason
from routing.core.tokens import as_written

SHOWN = 5


def readable_reasons(
    text: str, of_words: Mapping[str, float], within: Mapping[str, float], *, shown: int = SHOWN
) -> tuple[Reason, ...]:
    """Return the words and pairs of words that spoke for the answer, as written, strongest first.

    of_words: what each word and each pair of the text added. within: what each word's character
    n-grams added. What only holds a sentence together is no reason: "the printer" speaks as "printer".
    """
    weights: dict[str, float] = {}
    for said, added in chain(of_words.items(), within.items()):
        full = _without_empty_words(said)
        weights[full] = weights.get(full, 0.0) + added
    speaking = {said: weight for said, weight in weights.items() if weight > 0 and _says_something(said)}
    total = sum(speaking.values())
    ranked = sorted(speaking, key=lambda said: (-speaking[said], said))
    spelling = as_written(text)
    return tuple(
        Reason(" ".join(spelling.get(word, word) for word in said.split(" ")), speaking[said] / total)
        for said in _without_echoes(ranked)[:shown]
    )


def _without_empty_words(said: str) -> str:
    return " ".join(word for word in said.split(" ") if not says_nothing(word))


def _says_something(said: str) -> bool:
    """Say whether the words can stand alone as a reason; numbers and a single Latin letter cannot."""
    return any(map(str.isalpha, said)) and (len(said) > 1 or not said.isascii())


def _without_echoes(ranked: Sequence[str]) -> list[str]:
    """Return `ranked` without words that stand in a stronger pair, and pairs of words already given."""
    kept: list[str] = []
    told: set[str] = set()
    for said in ranked:
        parts = set(said.split(" "))
        if not parts <= told:
            kept.append(said)
            told |= parts
    return kept
