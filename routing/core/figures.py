"""How good predictions are, and what two plain ways of predicting would have reached."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from routing.core.tokens import words

BINS = 15
KEYWORDS = 15


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered on one text. label: None where nothing was proposed."""

    label: str | None
    probability: float
    confident: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """accuracy and macro_f1: of the first candidate on all rows. precision, coverage: where confident.

    calibration_error: mean distance between stated and kept probability, in 15 bins of equal width.
    """

    rows: int
    accuracy: float
    macro_f1: float
    precision: float | None
    coverage: float
    calibration_error: float


def figures_of(answers: Sequence[Answer], right: Sequence[str]) -> Figures:
    """Return the figures of the answers to rows whose right labels are `right`."""
    is_right = [answer.label == label for answer, label in zip(answers, right, strict=True)]
    routed = [hit for answer, hit in zip(answers, is_right, strict=True) if answer.confident]
    return Figures(
        rows=len(right),
        accuracy=sum(is_right) / len(right),
        macro_f1=macro_f1([answer.label or "" for answer in answers], right),
        precision=sum(routed) / len(routed) if routed else None,
        coverage=len(routed) / len(right),
        calibration_error=calibration_error([answer.probability for answer in answers], is_right),
    )


def macro_f1(said: Sequence[str], right: Sequence[str]) -> float:
    """Return the mean over the right labels of the harmonic mean of precision and recall."""
    hits = Counter(label for label, other in zip(said, right, strict=True) if label == other)
    times_said, times_right = Counter(said), Counter(right)
    scores = [2 * hits[label] / (times_said[label] + times_right[label]) for label in times_right]
    return sum(scores) / len(scores)


def calibration_error(stated: Sequence[float], is_right: Sequence[bool]) -> float:
    """Return the expected calibration error (Naeini, Cooper, Hauskrecht 2015)."""
    probability, kept = np.asarray(stated), np.asarray(is_right, dtype=np.float64)
    place = np.minimum((probability * BINS).astype(np.intp), BINS - 1)
    gaps = np.abs(np.bincount(place, kept - probability, minlength=BINS))
    return float(gaps.sum() / len(kept))


def majority_label(right: Sequence[str]) -> str:
    """Return the most frequent label; of equals the first in the alphabet."""
    counts = Counter(right)
    return min(counts, key=lambda label: (-counts[label], label))


class KeywordRules:
    """What a person with a word list would do: fifteen telling words per label, most hits win."""

    def __init__(self, texts: Sequence[str], right: Sequence[str]) -> None:
        self._otherwise = majority_label(right)
        self._labels_of = _telling_words(texts, right)

    def label_of(self, text: str) -> str:
        """Return the label most of whose words stand in the text, else the most frequent label."""
        hits = Counter(label for word in set(words(text)) for label in self._labels_of.get(word, ()))
        return min(hits, key=lambda label: (-hits[label], label)) if hits else self._otherwise


def _telling_words(texts: Sequence[str], right: Sequence[str]) -> Mapping[str, list[str]]:
    """Return the words whose share of texts differs most between a label and the rest, with the labels."""
    with_word: dict[str, Counter[str]] = defaultdict(Counter)
    for text, label in zip(texts, right, strict=True):
        with_word[label].update(set(words(text)))
    everywhere = sum(with_word.values(), Counter())
    rows_of, rows = Counter(right), len(right)
    chosen = defaultdict(list)
    for label, counts in with_word.items():
        here, elsewhere = rows_of[label], rows - rows_of[label]

        def odds(word: str, counts: Counter[str] = counts, here: int = here, other: int = elsewhere) -> float:
            beyond = everywhere[word] - counts[word]
            share = counts[word] / here
            return share * math.log((share + 1e-4) / ((beyond + 1) / (other + 1)))

        for word in sorted(counts, key=lambda word: (-odds(word), word))[:KEYWORDS]:
            chosen[word].append(label)
    return chosen
