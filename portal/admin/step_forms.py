"""What is filled in about steps of an agreement or a rule: when each comes, whom it tells, what it does."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import LazyString

from portal.admin.category_pages import team_options
from portal.admin.person_forms import chosen
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import Flag, Limit, Text
from servicedesk.kernel.i18n import capitalised
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from sla.core.escalation import RECIPIENTS, TEXT_LIMIT, TO_LEAD, Step
from sla.core.events import KINDS
from sla.step_letters import CLOCK_NAMES

MOST_STEP_ROWS = 40
AT_NAMES = {
    "percent": _l("at a share of the target, in percent"),
    "before": _l("so long before it is due"),
    "after": _l("so long after it was due"),
    "chance": _l("once so likely to be missed, in percent"),
}
RECIPIENT_NAMES = {
    "assignee": _l("Assignee"),
    "team_lead": _l("Team lead"),
    "accountable": _l("Accountable person"),
    "followers": _l("Followers"),
    "manager": _l("Managers"),
    "administrator": _l("Administrators"),
    "requester": _l("The customer"),
}
_KEYS = {
    "percent": "percent",
    "before": "before_minutes",
    "after": "after_minutes",
    "chance": "chance_percent",
}
_TIME = re.compile(r"(\d{1,4}):([0-5]\d)")


def row_of(number: int, rule: int = 0) -> str:
    """Return how the fields of a step's row begin: "s2" of the agreement, "r1_s2" of its first rule."""
    return f"r{rule}_s{number}" if rule else f"s{number}"


def step_fields(number: int, rule: int = 0) -> dict[str, Any]:
    """Return the fields of one step's row; `rule`: the number of the rule whose own it is, 0 for none."""
    row = row_of(number, rule)

    def named(label: LazyString) -> LazyString:
        if rule:
            return _l("Rule %(rule)s, step %(number)s: %(what)s", rule=rule, number=number, what=label)
        return _l("Step %(number)s: %(what)s", number=number, what=label)

    def text(name: str, label: LazyString, kind: str = "text", **more: Any) -> dict[str, Any]:
        about = {"label": named(label), "type": kind, **more}
        return {f"{row}_{name}": Text(load_default="", validate=Limit(4000), metadata=about)}

    figures = {"dir": "ltr", "inputmode": "numeric"}
    return {
        **text("at", _l("When it comes"), "select"),
        **text("amount", _l("How much"), attrs={"dir": "ltr", "placeholder": "75"}),
        f"{row}_clocks": chosen(named(_l("For which clocks")), _l("None ticked: for all.")),
        f"{row}_to": chosen(named(_l("Who is told"))),
        **text("assign", _l("Give it to"), "select"),
        **text("raise_priority", _l("Raise the priority, because"), attrs={"maxlength": TEXT_LIMIT}),
        **text("note", _l("Internal note"), attrs={"maxlength": TEXT_LIMIT}),
        **text("every", _l("Again after"), attrs={"dir": "ltr", "placeholder": "0:30"}),
        **text("times", _l("How often again"), attrs=figures),
        f"{row}_anytime": Flag(
            load_default=False,
            metadata={"label": named(_l("Also outside opening hours")), "type": "checkbox"},
        ),
        **text(
            "when",
            _l("Only if"),
            "textarea",
            attrs={"dir": "ltr", "rows": 2},
            help=_l("In the condition language; looked at when the step comes."),
        ),
    }


def step_values(number: int, step: Step, condition: object, rule: int = 0) -> dict[str, Any]:
    """Return the values of a step's row; `condition` as it was written."""
    row = row_of(number, rule)
    is_time = step.moment.kind in ("before", "after")
    repeat = step.repeat
    values = {
        "at": step.moment.kind,
        "amount": _clock_text(step.moment.amount) if is_time else str(step.moment.amount),
        "clocks": list(step.clocks),
        "to": list(step.to),
        "assign": "" if step.assign is None else str(step.assign),
        "raise_priority": step.raise_priority,
        "note": step.note,
        "every": _clock_text(repeat.every_minutes) if repeat else "",
        "times": str(repeat.times) if repeat else "",
        "anytime": step.is_anytime,
        "when": json.dumps(condition, ensure_ascii=False) if condition is not None else "",
    }
    return {f"{row}_{name}": value for name, value in values.items()}


