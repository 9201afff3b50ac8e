"""Flask as the desk needs it: without what it does for others with every request."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from flask.globals import _cv_request

from servicedesk.kernel.templating import Templates

PATTERNS_KEPT = 1024
# A value of these signs stands in an address as it is; any other is left to werkzeug's quoting.
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]+")
_FIRST_MARK = 7_130_000_000_001

# What stands before each value and at the end, and the names of the values in between.
Pattern = tuple[tuple[str, ...], tuple[str, ...]]


class Desk(Flask):
    """The desk's application.

    A page writes thirty addresses, most of them of a shape that was written a moment ago with another number
    in it. Shapes are asked for once and kept; what they are is still said by the routes alone.
    """

    jinja_environment = Templates

    def __init__(self, *names: Any, **options: Any) -> None:
        super().__init__(*names, **options)
        self._patterns: dict[object, Pattern | None] = {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return `func`: no view or handler of the desk is a coroutine (a test looks)."""
        return func

    def url_for(self, endpoint: str, **values: Any) -> str:
        """Return the address of an endpoint, as Flask does."""
        given = {name: value for name, value in values.items() if value is not None}
        adapter = getattr(_cv_request.get(None), "url_adapter", None)
        if adapter is None or endpoint[:1] == "." or not all(map(_is_plain, given.items())):
            return super().url_for(endpoint, **values)
        pattern = self._kept_pattern((adapter.script_name, adapter.subdomain, endpoint), given)
        if pattern is None:
            return super().url_for(endpoint, **values)
        parts, names = pattern
        written = [parts[0]]
        for name, part in zip(names, parts[1:], strict=True):
            written += (str(given[name]), part)
        return "".join(written)

    def _kept_pattern(self, place: tuple[str, str, str], given: Mapping[str, object]) -> Pattern | None:
        key = (place, tuple(given), tuple(map(type, given.values())))
        try:
            return self._patterns[key]
        except KeyError:
            pattern = self._pattern(place[-1], given)
        if len(self._patterns) >= PATTERNS_KEPT:
            self._patterns.clear()
        self._patterns[key] = pattern
        return pattern

    def _pattern(self, endpoint: str, given: Mapping[str, object]) -> Pattern | None:
        """Return how an address is written whatever its values are; None where they decide on its route."""
        if any(rule.defaults for rule in self.url_map.iter_rules(endpoint)):
            return None
        marks = {name: _FIRST_MARK + place for place, name in enumerate(given)}
        marked: dict[str, Any] = {
            name: mark if type(given[name]) is int else str(mark) for name, mark in marks.items()
        }
        text = super().url_for(endpoint, **marked)
        found = [(int(mark[0]), mark.span()) for mark in re.finditer(r"71300000\d{5}", text)]
        if sorted(mark for mark, _span in found) != sorted(marks.values()):
            return None
        names = {mark: name for name, mark in marks.items()}
        edges = [0, *(edge for _mark, span in found for edge in span), len(text)]
        parts = tuple(text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2))
        return parts, tuple(names[mark] for mark, _span in found)


def _is_plain(given: tuple[str, object]) -> bool:
    name, value = given
    if name[0] == "_":
        return False
    return type(value) is int or (type(value) is str and _PLAIN.fullmatch(value) is not None)
