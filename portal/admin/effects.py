"""What a change would do, as a page shows it before anything is saved."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.words import isolated, listed, ticket_ref
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.display import number
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.touched import Touched

NAMES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a form: what is stored, and what was typed."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of an effect; `state` is one of the five of a clock, `links` lead to examples.

    more: how many there are that `links` leave out, in words.
    """

    text: str
    state: str = ""
    links: tuple[tuple[str, str], ...] = ()
    more: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """All that a page says of a change before it is saved; `picture` is for the template of its editor.

    `later` returns lines that take long to find out: it is called once the rehearsal is over, so that nobody
    waits to write meanwhile.
    """

    changes: Sequence[Change] = ()
    lines: Sequence[Line] = ()
    picture: Any = None
    later: Callable[[], Sequence[Line]] = tuple


def names_in_words(names: Iterable[str], total: int | None = None) -> str:
    """Return some names, as people wrote them, and how many more there are: "A, B and 3 more"."""
    given = list(names)
    return few([isolated(name) for name in given], len(given) if total is None else total)


def few(texts: Sequence[str], total: int) -> str:
    """Return the first of `texts` and how many more of the `total` there are."""
    shown = texts[:NAMES_SHOWN]
    more = total - len(shown)
    return listed([*shown, _("%(number)s more", number=number(more))] if more > 0 else shown)


def touched_line(text: str, touched: Touched, state: str = "due") -> Line:
    """Return a line about open requests, with links to the first of them for whoever may open them."""
    if not actor().has(Permission.QUEUE_SEE):
        return Line(text, state)
    refs = [(ticket_ref(ticket_id), subject) for ticket_id, subject in touched.first]
    links = tuple((f"{ref} {subject}", url_for("desk.ticket", ref=ref)) for ref, subject in refs)
    left = touched.count - len(links)
    return Line(text, state, links, str(_("%(number)s more", number=number(left))) if left > 0 else "")
