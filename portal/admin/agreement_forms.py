"""What is filled in about an agreement: rules in order, each with what it is for, its hours and targets."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask_babel import LazyString
from marshmallow.validate import Range

from portal.admin.credit_field import credits_field
from portal.admin.editing import EditForm
from portal.admin.person_forms import chosen
from portal.admin.rule_steps import Counts, agreement_choice, count_field, own_fields
from portal.admin.step_forms import step_fields
from servicedesk.kernel.conditions import Operator
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import Limit, OneOf, Text, Whole
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from sla.agreements import matched_fields
from sla.core.agreement import RuleTargets
from sla.core.events import KINDS
from sla.core.lint import needed
from sla.core.matching import Rule

# What a rule asks for in the form: one value of each; the priority may be several.
SINGLE = ("organisation_tier", "kind", "channel", "category", "item", "group_id", "organisation_id")
TARGET_NAMES = {
    "first_response": _l("First response"),
    "next_response": _l("Next response"),
    "update": _l("Update"),
    "resolution": _l("Resolution"),
    "assignment": _l("Pick-up by the team (within the desk)"),
    "vendor": _l("Supplier's part (its contract)"),
}
_SINGLE_NAMES = {
    "organisation_tier": _l("Customer tier"),
    "kind": _l("Sort of request"),
    "channel": _l("Came by"),
    "category": _l("Category"),
    "item": _l("Item"),
    "group_id": _l("Team"),
    "organisation_id": _l("Organisation"),
}
_TARGET = re.compile(r"(\d{1,5}):([0-5]\d)(?::([0-5]\d))?")


class AgreementForm(EditForm):
    """An agreement; as many rules as there are, are added."""

    name = Text(required=True, validate=Limit(120, least=1), metadata={"label": _l("Name")})
    before = Text(
        load_default="",
        metadata={
            "label": _l("Tried before"),
            "type": "select",
            "help": _l("The first rule that holds counts, over all agreements in their order."),
        },
    )
    effective_from = Text(
        load_default="",
        metadata={
            "label": _l("Counts from"),
            "type": "datetime-local",
            "help": _l("In the time zone of the desk. Empty: from now on."),
        },
    )
    retarget = Text(
        required=True,
        validate=OneOf("from_start", "from_change"),
        metadata={
            "label": _l("When another rule becomes a request's"),
            "type": "select",
            "options": (
                ("from_start", _l("the time used so far counts")),
                ("from_change", _l("time counts anew")),
            ),
        },
    )
    reopen = Text(
        required=True,
        validate=OneOf("continue", "new_cycle"),
        metadata={
            "label": _l("When a request is reopened"),
            "type": "select",
            "options": (("continue", _l("its clock goes on")), ("new_cycle", _l("its clock begins anew"))),
        },
    )
    reopen_within_days = Whole(
        required=True,
        validate=Range(1, 3650),
        metadata={
            "label": _l("Days in which reopening counts to the same promise"),
            "type": "number",
            "attrs": {"min": 1, "max": 3650},
        },
    )
    scope = Text(
        load_default="new",
        validate=OneOf("new", "open"),
        metadata={
            "label": _l("For which requests?"),
            "type": "select",
            "options": (
                ("new", _l("those filed or changed from then on")),
                ("open", _l("those and the open ones: their running clocks get the new targets")),
            ),
        },
    )
    credits = credits_field()
    count = count_field()
    steps = agreement_choice()
    step_count = count_field()


@lru_cache(32)
def agreement_form(counts: Counts) -> type[AgreementForm]:
    """Return the form of an agreement with so many rows for rules and for steps."""
    made: dict[str, Any] = {}
    own = dict(counts.with_steps())
    for rule in range(1, counts.rules + 1):
        made |= _rule(rule)
        if rule in own:
            made |= own_fields(rule, own[rule])
    for number in range(1, counts.steps + 1):
        made |= step_fields(number)
    return type("AgreementFormWithRules", (AgreementForm,), made)


def _rule(number: int) -> dict[str, Any]:
    def text(name: str, label: LazyString, kind: str = "text", **more: Any) -> dict[str, Any]:
        about = {"label": _l("Rule %(number)s: %(what)s", number=number, what=label), "type": kind, **more}
        return {f"r{number}_{name}": Text(load_default="", validate=Limit(4000), metadata=about)}

    fields: dict[str, Any] = {
        **text("name", _l("name")),
        **text("place", _l("place in the order"), attrs={"inputmode": "numeric", "dir": "ltr"}),
        f"r{number}_priority": chosen(_l("Rule %(number)s: %(what)s", number=number, what=_l("priority"))),
    }
    for name in SINGLE:
        fields |= text(name, _SINGLE_NAMES[name], "select")
    fields |= text("calendar", _l("hours"), "select")
    for kind in KINDS:
        fields |= text(kind, TARGET_NAMES[kind], attrs={"dir": "ltr", "placeholder": "4:00"})
    return fields | text(
        "when",
        _l("condition as written"),
        "textarea",
        attrs={"dir": "ltr", "rows": 2},
        help=_l("In the condition language, in place of the choices above."),
    )


def rule_values(number: int, rule: Rule[RuleTargets], written: object) -> dict[str, Any]:
    """Return the values of a rule's fields; a condition that the form cannot say stands as it was written."""
    asked = _asked(rule)
    values: dict[str, Any] = {
        "name": rule.name,
        "place": str(number * 10),
        "calendar": rule.targets.calendar,
        **{kind: target_text(rule.targets.seconds.get(kind)) for kind in KINDS},
    }
    if asked is None:
        values["when"] = json.dumps(written, ensure_ascii=False, indent=1)
    else:
        values |= {name: next(iter(asked[name])) for name in SINGLE if name in asked}
        values["priority"] = sorted(asked.get("priority", ()))
    return {f"r{number}_{name}": value for name, value in values.items()}


