"""Keys made from names: what programs and links call a thing, whatever language people named it in. Pure."""

import re
from collections.abc import Container
from itertools import chain, count

from servicedesk.kernel.folding import fold_text

LONGEST = 56
_OTHER = re.compile(r"[^a-z0-9]+")


def free_key(name: str, taken: Container[str], *, otherwise: str) -> str:
    """Return a key of small letters, digits and _ that begins with a letter and is not `taken`.

    otherwise: what it is made from where the name holds no Latin letter.
    """
    word = _OTHER.sub("_", fold_text(name)).strip("_")[:LONGEST].rstrip("_") or otherwise
    if word[0].isdigit():
        word = f"{otherwise}_{word}"[:LONGEST]
    numbered = (f"{word}_{number}" for number in count(2))
    return next(each for each in chain((word,), numbered) if each not in taken)
