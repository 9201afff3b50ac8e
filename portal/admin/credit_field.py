"""Service credits as a field of the agreement's form: a line for each step, "resolution 95 5"."""

import re
from collections.abc import Iterable

from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import Limit, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from sla.core.credits import CreditStep
from sla.core.events import KINDS

EXAMPLE = "resolution 95 5"
_STEP = re.compile(r"([a-z_]+)\s+(\d{1,3}(?:\.\d{1,3})?)\s+(\d{1,3}(?:\.\d{1,3})?)")


def credits_field() -> Text:
    """Return the field."""
    return Text(
        load_default="",
        validate=Limit(2000),
        metadata={
            "label": _l("Service credits"),
            "type": "textarea",
            "attrs": {"dir": "ltr", "rows": 3, "placeholder": EXAMPLE},
            "help": _l(
                "A line for each step: clock, below how many percent kept, percent of the fee that is given"
                " back. Clocks: %(clocks)s.",
                clocks=", ".join(KINDS),
            ),
        },
    )


def credits_text(steps: Iterable[CreditStep]) -> str:
    """Return steps as the field writes them."""
    return "\n".join(f"{step.clock} {step.below:g} {step.percent:g}" for step in steps)


def credits_in(text: str) -> list[dict[str, object]]:
    """Return what was written, as the agreement's document holds it; raises Invalid."""
    found: list[dict[str, object]] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _STEP.fullmatch(line)
        if match is None or match[1] not in KINDS or not _are_percents(match[2], match[3]):
            raise Invalid(
                "agreement.credits",
                _("Write a clock and two percentages on each line, such as %(example)s.", example=EXAMPLE),
                field="credits",
            )
        found.append({"clock": match[1], "below": float(match[2]), "percent": float(match[3])})
    return found


def _are_percents(*texts: str) -> bool:
    return all(0 < float(text) <= 100 for text in texts)
