"""What an agreement's rules probably do not mean: rules never reached, promises that contradict. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from servicedesk.kernel.condition_parts import comparisons
from servicedesk.kernel.conditions import AllOf, Comparison, Condition, Operator
from sla.core.agreement import RuleTargets
from sla.core.matching import Rule

Code: TypeAlias = Literal[
    "never_reached", "never_holds", "no_default", "answer_after_solution", "word_after_solution"
]
# Fields that no ticket is without: rules for each of their values leave nothing over.
ALWAYS_SET = frozenset({"priority", "kind", "channel"})
# The values that each field may have; what is no such condition is None.
Needed: TypeAlias = Mapping[str, frozenset[object]] | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something to look at again; `rule` is its name, `by` the rules that together take everything before."""

    code: Code
    rule: str = ""
    by: tuple[str, ...] = ()


def doubts(
    rules: Sequence[Rule[RuleTargets]], before: Sequence[Rule[RuleTargets]], *, is_last: bool
) -> Iterator[Doubt]:
    """Yield what is doubtful about `rules`; `before` are those of the agreements that are tried first."""
    earlier = list(before)
    for rule in rules:
        asked = needed(rule.condition) if rule.condition is not None else {}
        if asked is not None and any(not values for values in asked.values()):
            yield Doubt("never_holds", rule.name)
        elif takers := _takers(earlier, rule):
            yield Doubt("never_reached", rule.name, takers)
        yield from _contradictions(rule)
        earlier.append(rule)
    if is_last and all(rule.condition is not None for rule in earlier):
        yield Doubt("no_default")


def _contradictions(rule: Rule[RuleTargets]) -> Iterator[Doubt]:
    """Yield promises of a rule of which one can only be kept after the other."""
    seconds = rule.targets.seconds
    solution = seconds.get("resolution")
    if solution is None:
        return
    if seconds.get("first_response", 0) > solution:
        yield Doubt("answer_after_solution", rule.name)
    if max(seconds.get("next_response", 0), seconds.get("update", 0)) > solution:
        yield Doubt("word_after_solution", rule.name)


def _takers(earlier: Sequence[Rule[RuleTargets]], rule: Rule[RuleTargets]) -> tuple[str, ...]:
    """Return the rules before that leave nothing for this one: one, or several by the values of one field."""
    one = next((each for each in earlier if _takes_all_of(each.condition, rule.condition)), None)
    if one is not None:
        return (one.name,)
    narrow = needed(rule.condition) if rule.condition is not None else {}
    if narrow is None:
        return ()
    wide = [(each, wanted) for each in earlier if each.condition and (wanted := needed(each.condition))]
    for field, choices in _choices(earlier).items():
        left = set(narrow.get(field, choices))
        takers = []
        for each, wanted in wide:
            others = wanted.keys() - {field}
            is_wider = all(name in narrow and narrow[name] <= wanted[name] for name in others)
            if field in wanted and is_wider and left & wanted[field]:
                left -= wanted[field]
                takers.append(each.name)
        if not left:
            return tuple(takers)
    return ()


def _choices(rules: Sequence[Rule[RuleTargets]]) -> Mapping[str, frozenset[object]]:
    """Return every value of the fields that these rules ask for, of those that every ticket has."""
    found: dict[str, frozenset[object]] = {}
    for rule in rules:
        for part in comparisons(rule.condition) if rule.condition else ():
            if part.field.name in ALWAYS_SET and part.field.choices:
                found[part.field.name] = frozenset(part.field.choices)
    return found


def _takes_all_of(earlier: Condition | None, later: Condition | None) -> bool:
    """Say whether whatever holds of `later` certainly holds of `earlier`; in doubt, no."""
    if earlier is None:
        return True
    wide, narrow = needed(earlier), needed(later) if later is not None else {}
    if wide is None or narrow is None:
        return earlier == later
    return all(name in narrow and narrow[name] <= values for name, values in wide.items())


def needed(condition: Condition) -> Needed:
    """Return what a condition asks for where it is a list of values for each field, else None."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    found: dict[str, frozenset[object]] = {}
    for part in parts:
        if not isinstance(part, Comparison) or part.operator not in (Operator.IS, Operator.IN):
            return None
        values = frozenset(part.operand if isinstance(part.operand, tuple) else (part.operand,))
        name = part.field.name
        found[name] = found[name] & values if name in found else values
    return found