def _clock_text(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


def steps_in(data: Mapping[str, Any], count: int, rule: int = 0) -> list[dict[str, Any]]:
    """Return the steps of a valid form in their order; a row that does not say how much is left out."""
    rows = [row_of(number, rule) for number in range(1, count + 1)]
    return [_step(data, row) for row in rows if data.get(f"{row}_amount")]


def _step(data: Mapping[str, Any], row: str) -> dict[str, Any]:
    given = {name: data[f"{row}_{name}"] for name in ("to", "clocks", "raise_priority", "note", "anytime")}
    found = {name: value for name, value in given.items() if value}
    for name, allowed in (("to", RECIPIENTS), ("clocks", KINDS)):
        if name in found:
            found[name] = [each for each in allowed if each in found[name]]
    found["at"] = {_KEYS[data[f"{row}_at"] or "percent"]: _amount(data, row)}
    if assign := data[f"{row}_assign"]:
        found["assign"] = assign if assign == TO_LEAD else {"group_id": _whole(assign, f"{row}_assign")}
    if every := data[f"{row}_every"]:
        times = _whole(data[f"{row}_times"] or "1", f"{row}_times")
        found["repeat"] = {"every_minutes": _minutes(every, f"{row}_every"), "times": times}
    if written := data[f"{row}_when"]:
        found["when"] = _condition(written, f"{row}_when")
    return found


def _amount(data: Mapping[str, Any], row: str) -> int:
    text, field = data[f"{row}_amount"], f"{row}_amount"
    is_time = data[f"{row}_at"] in ("before", "after")
    return _minutes(text, field) if is_time else _whole(text.rstrip("% "), field)


def _minutes(text: str, field: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        sentence = _("Write hours and minutes, such as 4:00 or 0:15.")
        raise Invalid("rule.target", sentence, field=field)
    return int(match[1]) * 60 + int(match[2])


def _whole(text: str, field: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid("rule.place", _("Write a whole number."), field=field)
    return int(text)


def _condition(text: str, field: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise Invalid("rule.when", _("This condition cannot be read."), field=field) from None


def step_options(part: str) -> Sequence[tuple[str, str]]:
    """Return what the choices of a step's row offer."""
    match part:
        case "at":
            return [(kind, str(name)) for kind, name in AT_NAMES.items()]
        case "clocks":
            return [(kind, capitalised(str(CLOCK_NAMES[kind]))) for kind in KINDS]
        case "to":
            return [(role, str(name)) for role, name in RECIPIENT_NAMES.items()]
        case "assign":
            lead = (TO_LEAD, str(RECIPIENT_NAMES[TO_LEAD]))
            return [("", str(_("nobody else"))), lead, *team_options()[1:]]
    return ()


def field_of(path: str, data: Mapping[str, Any], rule: int = 0) -> str:
    """Return the field that shows what is wrong at a path such as "steps[2].at"; `rule`: of its own steps."""
    place = int(path[6 : path.index("]")])
    amount = re.compile(rf"{row_of(0, rule)[:-1]}(\d+)_amount")
    numbers = [int(found[1]) for name, value in data.items() if value and (found := amount.fullmatch(name))]
    return f"{row_of(sorted(numbers)[place], rule)}_{'when' if '.when' in path else 'amount'}"


def step_fault(code: str) -> str:
    """Return what is wrong with a step."""
    sentences = {
        "agreement.step_moment": _("Write a percentage, or hours and minutes, that a step can have."),
        "agreement.step_repeat": _("Only a step at 100%, before or after the due moment can come again."),
    }
    return str(sentences.get(code, _("This step cannot be used: look at its condition and its choices.")))
