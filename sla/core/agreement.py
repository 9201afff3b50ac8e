"""An agreement's document: rules in order, each with its condition, its hours and its targets.

    {"rules": [{"name": "P1", "when": {"field": "priority", "is": "P1"}, "calendar": "always",
                "targets": {"first_response": 900, "resolution": 14400}}],
     "retarget": "from_start", "reopen": "continue", "reopen_within_days": 14,
     "credits": [{"clock": "resolution", "below": 95, "percent": 5}]}

`when` null is the default rule. Targets are whole seconds of open time. `steps`, of the agreement or of a
rule, are in escalation.py. `credits` may be missing: where fewer than `below` percent of a clock's promises
were kept, `percent` of the fee is given back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NoReturn, cast, get_args

from servicedesk.kernel.condition_parsing import BadCondition, parse
from servicedesk.kernel.conditions import Condition, Field
from sla.core.credits import CreditStep
from sla.core.escalation import BadStep, Step, read_steps
from sla.core.events import KINDS, Kind, Reopening, Retargeting
from sla.core.matching import BadRules, Rule, check_rules

MOST_RULES = 200
LONGEST_TARGET_SECONDS = 5 * 366 * 86_400
LONGEST_REOPENING_DAYS = 3650
MOST_CREDIT_STEPS = 40
_KEYS = frozenset({"rules", "retarget", "reopen", "reopen_within_days", "steps", "credits"})
_CREDIT_KEYS = frozenset({"clock", "below", "percent"})
_RULE_KEYS = frozenset({"name", "when", "calendar", "targets", "steps"})


class InvalidAgreement(ValueError):
    """A document that cannot be an agreement: `code` is stable, `path` says where."""

    def __init__(self, code: str, path: str) -> None:
        super().__init__(f"{code} at {path or 'the top'}")
        self.code = code
        self.path = path


@dataclass(frozen=True, slots=True)
class RuleTargets:
    """What one rule promises: seconds of open time by clock kind, by the hours of one calendar.

    steps: those in force for it, its own or the agreement's; None where neither names any.
    has_own_steps: they were written for this rule alone.
    """

    calendar: str
    seconds: Mapping[Kind, int]
    steps: tuple[Step, ...] | None = None
    has_own_steps: bool = False


@dataclass(frozen=True, slots=True)
class AgreementDocument:
    """A document that was read."""

    rules: tuple[Rule[RuleTargets], ...]
    retarget: Retargeting
    reopen: Reopening
    reopen_within_days: int
    steps: tuple[Step, ...] | None = None
    credits: tuple[CreditStep, ...] = ()


def read_agreement(
    document: object, fields: Mapping[str, Field], step_fields: Mapping[str, Field] | None = None
) -> AgreementDocument:
    """Return the agreement that `document` (from json.loads) describes; raises InvalidAgreement.

    fields: what rules may look at. step_fields: what steps may look at when they come; the same if not given.
    """
    of_steps = fields if step_fields is None else step_fields
    entries = _object(document, "", _KEYS)
    listed = entries.get("rules")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_RULES:
        raise InvalidAgreement("agreement.no_rules", "rules")
    steps = _steps(entries, "", of_steps)
    rules = tuple(_rule(each, f"rules[{place}]", fields) for place, each in enumerate(listed))
    rules = tuple(
        _with_steps(rule, _steps(listed[place], f"rules[{place}].", of_steps), steps)
        for place, rule in enumerate(rules)
    )
    try:
        check_rules(rules)
    except BadRules as error:
        raise InvalidAgreement(error.code, f"rules[{error.position - 1}]") from None
    return AgreementDocument(
        rules,
        cast(Retargeting, _choice(entries, "retarget", get_args(Retargeting))),
        cast(Reopening, _choice(entries, "reopen", get_args(Reopening))),
        _number(entries.get("reopen_within_days", 14), "reopen_within_days", LONGEST_REOPENING_DAYS),
        steps,
        _credits(entries.get("credits", [])),
    )


def _credits(listed: object) -> tuple[CreditStep, ...]:
    if not isinstance(listed, list) or len(listed) > MOST_CREDIT_STEPS:
        _refuse("agreement.credits", "credits")
    found = []
    for place, each in enumerate(listed):
        path = f"credits[{place}]"
        entries = _object(each, path, _CREDIT_KEYS)
        clock, shares = entries.get("clock"), (entries.get("below"), entries.get("percent"))
        if clock not in KINDS or not all(_is_percent(share) for share in shares):
            _refuse("agreement.credits", path)
        found.append(CreditStep(clock, *(float(str(share)) for share in shares)))
    return tuple(found)


def _is_percent(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 100


def _rule(document: object, path: str, fields: Mapping[str, Field]) -> Rule[RuleTargets]:
    entries = _object(document, path, _RULE_KEYS)
    name, calendar = entries.get("name"), entries.get("calendar")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 80:
        raise InvalidAgreement("agreement.rule_name", f"{path}.name")
    if not isinstance(calendar, str) or not calendar:
        raise InvalidAgreement("agreement.calendar", f"{path}.calendar")
    return Rule(
        name.strip(), _condition(entries, path, fields), RuleTargets(calendar, _targets(entries, path))
    )


def _with_steps(
    rule: Rule[RuleTargets], own: tuple[Step, ...] | None, usual: tuple[Step, ...] | None
) -> Rule[RuleTargets]:
    is_own = own is not None
    return replace(rule, targets=replace(rule.targets, steps=own if is_own else usual, has_own_steps=is_own))


def _steps(entries: Mapping[str, object], path: str, fields: Mapping[str, Field]) -> tuple[Step, ...] | None:
    if entries.get("steps") is None:
        return None
    try:
        return read_steps(entries["steps"], f"{path}steps", fields)
    except BadStep as error:
        raise InvalidAgreement(error.code, error.path) from None


def _condition(entries: Mapping[str, object], path: str, fields: Mapping[str, Field]) -> Condition | None:
    if entries.get("when") is None:
        return None
    try:
        return parse(entries["when"], fields)
    except BadCondition as error:
        raise InvalidAgreement(error.code, f"{path}.when.{error.path}".rstrip(".")) from None


def _targets(entries: Mapping[str, object], path: str) -> dict[Kind, int]:
    path = f"{path}.targets"
    targets = _object(entries.get("targets"), path, frozenset(KINDS))
    found = {
        kind: _number(targets[kind], f"{path}.{kind}", LONGEST_TARGET_SECONDS)
        for kind in KINDS
        if targets.get(kind) is not None
    }
    if not found:
        raise InvalidAgreement("agreement.no_targets", path)
    return found


def _object(document: object, path: str, allowed: frozenset[str]) -> Mapping[str, object]:
    if not isinstance(document, Mapping):
        _refuse("agreement.shape", path)
    for key in document:
        if key not in allowed:
            _refuse("agreement.unknown_key", f"{path}.{str(key)[:60]}".lstrip("."))
    return document


def _choice(entries: Mapping[str, object], key: str, choices: tuple[str, ...]) -> str:
    value = entries.get(key, choices[0])
    return value if isinstance(value, str) and value in choices else _refuse("agreement.choice", key)


def _number(value: object, path: str, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        _refuse("agreement.number", path)
    return value


def _refuse(code: str, path: str) -> NoReturn:
    raise InvalidAgreement(code, path)
