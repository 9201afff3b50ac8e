"""Letters: what the desk writes to somebody, by kind; composed when it is sent, never kept.

A job holds the kind and the numbers of what it is about, so that no text of a person and no secret link lies
in the table of jobs, and each attempt writes the same letter from the facts as they stand.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale

from servicedesk.kernel import i18n
from servicedesk.kernel.jobs import later
from servicedesk.kernel.this_desk import the_settings

Fact = str | int | bool | None
SEND = "mail.send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter in its recipient's language; every text is translated and plain.

    link: where its button leads, with the words on it in `link_words`. why: why it came, the last line.
    """

    to: str
    language: str
    subject: str
    paragraphs: tuple[str, ...]
    why: str
    link: str = ""
    link_words: str = ""


# Returns the letter, or None where it is no longer due. Runs once for each attempt.
Composer = Callable[..., Letter | None]

composers: dict[str, Composer] = {}


def letter(kind: str) -> Callable[[Composer], Composer]:
    """Register the decorated function, which gets the facts given to `post`, as the writer of a kind."""

    def register(compose: Composer) -> Composer:
        composers[kind] = compose
        return compose

    return register


def post(kind: str, key: str, *, run_at: datetime | None = None, urgent: bool = False, **facts: Fact) -> None:
    """Send a letter with the present save; a second one with the same key is never sent."""
    mail_key = f"{kind}:{key}"
    later(
        SEND,
        run_at=run_at,
        unique_key=f"mail:{mail_key}",
        priority=0 if urgent else 5,
        letter=kind,
        mail_key=mail_key,
        **facts,
    )


@contextmanager
def speaking(language: str) -> Iterator[str]:
    """Let texts inside the block speak `language`, the desk's where it is not offered; yields which it is."""
    spoken = language if language in i18n.languages() else the_settings().language
    with force_locale(i18n.locale_of(spoken)):
        yield spoken
