"""Clocks in the agent's words: the fuse of a row, the clocks of a ticket with their ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app
from markupsafe import Markup, escape

from portal.words import isolated
from servicedesk.kernel import i18n
from servicedesk.kernel.display import duration, working_duration
from servicedesk.kernel.display import percent as percent_words
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from sla import fields as sla_fields
from sla.core.fuse import Fuse as Burnt
from sla.forecast.core.told import LIKELY, from_text, percent_at

KEPT = 4096
KEPT_SECONDS = 60
# Where the seconds of a countdown go: signs that no text of a page can hold.
_LEFT, _OPEN = "\x01", "\x02"

FUSE_FIELDS = (*sla_fields.FUSE_FIELDS, "sla.percents", "sla.waits_since")
_CLOCKS = {
    "first_response": _l("first response"),
    "next_response": _l("next response"),
    "update": _l("update"),
    "resolution": _l("resolution"),
    "assignment": _l("pick-up by the team"),
    "vendor": _l("supplier's part"),
}


@dataclass(frozen=True, slots=True)
class Count:
    """What lets a time go on by itself on the page; see `macros/fuse.html`, countdown.

    The seconds may be a sign in whose place they are written later.
    """

    left_seconds: int | str
    open_seconds: int | str | None
    target_seconds: int
    risk_seconds: int


@dataclass(frozen=True, slots=True)
class Fuse:
    """A clock as `macros/fuse.html` draws it."""

    words: str
    state: str
    share: int
    clock_label: str
    detail: str
    count: Count | None


def clock_name(kind: str) -> str:
    """Return a clock by name."""
    return str(_CLOCKS.get(kind, kind))


class DrawnFuse(NamedTuple):
    """A fuse as drawn at the whole second `at`, cut where the seconds of its countdown stand.

    left, opens: those seconds then, None where nothing counts. moves: whether they run down. It is the same
    until `until`, its seconds apart.
    """

    parts: tuple[Markup, ...]
    left: int | None
    opens: int | None
    moves: bool
    at: int
    until: int

    def texts(self, now: int) -> tuple[str, ...]:
        """Return the parts with the seconds of this moment between them; what is not Markup is a figure."""
        if self.left is None:
            return self.parts
        passed = now - self.at if self.moves else 0
        left = str(self.left - passed)
        if self.opens is None:
            return (self.parts[0], left, self.parts[1])
        return (self.parts[0], left, self.parts[1], str(self.opens - passed), self.parts[2])


def draw_fuse(values: Sequence[Any], status: str, *, now: datetime) -> DrawnFuse:
    """Return the fuse of a queue row from its values of FUSE_FIELDS; without parts where nothing is promised.

    status: why it waits, in words.
    """
    *of_clock, percents, waits_since = values
    burnt, at = sla_fields.fuse_of(of_clock, now), int(now.timestamp())
    if burnt is None:
        return DrawnFuse((), None, None, moves=False, at=at, until=at + KEPT_SECONDS)
    language = i18n.current_language()
    waits = burnt.shape == "held" and waits_since is not None
    shown = (
        burnt.kind,
        burnt.shape,
        _time_words(burnt.shape, _in_minutes(burnt.left_seconds), language),
        burnt.share,
        _detail(status, waits_since, now) if waits else _forecast(percents, burnt),
    )
    if not burnt.is_running:
        return DrawnFuse(
            _drawn(shown, None, language), None, None, False, at, at if waits else at + KEPT_SECONDS
        )
    opens = burnt.open_seconds
    parts = _drawn(shown, (opens is not None, burnt.target_seconds, burnt.risk_seconds), language)
    lasts = min(burnt.steady_seconds, KEPT_SECONDS)
    return DrawnFuse(parts, burnt.left_seconds, opens, moves=opens != 0, at=at, until=at + lasts)


_Shown = tuple[str, str, str, int, str]


@lru_cache(maxsize=KEPT)
def _drawn(shown: _Shown, count: tuple[bool, int, int] | None, _language: str) -> tuple[Markup, ...]:
    """Return a fuse as its macro draws it, cut where the seconds of its countdown stand.

    Anew about once a minute, for words and share change no oftener. shown: kind, shape, words, share and
    detail; count: whether the desk closes, the target and when the risk begins, in seconds.
    """
    kind, shape, words, share, detail = shown
    closes, target, risk = count or (False, 0, 0)
    counting = Count(_LEFT, _OPEN if closes else None, target, risk) if count else None
    fuse = Fuse(words, shape, share, clock_name(kind), detail, counting)
    text = escape(current_app.jinja_env.get_template("macros/fuse.html").module.fuse(fuse))  # type: ignore[attr-defined]
    return tuple(half for part in text.split(_LEFT) for half in part.split(_OPEN))


def time_words(burnt: Burnt) -> str:
    """Return "42 m left", "18 m late" or "paused", in working time."""
    return _time_words(burnt.shape, _in_minutes(burnt.left_seconds), i18n.current_language())


def _in_minutes(seconds: int) -> int:
    """Return what words tell of a length of time: whole minutes, and seconds only below one."""
    whole = abs(seconds)
    return whole if whole < 60 else whole // 60 * 60


@lru_cache(maxsize=KEPT)
def _time_words(shape: str, seconds: int, _language: str) -> str:
    if shape == "late":
        return str(_("%(time)s late", time=working_duration(seconds)))
    if shape == "held":
        return str(_("paused"))
    return str(_("%(time)s left", time=working_duration(seconds)))


def count_of(burnt: Burnt) -> Count | None:
    """Return what counts on by itself; None for a clock that rests."""
    if not burnt.is_running:
        return None
    return Count(burnt.left_seconds, burnt.open_seconds, burnt.target_seconds, burnt.risk_seconds)


def likely_words(percent: int) -> str:
    """Return "62 % likely to miss"."""
    return str(_("%(share)s likely to miss", share=percent_words(percent / 100)))


def _forecast(percents: str | None, burnt: Burnt) -> str:
    """Return what is forecast of a clock that is likelier to miss than not; of others nothing is said."""
    if percents is None or not burnt.is_running or burnt.left_seconds < 0:
        return ""
    found = percent_at(from_text(percents), burnt.share / 100)
    return likely_words(found) if found > LIKELY else ""


def _detail(status: str, waits_since: datetime, now: datetime) -> str:
    """Return for how long it has been waiting for what."""
    waited = isolated(duration((now - waits_since).total_seconds()))
    return str(_("%(waits)s, %(time)s", waits=status, time=waited))
