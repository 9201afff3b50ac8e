"""What a trained model says about a text, in numpy alone.

The same arithmetic as scikit-learn's: tf-idf with 1 + log(count), each kind of n-gram brought to
length 1, a linear score per label, softmax of the tempered scores.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from routing.core.explain import readable_reasons
from routing.core.model import Features, Floats, Keys, TrainedModel
from routing.core.proposal import Candidate, Proposal
from routing.core.tokens import grams_of_words, grams_within, key_of, words
from servicedesk.kernel.distinct import distinct_with_places

CANDIDATES = 3
# A model may only act on a text it can mostly read: one in another language shares letters, not words.
LEAST_KNOWN_SHARE = 0.5
LEAST_KNOWN_WORDS = 3  # "hello" and "thank you" are near to something, too


@dataclass(frozen=True, slots=True)
class _Found:
    """The n-grams of a text in a model. is_known: (n_grams,); the rest: of those known, in their order."""

    is_known: NDArray[np.bool_]
    values: Floats
    weights: Floats

    def scores(self) -> Floats:
        return self.values @ self.weights

    def added(self, label: int) -> Floats:
        """Return (n_grams,): what each added to this label beyond what it added to labels on average."""
        everywhere = np.zeros(len(self.is_known))
        everywhere[self.is_known] = self.values * (self.weights[:, label] - self.weights.mean(axis=1))
        return everywhere


@dataclass(frozen=True, slots=True)
class _Read:
    """A text as one model reads it.

    distinct: its words. grams: words and pairs. owners, places, shares: for each character n-gram of each
    distinct word: whose it is, which one of the text's it is, and which part of that one's occurrences.
    """

    distinct: list[str]
    grams: list[str]
    in_words: _Found
    in_chars: _Found
    owners: NDArray[np.intp]
    places: NDArray[np.intp]
    shares: Floats

    @property
    def is_empty(self) -> bool:
        return not (self.in_words.is_known.any() or self.in_chars.is_known.any())

    def known_words(self) -> int:
        """Return how many distinct words the model knows; they are the first of the grams."""
        return int(self.in_words.is_known[: len(self.distinct)].sum())

    def probabilities(self, model: TrainedModel) -> Floats:
        scores = model.bias + self.in_words.scores() + self.in_chars.scores()
        return softmax(model.card.inverse_temperature * scores)

    def added_by_words(self, label: int) -> dict[str, float]:
        """Return what each word and pair added."""
        return dict(zip(self.grams, self.in_words.added(label).tolist(), strict=True))

    def added_within(self, label: int) -> dict[str, float]:
        """Return what the character n-grams of each word added, equal ones shared among their words."""
        parts = self.in_chars.added(label)[self.places] * self.shares
        sums = np.bincount(self.owners, parts, minlength=len(self.distinct))
        return dict(zip(self.distinct, sums.tolist(), strict=True))


def propose(model: TrainedModel, text: str) -> Proposal:
    """Return the model's candidates for the text; none if the text holds nothing the model knows."""
    read = _read(model, text)
    if read.is_empty:
        return Proposal()
    shares = read.probabilities(model)
    best = np.argsort(-shares, kind="stable")[:CANDIDATES].tolist()
    candidates = tuple(Candidate(model.card.labels[label], float(shares[label])) for label in best)
    threshold = model.card.threshold
    is_sure = threshold is not None and candidates[0].probability >= threshold
    known = read.known_words()
    is_readable = known >= LEAST_KNOWN_SHARE * len(read.distinct)
    reasons = readable_reasons(text, read.added_by_words(best[0]), read.added_within(best[0]))
    return Proposal(candidates, is_sure and is_readable and known >= LEAST_KNOWN_WORDS, reasons, is_readable)


def probabilities(model: TrainedModel, text: str) -> Floats:
    """Return the calibrated probability of each label, (n_labels,), in the order of the card."""
    return _read(model, text).probabilities(model)


def softmax(scores: Floats) -> Floats:
    """Return probabilities along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _read(model: TrainedModel, text: str) -> _Read:
    found = words(text)
    times_of = Counter(found)
    distinct = list(times_of)
    counts = Counter(grams_of_words(found))  # the distinct words come first, in the same order
    keys = np.fromiter(map(key_of, counts), dtype=np.uint64, count=len(counts))
    of_words = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
    cut = [_keys_within(word) for word in distinct]
    owners = np.repeat(np.arange(len(distinct)), [len(grams) for grams in cut])
    times = np.fromiter(times_of.values(), dtype=np.float64, count=len(distinct))[owners]
    all_keys = np.concatenate(cut) if cut else np.empty(0, dtype=np.uint64)
    char_keys, places = distinct_with_places(all_keys)
    of_chars: Floats = np.bincount(places, times, minlength=len(char_keys)).astype(np.float64)
    return _Read(
        distinct=distinct,
        grams=list(counts),
        in_words=_look_up(model.words, keys, of_words),
        in_chars=_look_up(model.chars, char_keys, of_chars),
        owners=owners,
        places=places,
        shares=times / of_chars[places],
    )


@lru_cache(maxsize=4_000)  # some 2 MB; while somebody types, nearly all words are those of a moment ago
def _keys_within(word: str) -> Keys:
    grams = grams_within(word)
    return np.fromiter(map(key_of, grams), dtype=np.uint64, count=len(grams))


def _look_up(features: Features, keys: Keys, times: Floats) -> _Found:
    """Return the n-grams found in the model, with their tf-idf brought to length 1."""
    places = np.minimum(np.searchsorted(features.keys, keys), len(features.keys) - 1)
    is_known: NDArray[np.bool_] = features.keys[places] == keys
    rows = places[is_known]
    values = (1.0 + np.log(times[is_known])) * features.idf[rows]
    length = float(np.sqrt(values @ values)) or 1.0
    return _Found(is_known, values / length, features.weights[rows].astype(np.float64))
