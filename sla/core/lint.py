"""What an agreement's rules probably do not mean: rules never reached, promises that contradict. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from servicedesk.kernel.conditions import AllOf, Comparison, Condition, Operator
from sla.core.agreement import RuleTargets
from sla.core.matching import Rule

Code: TypeAlias = Literal["never_reached", "no_default", "answer_after_solution"]
# The values that each field may have; what is no such condition is None.
Needed: TypeAlias = Mapping[str, frozenset[object]] | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something to look at again; `rule` is its name, `by` the rule that takes everything before."""

    code: Code
    rule: str = ""
    by: str = ""


def doubts(
    rules: Sequence[Rule[RuleTargets]], before: Sequence[Rule[RuleTargets]], *, is_last: bool
) -> Iterator[Doubt]:
    """Yield what is doubtful about `rules`; `before` are those of the agreements that are tried first."""
    earlier = list(before)
    for rule in rules:
        taker = next((each for each in earlier if _takes_all_of(each.condition, rule.condition)), None)
        if taker is not None:
            yield Doubt("never_reached", rule.name, taker.name)
        answer, solution = (rule.targets.seconds.get(kind) for kind in ("first_response", "resolution"))
        if answer is not None and solution is not None and answer > solution:
            yield Doubt("answer_after_solution", rule.name)
        earlier.append(rule)
    if is_last and all(rule.condition is not None for rule in earlier):
        yield Doubt("no_default")


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
