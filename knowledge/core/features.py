"""How a text becomes what is searched for: folded words, and the character n-grams inside each. Pure.

Words carry meaning where they are written alike. N-grams find misspelt words, and the same word under other
endings and prefixes (Kazakh, Georgian, Russian, Hebrew), without a dictionary of any language.
"""

import re
import unicodedata
from functools import lru_cache

from servicedesk.kernel.folding import fold_text

TEXT_LIMIT = 20_000  # characters of an article that are read
WORD_LIMIT = 40
GRAM_SIZES = (3, 4)

# Marks are not \w to `re`, yet Hebrew points, Arabic vowels and Indic vowel signs stand inside words.
_MARKS = re.escape("".join(chr(c) for c in range(0x300, 0x10000) if unicodedata.category(chr(c))[0] == "M"))
_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}]|(?<=[^\W\d_])['\"’׳״](?=[^\W\d_]))+")
_LEFT_OUT = str.maketrans("", "", "'\"’׳״\u0640")
# "Wi-Fi" and "wifi", "e-mail" and "email": two short parts are also read as one word.
_JOINED = re.compile(r"(?<![\w-])(\w{1,5})-(\w{1,5})(?![\w-])")


def words(text: str) -> list[str]:
    """Return the words of the text, folded, in order."""
    folded = fold_text(text[:TEXT_LIMIT])
    joined = [first + second for first, second in _JOINED.findall(folded)]
    found = [word.translate(_LEFT_OUT)[:WORD_LIMIT] for word in _WORD.findall(folded)]
    return [word for word in found if word] + joined


@lru_cache(maxsize=20_000)
def grams(word: str) -> tuple[str, ...]:
    """Return the distinct n-grams of a word; a blank marks where it begins and ends."""
    bordered = f" {word} "
    found = {
        bordered[start : start + size] for size in GRAM_SIZES for start in range(len(bordered) - size + 1)
    }
    return tuple(sorted(found))
