"""A subject out of what somebody wrote, and one line of it that cannot turn the text around it. Pure."""

import re

# Characters that turn the direction of what follows them; a line of a list must not carry them along.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def subject_of(text: str, *, most: int) -> str:
    """Return the first line with words on it, cut between words to at most `most` characters."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    first = next((line for line in lines if line), "")
    if len(first) <= most:
        return first
    kept = first[: most - 1]
    whole_words = kept.rpartition(" ")[0]
    return f"{whole_words if len(whole_words) > most // 2 else kept}…"


def one_line(text: str) -> str:
    """Return a subject or name for one line of a page, without characters that turn the text after it."""
    return _TURNING.sub("", text)
