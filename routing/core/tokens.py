"""How a text becomes features: the same for training, for inference and for the cold start.

Words are runs of letters, digits and combining marks of any script. A script written without
blanks gives long words; their character n-grams carry the meaning then.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from servicedesk.kernel.folding import fold_text

VERSION = 1  # kept with each model: a model only reads texts cut the way it was trained

TEXT_LIMIT = 10_000  # characters looked at; a pasted log says nothing more after that
WORD_LIMIT = 40  # characters; longer runs (addresses, keys) are cut into pieces
CHAR_SIZES = range(2, 6)

# Marks are not \w to `re`, yet Hebrew points, Arabic vowels and Indic vowel signs stand inside words.
_MARKS = re.escape("".join(chr(c) for c in range(0x300, 0x10000) if unicodedata.category(chr(c))[0] == "M"))
_UNSEEN = "\u00ad\u200c\u200d\u2060"  # soft hyphen and joiners
_QUOTE_WITHIN = r"(?<=[^\W\d_])['\"’׳״](?=[^\W\d_])"  # don't, ארה״ב, комп'ютер
_WRITTEN = re.compile(rf"(?:[^\W_]|[{_MARKS}{_UNSEEN}]|{_QUOTE_WITHIN})+")
_FOLDED = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
_LEFT_OUT = re.compile(r"['\"’׳״\u0640]")  # also tatweel, which stretches an Arabic word


def words(text: str) -> list[str]:
    """Return the words of the text, folded, in order; quotation marks within a word are dropped."""
    return [word for written in _WRITTEN.findall(text[:TEXT_LIMIT]) for word in _folded(written)]


def as_written(text: str) -> dict[str, str]:
    """Return the words of the text by how they stand there first, for showing them to people."""
    found: dict[str, str] = {}
    for written in _WRITTEN.findall(text[:TEXT_LIMIT]):
        folded = _folded(written)
        if len(folded) == 1:
            found.setdefault(folded[0], written)
    return found


def word_grams(text: str) -> list[str]:
    """Return the words and each pair of neighbours; the analyzer of the word features."""
    return grams_of_words(words(text))


def char_grams(text: str) -> list[str]:
    """Return the character 2- to 5-grams of each word; the analyzer of the character features."""
    return [gram for word in words(text) for gram in _grams_within(word)]


def grams_of_words(found: list[str]) -> list[str]:
    """Return `found` followed by its neighbouring pairs, joined by a blank."""
    return found + [f"{first} {second}" for first, second in pairwise(found)]


def grams_within(word: str) -> tuple[str, ...]:
    """Return the character n-grams of one word; a blank marks its beginning and its end."""
    bordered = f" {word} "
    length = len(bordered)
    return tuple(bordered[start : start + size] for size in CHAR_SIZES for start in range(length - size + 1))


# Training cuts a history's words again and again; some 6 MB hold the words that make nine tenths of it.
_grams_within = lru_cache(maxsize=4_000)(grams_within)


def key_of(gram: str) -> int:
    """Return 64 bits that stand for the n-gram in a model file, which so holds nobody's words."""
    return int.from_bytes(blake2b(gram.encode(), digest_size=8).digest(), "little")


def _folded(written: str) -> tuple[str, ...]:
    return _fold_short(written) if len(written) <= WORD_LIMIT else _fold(written)


def _fold(written: str) -> tuple[str, ...]:
    """Return the words that a written word is: mostly one, "½" is two, an endless one is cut."""
    found = _FOLDED.findall(_LEFT_OUT.sub("", fold_text(written)))
    return tuple(
        word[start : start + WORD_LIMIT] for word in found for start in range(0, len(word), WORD_LIMIT)
    )


_fold_short = lru_cache(maxsize=10_000)(_fold)
