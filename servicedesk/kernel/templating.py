"""Templates that share one map of globals: neither a name nor a macro is looked for in two."""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class Templates(Environment):
    """Flask's environment for templates that bring no globals of their own.

    Jinja lays an empty map over the environment's globals for each template, so that one template may have
    others. A page imports macros thirty times, and each time both maps are compared name by name in Python.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the environment's own globals, or those with `d` laid over where a template has any."""
        return super().make_globals(d) if d else self.globals
