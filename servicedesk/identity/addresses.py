"""What may be an e-mail address. Pure."""

import re

_ADDRESS = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f.]+")
LONGEST = 254


def is_address(text: str) -> bool:
    """Say whether `text` looks like an e-mail address."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None
