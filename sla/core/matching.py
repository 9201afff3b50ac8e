"""Which rule of an agreement is for a ticket: the first in their visible order whose condition holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from servicedesk.kernel.conditions import AllOf, AnyOf, Condition, Reason, holds, why

Targets = TypeVar("Targets")


class BadRules(ValueError):
    """Rules that cannot be published: `code` is stable, `position` counts from 1."""

    def __init__(self, code: str, position: int) -> None:
        super().__init__(f"{code} at rule {position}")
        self.code = code
        self.position = position


@dataclass(frozen=True, slots=True)
class Rule(Generic[Targets]):
    """One row of an agreement. condition None: the default, for whatever no other rule took."""

    name: str
    condition: Condition | None
    targets: Targets


@dataclass(frozen=True, slots=True)
class Match(Generic[Targets]):
    """The rule that is in force, its position from 1, and the comparisons that made it hold."""

    rule: Rule[Targets]
    position: int
    reasons: tuple[Reason, ...]


def first_match(
    rules: Sequence[Rule[Targets]], facts: Mapping[str, object], *, at: datetime
) -> Match[Targets] | None:
    """Return the first rule that holds of `facts` at `at`, None if none does."""
    for position, rule in enumerate(rules, start=1):
        if rule.condition is None:
            return Match(rule, position, ())
        if holds(rule.condition, facts, now=at):
            return Match(rule, position, why(rule.condition, facts, now=at))
    return None


def check_rules(rules: Sequence[Rule[Targets]]) -> None:
    """Refuse rules nobody can have meant; raises BadRules.

    An empty condition holds of everything: only the default rule has none, and it stands last.
    """
    names: set[str] = set()
    for position, rule in enumerate(rules, start=1):
        if rule.condition is None and position != len(rules):
            raise BadRules("agreement.default_not_last", position)
        if rule.condition is not None and _is_empty(rule.condition):
            raise BadRules("agreement.empty_condition", position)
        if not rule.name.strip() or rule.name in names:
            raise BadRules("agreement.rule_name", position)
        names.add(rule.name)


def _is_empty(condition: Condition) -> bool:
    """Return whether `condition` looks at nothing, however deeply it is wrapped."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return all(_is_empty(part) for part in parts)
        case _:
            return False