def _asked(rule: Rule[RuleTargets]) -> dict[str, list[str]] | None:
    found = needed(rule.condition) if rule.condition is not None else {}
    if found is None or not set(found) <= {"priority", *SINGLE}:
        return None
    if any(len(values) != 1 for name, values in found.items() if name != "priority"):
        return None
    return {name: [_as_written(name, value) for value in values] for name, values in found.items()}


def _as_written(name: str, value: object) -> str:
    """Return a choice as the field spells it: comparisons keep it folded."""
    offered = matched_fields()[name].choices or ()
    return next((each for each in offered if each.casefold() == str(value)), str(value))


def target_text(seconds: int | None) -> str:
    """Return a target as hours and minutes, and seconds where there are any: "4:00"."""
    if seconds is None:
        return ""
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}" + (f":{rest % 60:02d}" if rest % 60 else "")


def rules_in(data: Mapping[str, Any], count: int) -> list[tuple[int, dict[str, Any]]]:
    """Return the rules of a valid form in their order, each with the number of its fields.

    One without a name is left out.
    """
    found = []
    for number in range(1, count + 1):
        part = {name: data.get(f"r{number}_{name}", "") for name in ("name", "place", "calendar", "when")}
        if not part["name"]:
            continue
        rule = {
            "name": part["name"],
            "when": _when(data, number, part["when"]),
            "calendar": part["calendar"],
            "targets": targets_in(data, number),
        }
        found.append((_place(part["place"], number), number, rule))
    return [(number, rule) for _place_, number, rule in sorted(found, key=lambda each: each[:2])]


def _place(text: str, number: int) -> int:
    if not text:
        return 10**6 + number
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise Invalid("rule.place", _("Write a whole number."), field=f"r{number}_place")
    return int(text)


def targets_in(data: Mapping[str, Any], number: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind in KINDS:
        text = data[f"r{number}_{kind}"]
        match = _TARGET.fullmatch(text)
        if text and match is None:
            raise Invalid(
                "rule.target", _("Write hours and minutes, such as 4:00 or 0:15."), field=f"r{number}_{kind}"
            )
        if match:
            found[kind] = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
    return found


def _when(data: Mapping[str, Any], number: int, written: str) -> object:
    if written:
        try:
            return json.loads(written)
        except ValueError:
            raise Invalid("rule.when", _("This condition cannot be read."), field=f"r{number}_when") from None
    parts: list[dict[str, object]] = []
    for name in (SINGLE[0], "priority", *SINGLE[1:]):
        given = data[f"r{number}_{name}"]
        if given and name == "priority":
            parts.append(_comparison(name, sorted(given)))
        elif given:
            is_number = name.endswith("_id") and given.isdigit()
            parts.append(_comparison(name, [int(given) if is_number else given]))
    return {"all": parts} if len(parts) > 1 else parts[0] if parts else None


def _comparison(name: str, values: Sequence[object]) -> dict[str, object]:
    if len(values) == 1:
        return {"field": name, Operator.IS.value: values[0]}
    return {"field": name, Operator.IN.value: list(values)}
