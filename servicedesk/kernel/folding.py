"""Folding: the one form in which texts are compared and searched. Pure.

Stored columns that are compared hold folded text, because the databases disagree about case: SQLite's
lower() knows only ASCII, and PostgreSQL's depends on the locale of the cluster.
"""

import unicodedata

# Canonical combining classes of signs that readers leave out: Hebrew points, Arabic vowels, accents above
# and below, overlays. Class 0 and viramas, nuktas and kana voicing marks stay: they make other letters.
_OPTIONAL_MARKS = frozenset([1, *range(10, 37), *range(200, 241)])
_ROUNDS = 4


def fold_text(text: str) -> str:
    """Return `text` without what a reader does not tell apart: case, width, accents, vowel points.

    NFKC, case folding, optional marks and invisible format characters stripped (Unicode 5.18.4, "identifier
    caseless matching", widened by marks). Folding twice changes nothing. ё becomes е and й becomes и.
    """
    if text.isascii():
        return text.lower()
    for _ in range(
        _ROUNDS
    ):  # casefold can undo a normal form and the reverse; two rounds settle all known text
        folded = _fold_once(text)
        if folded == text:
            break
        text = folded
    return text


def _fold_once(text: str) -> str:
    kept = [
        character
        for character in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        if unicodedata.combining(character) not in _OPTIONAL_MARKS and unicodedata.category(character) != "Cf"
    ]
    return unicodedata.normalize("NFKC", "".join(kept))
