"""Service credits as a field of the agreement's form: a line for each step, "resolution 95 5".

Clocks are called what the reader calls them; the keys of an agreement's document are understood too.
"""

import re
from collections.abc import Iterable

from flask_babel import LazyString

from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.folding import fold_text
from servicedesk.kernel.forms import Limit, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from sla.core.credits import CreditStep
from sla.core.events import KINDS
from sla.step_letters import CLOCK_NAMES

_STEP = re.compile(r"(.+?)\s+(\d{1,3}(?:\.\d{1,3})?)\s+(\d{1,3}(?:\.\d{1,3})?)")


def credits_field() -> Text:
    """Return the field."""
    return Text(
        load_default="",
        validate=Limit(2000),
        metadata={
            "label": _l("Service credits"),
            "type": "textarea",
            "attrs": {"rows": 3},
            "help": LazyString(_help),
        },
    )


def _help() -> str:
    return str(
        _(
            "A line for each step: clock, below how many percent kept, percent of the fee that is given"
            " back, such as %(example)s. Clocks: %(clocks)s.",
            example=_example(),
            clocks=", ".join(str(CLOCK_NAMES[kind]) for kind in KINDS),
        )
    )


def credits_text(steps: Iterable[CreditStep]) -> str:
    """Return steps as the field writes them."""
    return "\n".join(f"{CLOCK_NAMES[step.clock]} {step.below:g} {step.percent:g}" for step in steps)


def credits_in(text: str) -> list[dict[str, object]]:
    """Return what was written, as the agreement's document holds it; raises Invalid."""
    known = {fold_text(name): kind for kind in KINDS for name in (kind, str(CLOCK_NAMES[kind]))}
    found: list[dict[str, object]] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _STEP.fullmatch(line)
        clock = known.get(fold_text(match[1])) if match else None
        if match is None or clock is None or not _are_percents(match[2], match[3]):
            raise Invalid(
                "agreement.credits",
                _("Write a clock and two percentages on each line, such as %(example)s.", example=_example()),
                field="credits",
            )
        found.append({"clock": clock, "below": float(match[2]), "percent": float(match[3])})
    return found


def _example() -> str:
    return f"{CLOCK_NAMES['resolution']} 95 5"


def _are_percents(*texts: str) -> bool:
    return all(0 < float(text) <= 100 for text in texts)
