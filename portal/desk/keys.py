"""The one table of keys: help dialog, handlers and the line under the list are all drawn from it."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import request, url_for

from portal.kept import once
from portal.page import Key, KeyGroup
from servicedesk.kernel import i18n
from servicedesk.kernel.i18n import lazy_gettext as _l

LIST, TICKET = "list", "ticket"
EVERYWHERE = frozenset({LIST, TICKET})


@dataclass(frozen=True, slots=True)
class Row:
    """One key: in which modes it works, what it says, and what it does.

    keys: as pressed, in English letters. does: the word that `static/js/keys.js` looks for on the page;
    goes: (endpoint, values) where it leads instead. hint: the short word for the line under the list.
    """

    keys: str
    label: str
    group: str
    modes: frozenset[str]
    does: str = ""
    goes: tuple[str, tuple[tuple[str, str], ...]] | None = None
    hint: str = ""


_MOVE, _WORK, _GO = _l("Moving"), _l("Working"), _l("Going")


def _work(keys: str, label: str, does: str, *modes: str, hint: str = "") -> Row:
    return Row(keys, label, _WORK, frozenset(modes) or EVERYWHERE, does, hint=hint)


def _move(keys: str, label: str, does: str, *modes: str, hint: str = "") -> Row:
    return Row(keys, label, _MOVE, frozenset(modes) or EVERYWHERE, does, hint=hint)


def _go(keys: str, label: str, endpoint: str, **values: str) -> Row:
    return Row(keys, label, _GO, EVERYWHERE, goes=(endpoint, tuple(values.items())))


TABLE: tuple[Row, ...] = (
    _move("j", _l("Next request in the list"), "next-row", LIST, hint=_l("down")),
    _move("k", _l("Previous request in the list"), "previous-row", LIST, hint=_l("up")),
    _move("Enter", _l("Open the request"), "open", LIST, hint=_l("open it")),
    _move("r", _l("Show what arrived meanwhile"), "refresh", LIST),
    _move("j", _l("Next request of the queue"), "next-ticket", TICKET),
    _move("k", _l("Previous request of the queue"), "previous-ticket", TICKET),
    _move("u", _l("Back to the queue"), "back", TICKET),
    _move("o", _l("Facts about the customer"), "customer", TICKET),
    _move("/", _l("Search by number or words"), "search", LIST),
    _work("n", _l("Take and open the best next request"), "next", hint=_l("take the next")),
    _work("t", _l("Take this request"), "take", hint=_l("take")),
    _work("y", _l("Accept the proposal"), "accept", hint=_l("accept")),
    _work("a", _l("Assign to a team or a person"), "assign", hint=_l("assign")),
    _work("h", _l("Hand over with a card"), "hand_over", hint=_l("hand over")),
    _work("p", _l("Impact, urgency and priority"), "priority", hint=_l("priority")),
    _work("w", _l("Let it wait"), "wait", hint=_l("wait")),
    _work("e", _l("Resolve"), "resolve", hint=_l("resolve")),
    _work("f", _l("Follow, or stop following"), "follow", TICKET),
    _work("q", _l("Say that you know of a late promise"), "acknowledge", TICKET),
    _work("m", _l("Merge into another request"), "merge"),
    _work("d", _l("Split off a new request"), "split"),
    _work("s", _l("Articles that may help"), "articles", TICKET),
    _work("r", _l("Reply to the customer"), "reply", TICKET),
    _work("i", _l("Write an internal note"), "note", TICKET),
    _work("z", _l("Undo what was just done"), "undo"),
    _work("Ctrl+Enter", _l("Send what you wrote"), "", TICKET),
    _go("c", _l("New request for somebody"), "desk.new_request"),
    _go("g q", _l("Go to all open requests"), "desk.queue", view="all"),
    _go("g r", _l("Go to what is at risk today"), "desk.queue", view="at-risk"),
    _go("g m", _l("Go to my requests"), "desk.queue", view="mine"),
    _go("g o", _l("Go to what is offered to me"), "desk.queue", view="offered"),
    _go("g a", _l("Go to mentions of me"), "desk.queue", view="mentions"),
    _go("g f", _l("Go to what I follow"), "desk.queue", view="followed"),
    _go("g u", _l("Go to unassigned requests"), "desk.queue", view="unassigned"),
    _go("g w", _l("Go to what waits for customers"), "desk.queue", view="waiting"),
    _go("g t", _l("Go to what needs triage"), "desk.queue", view="triage"),
    _move("?", _l("All keys"), "help", hint=_l("all keys")),
)


def rows_of(mode: str) -> tuple[Row, ...]:
    """Return the keys that work in `mode`."""
    return tuple(row for row in TABLE if mode in row.modes)


def key_groups(mode: str) -> tuple[KeyGroup, ...]:
    """Return the keys of `mode` under their headings, as the help dialog shows them."""
    key = ("keys", mode, i18n.current_language(), request.script_root)
    return once(key, lambda: _key_groups(mode))


def _key_groups(mode: str) -> tuple[KeyGroup, ...]:
    found: dict[str, list[Key]] = {}
    for row in rows_of(mode):
        found.setdefault(str(row.group), []).append(_key(row))
    return tuple(KeyGroup(label, tuple(keys)) for label, keys in found.items())


def _key(row: Row, address: Callable[..., str] = url_for) -> Key:
    url = address(row.goes[0], **dict(row.goes[1])) if row.goes else ""
    return Key(keys=row.keys, label=str(row.label), does=row.does, url=url)


def key_hints(mode: str) -> tuple[tuple[str, str], ...]:
    """Return (keys, word) for the line under a list."""
    key = ("key hints", mode, i18n.current_language())
    return once(key, lambda: tuple((row.keys, str(row.hint)) for row in rows_of(mode) if row.hint))
