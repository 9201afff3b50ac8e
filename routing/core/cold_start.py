"""What the catalogue alone says about a text, before there is any history to learn from.

Each name, description and example phrase of an item, in every language it has, is a phrase; a text is
like an item as far as it is like the two phrases of it that it is most like. Likeness is the cosine
of tf-idf, mostly of characters: in Kazakh, Georgian or Russian the same word seldom returns with the
same ending. It never says "confident": it was not measured on this desk's requests.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from routing.core.explain import readable_reasons
from routing.core.model import Floats
from routing.core.proposal import Candidate, Proposal
from routing.core.tokens import grams_of_words, grams_within, words

CANDIDATES = 3
# Shares found on five examples per label of two English sets and twenty of he, kk, ka and ru.
OF_WORDS, OF_CHARS = 0.2, 0.8
SHORTEST_GRAM = 3
OF_SECOND_PHRASE = 0.5
LEAST_LIKENESS = 0.1  # below it the few grams shared are chance


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """key: what a candidate is called by. phrases: names, descriptions and examples, any language."""

    key: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Postings:
    """Which phrases hold a gram, and its weight there; the gram of row r fills starts[r] to starts[r + 1]."""

    rows: dict[str, int]
    idf: Floats
    starts: NDArray[np.intp]
    phrases: NDArray[np.intp]
    weights: Floats


@dataclass(frozen=True, slots=True)
class CatalogueIndex:
    """keys: of the entries. owners: (n_phrases,), whose entry each phrase is."""

    keys: tuple[str, ...]
    owners: NDArray[np.intp]
    of_words: _Postings
    of_chars: _Postings


@dataclass(frozen=True, slots=True)
class _Likeness:
    """of_phrases: (n_phrases,), cosine. values: the text's grams that the phrases know, length 1."""

    of_phrases: Floats
    values: dict[str, float]


def index_catalogue(entries: Iterable[CatalogueEntry]) -> CatalogueIndex:
    """Return the entries made searchable; those without a word are never proposed."""
    listed = list(entries)
    phrases = [(number, words(phrase)) for number, entry in enumerate(listed) for phrase in entry.phrases]
    return CatalogueIndex(
        keys=tuple(entry.key for entry in listed),
        owners=np.array([number for number, _found in phrases], dtype=np.intp),
        of_words=_postings([_word_counts(found) for _number, found in phrases]),
        of_chars=_postings([_char_counts(found) for _number, found in phrases]),
    )


def propose(index: CatalogueIndex, text: str) -> Proposal:
    """Return up to three entries the text is like, never confident; none if it is like none."""
    found = words(text)
    if not found or not len(index.owners):
        return Proposal()
    of_words = _likeness(index.of_words, _word_counts(found), len(index.owners))
    of_chars = _likeness(index.of_chars, _char_counts(found), len(index.owners))
    of_phrases = OF_WORDS * of_words.of_phrases + OF_CHARS * of_chars.of_phrases
    of_entries = _of_entries(of_phrases, index)
    best: list[int] = np.argsort(-of_entries, kind="stable")[:CANDIDATES].tolist()
    candidates = [
        Candidate(index.keys[entry], float(of_entries[entry]))
        for entry in best
        if of_entries[entry] >= LEAST_LIKENESS
    ]
    if not candidates:
        return Proposal()
    phrase = int(np.argmax(np.where(index.owners == best[0], of_phrases, -1.0)))
    by_words = _contributions(index.of_words, of_words.values, phrase, share=OF_WORDS)
    by_chars = _contributions(index.of_chars, of_chars.values, phrase, share=OF_CHARS)
    return Proposal(tuple(candidates), reasons=readable_reasons(text, by_words, _within(found, by_chars)))


def _within(found: Sequence[str], by_chars: Mapping[str, float]) -> dict[str, float]:
    """Return what the character n-grams of each word added, equal ones shared among their words."""
    grams, times = _char_counts(found), Counter(found)
    return {
        word: sum(
            count * by_chars.get(gram, 0.0) / grams[gram] for gram in grams_within(word) if gram in grams
        )
        for word, count in times.items()
    }


def _word_counts(found: Sequence[str]) -> Counter[str]:
    return Counter(grams_of_words(list(found)))


def _char_counts(found: Sequence[str]) -> Counter[str]:
    grams = chain.from_iterable(grams_within(word) for word in found)
    return Counter(gram for gram in grams if len(gram) >= SHORTEST_GRAM)


def _postings(documents: Sequence[Counter[str]]) -> _Postings:
    held_by = Counter(gram for document in documents for gram in document)
    rows = {gram: row for row, gram in enumerate(held_by)}
    idf = np.log((1 + len(documents)) / (1 + np.fromiter(held_by.values(), dtype=np.float64))) + 1
    listed = [
        (rows[gram], number, weight)
        for number, document in enumerate(documents)
        for gram, weight in _weighted(document, rows, idf).items()
    ]
    listed.sort()
    row_of = np.array([row for row, _number, _weight in listed], dtype=np.intp)
    return _Postings(
        rows=rows,
        idf=idf,
        starts=np.searchsorted(row_of, np.arange(len(rows) + 1)),
        phrases=np.array([number for _row, number, _weight in listed], dtype=np.intp),
        weights=np.array([weight for _row, _number, weight in listed], dtype=np.float64),
    )


def _weighted(counts: Counter[str], rows: dict[str, int], idf: Floats) -> dict[str, float]:
    """Return the tf-idf of the grams that have a row, brought to length 1."""
    known = [gram for gram in counts if gram in rows]
    times = np.array([counts[gram] for gram in known], dtype=np.float64)
    values = (1 + np.log(times)) * idf[[rows[gram] for gram in known]]
    length = float(np.sqrt(values @ values)) or 1.0
    return dict(zip(known, (values / length).tolist(), strict=True))


def _likeness(postings: _Postings, counts: Counter[str], n_phrases: int) -> _Likeness:
    values = _weighted(counts, postings.rows, postings.idf)
    spans = [_span(postings, gram) for gram in values]
    at = np.concatenate([np.arange(span.start, span.stop) for span in spans] or [np.arange(0)])
    lengths = [span.stop - span.start for span in spans]
    products = np.repeat(np.fromiter(values.values(), dtype=np.float64), lengths) * postings.weights[at]
    of_phrases = np.bincount(postings.phrases[at], products, minlength=n_phrases).astype(np.float64)
    return _Likeness(of_phrases, values)


def _span(postings: _Postings, gram: str) -> slice:
    row = postings.rows[gram]
    return slice(int(postings.starts[row]), int(postings.starts[row + 1]))


def _of_entries(of_phrases: Floats, index: CatalogueIndex) -> Floats:
    """Return (n_entries,): the likeness of the likest phrase and half that of the next, as a share of 1."""
    order = np.argsort(-of_phrases, kind="stable")
    of_entries = np.zeros(len(index.keys))
    taken = Counter[int]()
    for phrase in order.tolist():
        owner = int(index.owners[phrase])
        taken[owner] += 1
        if taken[owner] <= 2:
            of_entries[owner] += of_phrases[phrase] * (1.0 if taken[owner] == 1 else OF_SECOND_PHRASE)
    return of_entries / (1 + OF_SECOND_PHRASE)


def _contributions(
    postings: _Postings, values: dict[str, float], phrase: int, *, share: float
) -> dict[str, float]:
    found = {}
    for gram, value in values.items():
        span = _span(postings, gram)
        place = span.start + int(np.searchsorted(postings.phrases[span], phrase))
        if place < span.stop and postings.phrases[place] == phrase:
            found[gram] = share * value * float(postings.weights[place])
    return found
