"""From an agreement's document to its form and back; what the form has no room for stays as it was."""

from collections.abc import Mapping
from typing import Any

from portal.admin.agreement_forms import rule_values, rules_in
from portal.admin.credit_field import credits_in, credits_text
from portal.admin.rule_steps import Counts, chosen_steps, own_values
from servicedesk.kernel.forms import Form
from sla.core.agreement import AgreementDocument

_ABOUT = ("retarget", "reopen", "reopen_within_days")


def values_in(document: AgreementDocument, written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the form for a document; `written`: the same as it was written."""
    values = own_values(0, document.steps, written.get("steps"))
    for number, rule in enumerate(document.rules, start=1):
        said = written["rules"][number - 1]
        values |= rule_values(number, rule, said.get("when"))
        values |= own_values(number, rule.targets.steps, said.get("steps"))
    return values | {
        "retarget": document.retarget,
        "reopen": document.reopen,
        "reopen_within_days": str(document.reopen_within_days),
        "credits": credits_text(document.credits),
    }


def document_in(
    form: Form, counts: Counts, shown: Mapping[str, Any], written: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a valid form says as a document; raises Invalid.

    shown: the values with which it was first shown. written: the document that it was made from; empty for a
    new agreement.
    """
    before: list[dict[str, Any]] = written.get("rules", [])
    rules = []
    for number, rule in rules_in(form.data, counts.rules):
        own = _own_steps(form, counts, shown, before, number)
        rules.append(rule if own is None else {**rule, "steps": own})
    found = {"rules": [*rules, *before[counts.rules :]], **{name: form.data[name] for name in _ABOUT}}
    steps = chosen_steps(form.data, shown, counts.steps)
    credit_steps = credits_in(form.data["credits"])
    return (
        found
        | ({} if steps is None else {"steps": steps})
        | ({"credits": credit_steps} if credit_steps else {})
    )


def _own_steps(
    form: Form, counts: Counts, shown: Mapping[str, Any], before: list[dict[str, Any]], number: int
) -> Any:
    if form.data.get(f"r{number}_steps"):
        return chosen_steps(form.data, shown, counts.own[number - 1], number)
    # The form says nothing about them: there was no room, or it is older than these fields.
    return before[number - 1].get("steps") if number <= len(before) else None
