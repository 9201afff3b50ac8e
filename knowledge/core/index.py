"""The search index: fields of articles over words and character n-grams, held as plain arrays. Pure.

Each field's count is weighed and divided by its length, then the fields are added up and saturated: BM25F
(Robertson, Zaragoza: "The Probabilistic Relevance Framework", 2009, section 3.6), once over words and once
over n-grams; the two scores are added. What a query adds to each document is put together with one
`bincount`, so that a query costs the postings it touches.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from knowledge.core.features import grams, words
from servicedesk.kernel.distinct import distinct, distinct_with_places

FIELDS = ("title", "symptom", "body", "phrases")
WEIGHTS = np.array([4.0, 3.0, 1.0, 0.7])
# How much a field's length counts against it: 0 not at all, 1 in full.
LENGTH_COUNTS = np.array([0.3, 0.4, 0.9, 0.5])
K1 = 1.2
GRAM_SHARE = 0.35
# Of a long text only its rarest features are looked up: what is common everywhere decides nothing.
QUERY_LIMIT, MOST_WORDS, MOST_GRAMS = 4000, 48, 320
# How much could match is measured on so many of the rarest: greetings must not count against an answer.
MEASURED_WORDS, MEASURED_GRAMS = 10, 70

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]
Document = Mapping[str, str]  # what is searched, by field


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found: its place, its score, and how much of what could match did (0 to 1)."""

    place: int
    score: float
    share: float


@dataclass(frozen=True, slots=True)
class _Counts:
    """How often a feature stands in a field: parallel arrays, one entry a (document, field, feature)."""

    places: Whole
    fields: Whole
    features: Whole
    times: Whole


@dataclass(frozen=True, slots=True)
class _Side:
    """Postings of one kind of feature: those of feature i are at starts[i]:starts[i + 1]."""

    ids: Mapping[str, int]
    starts: Whole
    places: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    rarity: Real


class _Spoken:
    """The languages of the documents. How rare a word is, is a question of its own languages alone.

    Else "the" would be rare on a desk that writes in five languages, and a long letter would match anything.
    """

    def __init__(self, languages: Sequence[str]) -> None:
        names = {name: number for number, name in enumerate(sorted(set(languages)))}
        self.of = np.array([names[name] for name in languages], dtype=np.int64)
        self.sizes = np.bincount(self.of, minlength=len(names))

    def size_around(self, features: Whole, places: Whole, count: int) -> Whole:
        """Return, for each of `count` features, how many documents its languages have."""
        if not len(features):
            return np.zeros(count, dtype=np.int64)
        pairs = distinct(features * len(self.sizes) + self.of[places])
        sizes = self.sizes[pairs % len(self.sizes)]
        return np.bincount(pairs // len(self.sizes), weights=sizes, minlength=count).astype(np.int64)


class Index:
    """Documents that can be searched; never changed once made."""

    def __init__(self, documents: Sequence[Document], languages: Sequence[str] = ()) -> None:
        """Index `documents`; `languages` are theirs, in the same order (none: all are of one)."""
        self.size = len(documents)
        spoken = _Spoken(languages or [""] * self.size)
        self._unknown = float(np.log1p((max(spoken.sizes, default=0) + 0.5) / 0.5))
        by_word: dict[str, int] = {}
        counted = _counts(documents, by_word)
        by_gram: dict[str, int] = {}
        pieces = [[by_gram.setdefault(gram, len(by_gram)) for gram in grams(word)] for word in by_word]
        self._words = _side(counted, by_word, spoken)
        self._grams = _side(_in_pieces(counted, pieces), by_gram, spoken)

    def search(self, text: str, *, most: int = 50) -> list[Hit]:
        """Return the documents that match, best first, at most `most`; equals stand in their own order."""
        asked = sorted(set(words(text[:QUERY_LIMIT])))
        if not asked or not self.size:
            return []
        scores, possible = _scores(
            self._words,
            asked,
            most=MOST_WORDS,
            measured=MEASURED_WORDS,
            unknown=self._unknown,
            size=self.size,
        )
        pieces = sorted({gram for word in asked for gram in grams(word)})
        by_grams, possible_grams = _scores(
            self._grams,
            pieces,
            most=MOST_GRAMS,
            measured=MEASURED_GRAMS,
            unknown=self._unknown,
            size=self.size,
        )
        total = scores + GRAM_SHARE * by_grams
        ceiling = possible + GRAM_SHARE * possible_grams
        best = np.argsort(-total, kind="stable")[:most]
        return [
            Hit(int(place), float(total[place]), float(total[place] / ceiling))
            for place in best
            if total[place] > 0
        ]


def _counts(documents: Sequence[Document], ids: dict[str, int]) -> _Counts:
    """Return how often each word stands where; fills `ids` with the words' numbers."""
    rows = (
        (place, number, ids.setdefault(word, len(ids)), times)
        for place, document in enumerate(documents)
        for number, field in enumerate(FIELDS)
        for word, times in Counter(words(document.get(field, ""))).items()
    )
    # Not by a list: its tuples would take ten times what they become, and the process keeps that.
    table = np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, 4)
    return _Counts(table[:, 0], table[:, 1], table[:, 2], table[:, 3])


