"""Whose steps a rule has: those of its agreement, its own, or none; and how many rows a form has for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString

from portal.admin.person_pages import whole
from portal.admin.step_forms import MOST_STEP_ROWS, row_of, step_fields, step_options, step_values, steps_in
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import OneOf, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from sla.core.escalation import Step

BLANK = 1
MOST_RULES = 60
# A form has no more rows for steps of rules than this; rules that find no room are left as they are.
MOST_OWN_ROWS = 240
AGREEMENTS, OWN, NONE = "agreement", "own", "none"
_NONE_NAME = _l("none: nobody is warned, only being late is announced")
CHOICES = ((AGREEMENTS, _l("as the agreement")), (OWN, _l("steps of its own")), (NONE, _NONE_NAME))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows a form has: of rules, of the agreement's steps, and of each rule's own steps.

    own: by rule; 0 where the form says nothing about the steps of that rule.
    """

    rules: int
    steps: int
    own: tuple[int, ...]

    @property
    def fields(self) -> dict[str, str]:
        """Return the hidden fields by which a sent form says how many rows it has."""
        own = {f"r{rule}_step_count": str(rows) for rule, rows in self.with_steps()}
        return {"count": str(self.rules), "step_count": str(self.steps), **own}

    def with_steps(self) -> list[tuple[int, int]]:
        """Return the numbers of the rules whose steps the form says, each with how many rows it has."""
        return [(rule, rows) for rule, rows in enumerate(self.own, start=1) if rows]

    def step_rows(self) -> list[tuple[int, int]]:
        """Return each row for a step as its number and the rule whose own it is, 0 for the agreement's."""
        of_all = [(number, 0) for number in range(1, self.steps + 1)]
        return of_all + [(number, rule) for rule, rows in self.with_steps() for number in range(1, rows + 1)]


def counts_for(written: Mapping[str, Any]) -> Counts:
    """Return the rows for a document (as it was written), and a blank one after each list."""
    rules = min(len(written.get("rules", ())) + BLANK, MOST_RULES)
    own = [len(rule.get("steps") or ()) + BLANK for rule in written.get("rules", ())[:rules]]
    steps = len(written.get("steps") or ()) + BLANK
    return _fitting(rules, steps, own + [BLANK] * (rules - len(own)))


def sent_counts(sent: Mapping[str, str]) -> Counts | None:
    """Return the rows that a sent form has, one more where its last was filled in; None if it says none."""
    rules, steps = whole(sent.get("count", "")), whole(sent.get("step_count", ""))
    if rules is None or steps is None:
        return None
    numbers = range(1, min(rules, MOST_RULES) + 1)
    own = [_and_one(sent, whole(sent.get(f"r{rule}_step_count", "")) or 0, rule) for rule in numbers]
    if sent.get(f"r{len(own)}_name"):
        own.append(BLANK)
    return _fitting(min(len(own), MOST_RULES), _and_one(sent, steps), own)


def _and_one(sent: Mapping[str, str], rows: int, rule: int = 0) -> int:
    return rows + BLANK if sent.get(f"{row_of(rows, rule)}_amount") else rows


def _fitting(rules: int, steps: int, own: Sequence[int]) -> Counts:
    left, found = MOST_OWN_ROWS, []
    for wanted in own[:rules]:
        rows = min(wanted, MOST_STEP_ROWS)
        found.append(rows if rows <= left else 0)
        left -= found[-1]
    return Counts(rules, min(steps, MOST_STEP_ROWS), tuple(found))


def own_fields(rule: int, rows: int) -> dict[str, Any]:
    """Return the fields of a rule's own steps: the choice whose they are, and so many rows."""
    label = _l("Rule %(number)s: %(what)s", number=rule, what=_l("steps"))
    made: dict[str, Any] = {f"r{rule}_steps": _choice(label, CHOICES), f"r{rule}_step_count": count_field()}
    for number in range(1, rows + 1):
        made |= step_fields(number, rule)
    return made


def agreement_choice() -> Text:
    """Return the field that says whether the agreement has steps at all."""
    rows = (AGREEMENTS, _l("those below; without any, the usual ones"))
    return _choice(_l("Steps of the agreement"), (rows, (NONE, _NONE_NAME)))


def _choice(label: LazyString, options: Sequence[tuple[str, LazyString]]) -> Text:
    valid = OneOf("", *(value for value, _words in options))
    return Text(
        load_default="", validate=valid, metadata={"label": label, "type": "select", "options": options}
    )


def count_field() -> Text:
    """Return a hidden field that says how many rows there are."""
    return Text(load_default="", metadata={"label": ""})


def own_values(rule: int, steps: Sequence[Step] | None, written: object) -> dict[str, Any]:
    """Return the values of a rule's steps (0: the agreement's) that were written as a list, or not at all."""
    name = f"r{rule}_steps" if rule else "steps"
    if not isinstance(written, list):
        return {name: AGREEMENTS}
    values: dict[str, Any] = {name: (OWN if rule else AGREEMENTS) if written else NONE}
    for number, (step, said) in enumerate(zip(steps or (), written, strict=True), start=1):
        values |= step_values(number, step, said.get("when"), rule)
    return values


def blank_values(counts: Counts) -> dict[str, str]:
    """Return what the selects of steps say before anybody touches them."""
    usual = step_options("at")[0][0]
    return {f"r{rule}_steps": AGREEMENTS for rule, _rows in counts.with_steps()} | {
        f"{row_of(*row)}_at": usual for row in counts.step_rows()
    }


def chosen_steps(
    data: Mapping[str, Any], shown: Mapping[str, Any], rows: int, rule: int = 0
) -> list[dict[str, Any]] | None:
    """Return the steps that a valid form chooses for a rule, or for the agreement (0); None: no own ones.

    shown: the values with which the form was first shown. Rows that were typed since and that the choice
    would drop are refused, so that nothing typed is lost unsaid.
    """
    name = f"r{rule}_steps" if rule else "steps"
    choice, typed = data[name], steps_in(data, rows, rule)
    if choice == OWN and not typed:
        sentence = _("Fill in a step, or choose that there are none.")
        raise Invalid("agreement.no_own_steps", sentence, field=name)
    if choice == OWN or not (rule or choice == NONE):
        return typed or None
    if typed and typed != steps_in(shown, rows, rule):
        sentence = _("Steps are filled in below: choose them, or empty them.")
        raise Invalid("agreement.steps_not_chosen", sentence, field=name)
    return [] if choice == NONE else None
