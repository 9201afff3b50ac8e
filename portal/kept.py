"""Pieces of pages, kept as they were written for as long as nothing that shows in them has changed.

A page that is looked at again mostly says the same again. Its view names everything the page depends on as
the key of a shelf; on the shelf lie the written pieces, and a template writes one only where it is missing:

    {% call page.shelf.piece('thread') %}...{% endcall %}

The key must hold all that any piece shows (what, to whom, in which language and zone, on which day): then a
kept piece can be neither an old one nor somebody else's.
"""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from servicedesk.identity.actor import Actor
from servicedesk.kernel import i18n
from servicedesk.kernel.state import revision

# Pages of 25,000 characters make some 6 MB a process; a text beyond the longest is written each time.
SHELVES_KEPT = 256
LONGEST_KEPT = 200_000

_HAS_TOKEN = 'name="csrf_token"'


@dataclass(frozen=True, slots=True)
class Piece:
    """A written piece, cut where values stood that differ each time; between two `parts` stands `holes[i]`.

    rests_on: what it depends on beyond the key of its shelf. holes: 0 is the forgery token of whoever
    reads, 1 and up are the values given as `fresh`.
    """

    rests_on: Hashable
    parts: tuple[str, ...]
    holes: tuple[int, ...]

    def with_values(self, fresh: tuple[str, ...]) -> Markup:
        """Return the piece with the values of this request where others stood."""
        if not self.holes:
            return Markup(self.parts[0])  # noqa: S704  (written by a template, which escaped it)
        values = (generate_csrf() if 0 in self.holes else "", *fresh)
        written = [self.parts[0]]
        for hole, part in zip(self.holes, self.parts[1:], strict=True):
            written += (values[hole], part)
        return Markup("".join(written))  # noqa: S704


class Shelf:
    """The pieces of one page as it stands, by name."""

    def __init__(self) -> None:
        self._pieces: dict[str, Piece] = {}

    def piece(
        self, name: str, rests_on: Hashable = None, fresh: tuple[str, ...] = (), *, caller: Callable[[], str]
    ) -> Markup:
        """Return the piece `name`; `caller` writes it where it is missing or rested on something else.

        fresh: values in it that differ each time, such as a form's own key. The forgery token is one by
        itself: a piece holds none, and everybody gets their own.
        """
        found = self._pieces.get(name)
        if found is not None and found.rests_on == rests_on:
            return found.with_values(fresh)
        text = caller()
        if len(text) <= LONGEST_KEPT:
            self._pieces[name] = _cut(text, rests_on, fresh)
        return Markup(text)  # noqa: S704  (`caller` is a block of a template)


def as_read_by(viewer: Actor, now: datetime) -> Hashable:
    """Return what the words of a page depend on besides what it is about.

    Who reads and what they may do, their language and zone, the day there ("today 09:14"), and the
    configuration, which names teams, categories and agreements.
    """
    zone = i18n.reader().zone
    return (
        (viewer.kind, viewer.id, viewer.name, viewer.group_ids, viewer.branch_id, viewer.organisation_id),
        frozenset(viewer.grants.items()),
        (i18n.current_language(), zone, now.astimezone(ZoneInfo(zone)).date()),
        (request.script_root, revision()),
    )


@lru_cache(maxsize=SHELVES_KEPT)
def shelf_of(_key: Hashable) -> Shelf:
    """Return the shelf of everything that `_key` names, an empty one where there is none."""
    return Shelf()


def _cut(text: str, rests_on: Hashable, fresh: tuple[str, ...]) -> Piece:
    values = {value: hole for hole, value in enumerate(fresh, start=1)}
    if _HAS_TOKEN in text:
        values[generate_csrf()] = 0
    if not values:
        return Piece(rests_on, (str(text),), ())
    cut = re.split(f"({'|'.join(map(re.escape, values))})", text)
    return Piece(rests_on, tuple(cut[::2]), tuple(values[value] for value in cut[1::2]))
