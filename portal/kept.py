"""Pieces of pages, kept as they were written for as long as nothing that shows in them has changed.

A page that is looked at again mostly says the same again. Its view names everything the page depends on as
the key of a shelf; on the shelf lie the written pieces, each a template of its own that is filled in only
where the piece is missing. The key must hold all that any piece shows (what, to whom, in which language and
zone, on which day): then a kept piece can be neither an old one nor somebody else's.
"""

import re
import secrets
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, request
from flask import session as cookie
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from servicedesk.identity.actor import Actor, Grants
from servicedesk.kernel import i18n
from servicedesk.kernel.state import revision

# Pages of 25,000 characters make some 6 MB a process; a text beyond the longest is written each time.
SHELVES_KEPT = 256
LONGEST_KEPT = 200_000
TOKENS_KEPT = 1024

# Pairs of a sign that is written into a piece and the value that takes its place.
Fresh = tuple[tuple[str, str], ...]

_FORGERY_FIELD = 'name="csrf_token"'
# Nobody who writes a message can guess a sign, or what they wrote would be taken for one.
_SIGN = secrets.token_hex(8)


def init_app(app: Flask) -> None:
    """Give templates `kept`, and `csrf_token` without signing it each time."""
    app.jinja_env.globals.update(kept=kept, csrf_token=forgery_token)


def forgery_token() -> str:
    """Return the token that forms carry against forgery, signed once for each session.

    It holds as long as the session does (kernel/web.py), so it need not be made anew for each page.
    """
    of_session = cookie.get("csrf_token")
    return _signed(of_session, current_app.secret_key) if of_session else str(generate_csrf())


@lru_cache(maxsize=TOKENS_KEPT)
def _signed(_of_session: str, _secret: object) -> str:
    return str(generate_csrf())


@dataclass(frozen=True, slots=True)
class Piece:
    """A written piece, cut where values stand that differ each time; between two `parts` stands `holes[i]`.

    rests_on: what it depends on beyond the key of its shelf. holes: 0 is the forgery token of whoever
    reads, 1 and up are the values given as `fresh`, in their order.
    """

    rests_on: Hashable
    parts: tuple[Markup, ...]
    holes: tuple[int, ...]

    def with_values(self, fresh: Fresh) -> Markup:
        """Return the piece with the values of this request in its holes, escaped."""
        if not self.holes:
            return self.parts[0]
        values = (forgery_token() if 0 in self.holes else "", *(now for _sign, now in fresh))
        written: list[str] = [self.parts[0]]
        for hole, part in zip(self.holes, self.parts[1:], strict=True):
            written += (escape(values[hole]), part)
        return joined(written)


def joined(parts: Iterable[str]) -> Markup:
    """Return written parts as one text; what is not Markup, such as the figures of a number, is escaped."""
    # Markup's own join hands every part to Python; letters and figures have nothing in them to escape.
    safe = [part if type(part) is Markup or part.isalnum() else escape(part) for part in parts]
    return escape(_Written("".join(safe)))


class _Written:
    """Text put together out of written parts, for `escape` to take as it is."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __html__(self) -> str:
        return self._text


class Shelf:
    """The pieces of one page as it stands, by the name of their template."""

    def __init__(self) -> None:
        self._pieces: dict[str, Piece] = {}

    def piece(
        self,
        template: str,
        values: Mapping[str, object],
        *,
        rests_on: Hashable = None,
        fresh: Fresh = (),
    ) -> Markup:
        """Return `template` filled in with `values`, as it lies here; written anew where it is missing.

        rests_on: what the piece depends on beyond the key of the shelf. fresh: values in it that differ
        each time, with the sign (`sign_of`) that the template writes in their place. The forgery token is
        one by itself: a piece holds none, and everybody gets their own.
        """
        found = self._pieces.get(template)
        if found is None or found.rests_on != rests_on:
            text = escape(current_app.jinja_env.get_template(template).make_module(dict(values)))
            found = _cut(text, rests_on, fresh)
            if len(text) <= LONGEST_KEPT:
                self._pieces[template] = found
        return found.with_values(fresh)


def rights_of(viewer: Actor) -> Hashable:
    """Return who the viewer is and all that they may do."""
    known: tuple[Actor, Hashable] | None = g.get("rights")
    if known is None or known[0] is not viewer:
        known = g.rights = (viewer, _rights_of(viewer))
    return known[1]


def _rights_of(viewer: Actor) -> Hashable:
    return (
        (viewer.kind, viewer.id, viewer.name, viewer.group_ids, viewer.branch_id, viewer.organisation_id),
        _listed(viewer.grants),
    )


_GRANTS_KEPT = 64
_grants: dict[int, tuple[Grants, Hashable]] = {}


def _listed(grants: Grants) -> Hashable:
    """Return all that is granted as a key. It is the same object for the same grants: its hash is known."""
    found = _grants.get(id(grants))  # held here as well, so that its id is nobody else's
    if found is None:
        found = (grants, frozenset(grants.items()))
        if isinstance(grants, MappingProxyType):  # of roles (grants_of): nobody changes it
            if len(_grants) >= _GRANTS_KEPT:
                _grants.clear()
            _grants[id(grants)] = found
    return found[1]


def as_read_by(viewer: Actor, now: datetime) -> Hashable:
    """Return what the words of a page depend on besides what it is about.

    Who reads and what they may do, their language and zone, the day there ("today 09:14"), and the
    configuration, which names teams, categories and agreements.
    """
    zone = i18n.reader().zone
    return (
        rights_of(viewer),
        (i18n.current_language(), zone, now.astimezone(ZoneInfo(zone)).date()),
        (request.script_root, revision()),
    )


def sign_of(name: str) -> str:
    """Return what a piece holds in the place of a value that differs each time."""
    return f"{name} {_SIGN}"


def kept(template: str, *rests_on: Hashable, **values: object) -> Markup:
    """Return a piece of the shell around pages, kept by language and by what it `rests_on`."""
    key = (template, i18n.current_language(), request.script_root, rests_on)
    return _of_shell(key).piece(template, values)


T = TypeVar("T")


def once(key: Hashable, make: Callable[[], T]) -> T:
    """Return what `make` returned for this key, where that is not long ago. It must not be changed."""
    found = _value_of(key)
    if not found:
        found.append(make())
    return cast(T, found[0])


@lru_cache(maxsize=SHELVES_KEPT)
def _of_shell(_key: Hashable) -> Shelf:
    return Shelf()


@lru_cache(maxsize=SHELVES_KEPT)
def _value_of(_key: Hashable) -> list[object]:
    return []


@lru_cache(maxsize=SHELVES_KEPT)
def shelf_of(_key: Hashable) -> Shelf:
    """Return the shelf of everything that `_key` names, an empty one where there is none."""
    return Shelf()


def _cut(text: Markup, rests_on: Hashable, fresh: Fresh) -> Piece:
    signs = {sign: hole for hole, (sign, _now) in enumerate(fresh, start=1)}
    if _FORGERY_FIELD in text:
        signs[forgery_token()] = 0
    parts, holes, begin = [], [], 0
    for found in re.finditer("|".join(map(re.escape, signs)), text) if signs else ():
        parts.append(text[begin : found.start()])
        holes.append(signs[found[0]])
        begin = found.end()
    return Piece(rests_on, (*parts, text[begin:]), tuple(holes))