def _in_pieces(counted: _Counts, pieces: Sequence[Sequence[int]]) -> _Counts:
    """Return the counts of words as counts of their n-grams; `pieces` are those of each word."""
    sizes = np.array([len(found) for found in pieces], dtype=np.int64)
    flat = np.fromiter(chain.from_iterable(pieces), dtype=np.int64, count=int(sizes.sum()))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    each = sizes[counted.features]
    first = np.repeat(starts[counted.features], each)
    within = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    return _Counts(
        np.repeat(counted.places, each),
        np.repeat(counted.fields, each),
        flat[first + within],
        np.repeat(counted.times, each),
    )


def _side(counted: _Counts, ids: Mapping[str, int], spoken: _Spoken) -> _Side:
    size = len(spoken.of)
    lengths = np.zeros((max(size, 1), len(FIELDS)))
    np.add.at(lengths, (counted.places, counted.fields), counted.times)
    filled = np.maximum((lengths > 0).sum(axis=0), 1)
    usual = np.maximum(lengths.sum(axis=0) / filled, 1.0)
    divisors = 1 - LENGTH_COUNTS + LENGTH_COUNTS * lengths / usual
    weights = WEIGHTS[counted.fields] * counted.times / divisors[counted.places, counted.fields]
    keys, where = distinct_with_places(counted.features * size + counted.places)
    raw = np.bincount(where, weights=weights, minlength=len(keys))
    features, places = keys // max(size, 1), keys % max(size, 1)
    holding = np.bincount(features, minlength=len(ids))
    return _Side(
        ids,
        np.concatenate([[0], np.cumsum(holding)]),
        places.astype(np.int32),
        (raw * (K1 + 1) / (K1 + raw)).astype(np.float32),
        np.log1p((spoken.size_around(features, places, len(ids)) - holding + 0.5) / (holding + 0.5)),
    )


def _scores(
    side: _Side, asked: Sequence[str], *, most: int, measured: int, unknown: float, size: int
) -> tuple[Real, float]:
    """Return every document's score for these features, and what one with the rarest of them would have."""
    known = [side.ids[feature] for feature in asked if feature in side.ids]
    rarest = sorted([*side.rarity[known].tolist(), *[unknown] * (len(asked) - len(known))], reverse=True)
    possible = sum(rarest[:measured])
    known = sorted(known, key=lambda feature: (-side.rarity[feature], feature))[:most]
    if not known:
        return np.zeros(size), possible * (K1 + 1)
    spans = [slice(side.starts[feature], side.starts[feature + 1]) for feature in known]
    places = np.concatenate([side.places[span] for span in spans])
    weights = np.concatenate(
        [side.weights[span] * side.rarity[feature] for feature, span in zip(known, spans, strict=True)]
    )
    scores: Real = np.bincount(places, weights=weights, minlength=size).astype(np.float64)
    return scores, possible * (K1 + 1)
