"""What every page tells its shell: plain values that `templates/shell/` and the macros read, nothing else.

A view (or one context processor) fills a `Page`; every text in it is already translated, every number and
time already written for the reader. Templates hold no other knowledge of sessions, settings or permissions.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Link:
    """One place to go. `state` (met, due, risk, late, held) colours the count; `count` is written out."""

    label: str
    url: str
    count: str = ""
    state: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Links under one heading of the rail; the first group has none."""

    links: tuple[Link, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """A language the reader may choose: its own name, as its speakers write it."""

    code: str
    name: str
    direction: str = "ltr"
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, as the corner of the page shows them."""

    name: str
    initials: str
    email: str = ""
    user_id: str = ""


class Key(NamedTuple):
    """One key of a page: the help dialog and the handlers read the same row.

    keys: as pressed, in English letters: `j`, `Ctrl+Enter`, or `g q` for one after the other.
    does: the word in `data-does` of what it acts on (`static/js/keys.js`); empty where `url` is given.
    """

    keys: str
    label: str
    does: str = ""
    url: str = ""


class KeyGroup(NamedTuple):
    """Keys under one heading of the help dialog."""

    label: str
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """What just happened, shown until it is closed or the page is left; `undo_url` takes a POST.

    undo_seconds: how long it may be undone; 0 where no end is near.
    """

    text: str
    state: str = ""
    undo_url: str = ""
    undo_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """All that a shell shows around a page's own content.

    theme: "auto", "light" or "dark", read from the cookie `theme` so that the first paint is right.
    language_url and sign_out_url take a POST with the CSRF token; empty hides what needs them.
    """

    title: str
    locale: str = "en"
    direction: str = "ltr"
    brand: str = "Desk"
    home_url: str = "/"
    theme: str = "auto"
    is_demo: bool = False
    person: Person | None = None
    navigation: tuple[LinkGroup, ...] = ()
    languages: tuple[Language, ...] = ()
    language_url: str = ""
    sign_in_url: str = ""
    sign_out_url: str = ""
    account_url: str = ""
    quiet_url: str = ""
    keys: tuple[KeyGroup, ...] = ()
    notices: tuple[Notice, ...] = field(default=())

    @property
    def menu(self) -> tuple[object, ...]:
        """What the menu behind the person's initials shows."""
        return (
            self.person,
            self.languages,
            self.language_url,
            self.sign_out_url,
            self.account_url,
            self.quiet_url,
        )
