"""The one condition language: what queues, filters, agreements, rules and reports select by. Pure.

A condition is JSON data over fields that the caller names:

    {"all": [
        {"field": "priority", "in": ["P1", "P2"]},
        {"any": [{"field": "subject", "contains": "printer"}, {"field": "group", "is_empty": true}]},
        {"not": {"field": "opened_at", "before": {"ago_seconds": 86400}}}]}

`parse` in condition_parsing.py reads it. It has two readings that a property test keeps equal: `holds`
here and `where` in conditions_sql.py.

A missing value (None, empty text, empty set) is equal to nothing and compares with nothing, so each part
is plainly true or false: of a missing value only `is_empty: true`, `is_not` and `not_in` hold. Texts
compare folded (folding.py). `before` and `after` leave the moment itself out.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from servicedesk.kernel.folding import fold_text


class FieldType(StrEnum):
    """What the values of a field are."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    CHOICE = "choice"
    REFERENCE = "reference"
    SET = "set"


class Operator(StrEnum):
    """How a value is compared; `is_not` and `not_in` are exactly the opposite of `is` and `in`."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    AT_LEAST = "at_least"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    BEFORE = "before"
    AFTER = "after"
    IS_EMPTY = "is_empty"


_EQUALITY = (Operator.IS, Operator.IS_NOT, Operator.IN, Operator.NOT_IN, Operator.IS_EMPTY)
_ORDER = (Operator.LESS_THAN, Operator.AT_MOST, Operator.MORE_THAN, Operator.AT_LEAST)

OPERATORS: dict[FieldType, tuple[Operator, ...]] = {
    FieldType.TEXT: (*_EQUALITY, Operator.CONTAINS, Operator.STARTS_WITH),
    FieldType.NUMBER: (*_EQUALITY, *_ORDER),
    FieldType.INTEGER: (*_EQUALITY, *_ORDER),
    FieldType.BOOLEAN: (Operator.IS, Operator.IS_NOT, Operator.IS_EMPTY),
    FieldType.INSTANT: (Operator.BEFORE, Operator.AFTER, Operator.IS_EMPTY),
    FieldType.CHOICE: _EQUALITY,
    FieldType.REFERENCE: _EQUALITY,
    FieldType.SET: (Operator.CONTAINS, Operator.IS_EMPTY),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A name that conditions may use.

    choices: the values of a choice, or of a set's members; None leaves them open. A reference is an
    integer id. member: what a set holds: text, choice or reference.
    """

    name: str
    type: FieldType
    choices: tuple[str, ...] | None = None
    member: FieldType = FieldType.CHOICE


@dataclass(frozen=True, slots=True)
class FromNow:
    """A moment by its distance from now; negative lies in the past."""

    seconds: int


Scalar = str | int | float | bool | datetime | FromNow
Written = object  # a JSON value as its author wrote it


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field compared with `operand`, whose texts are folded; `written` is the operand as it came."""

    field: Field
    operator: Operator
    operand: Scalar | tuple[Scalar, ...]
    written: Written = dataclass_field(compare=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; of no parts, true."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; of no parts, false."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Condition = AllOf | AnyOf | Not | Comparison
Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reason:
    """A comparison that decided: field, operator and operand as written, and the value it met."""

    field: str
    operator: Operator
    wanted: Written
    value: object


def holds(condition: Condition, facts: Facts, *, now: datetime) -> bool:
    """Say whether `condition` is true of `facts`.

    facts: a value for every field in `names(condition)`, None where missing; KeyError otherwise. Instants
    are aware. Texts come as they are; they are folded here.
    """
    match condition:
        case AllOf(parts):
            return all(holds(part, facts, now=now) for part in parts)
        case AnyOf(parts):
            return any(holds(part, facts, now=now) for part in parts)
        case Not(part):
            return not holds(part, facts, now=now)
        case Comparison():
            return _compare(condition, facts[condition.field.name], now)


def why(condition: Condition, facts: Facts, *, now: datetime) -> tuple[Reason, ...]:
    """Return the comparisons that made `condition` hold; nothing where it does not."""
    return tuple(_reasons(condition, facts, now, outcome=True)) if holds(condition, facts, now=now) else ()


def why_not(condition: Condition, facts: Facts, *, now: datetime) -> tuple[Reason, ...]:
    """Return the comparisons that kept `condition` from holding; nothing where it holds."""
    return () if holds(condition, facts, now=now) else tuple(_reasons(condition, facts, now, outcome=False))


def names(condition: Condition) -> frozenset[str]:
    """Return the names of the fields that `condition` looks at."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return frozenset().union(*(names(part) for part in parts))
        case Not(part):
            return names(part)
        case Comparison():
            return frozenset([condition.field.name])


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield every comparison of `condition`, in order."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from comparisons(part)
        case Not(part):
            yield from comparisons(part)
        case Comparison():
            yield condition


def as_document(condition: Condition) -> dict[str, Written]:
    """Return `condition` as JSON data; `parse` gives an equal condition back."""
    match condition:
        case AllOf(parts):
            return {"all": [as_document(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [as_document(part) for part in parts]}
        case Not(part):
            return {"not": as_document(part)}
        case Comparison():
            return {"field": condition.field.name, condition.operator.value: condition.written}


def moment(operand: object, now: datetime) -> datetime:
    """Return the instant that the operand of `before` or `after` means at `now`."""
    if isinstance(operand, FromNow):
        return now + timedelta(seconds=operand.seconds)
    return cast(datetime, operand)


def _reasons(condition: Condition, facts: Facts, now: datetime, *, outcome: bool) -> Iterator[Reason]:
    """Yield what made `condition` come out as `outcome`, which it does."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                if holds(part, facts, now=now) is outcome:
                    yield from _reasons(part, facts, now, outcome=outcome)
        case Not(part):
            yield from _reasons(part, facts, now, outcome=not outcome)
        case Comparison():
            name = condition.field.name
            yield Reason(name, condition.operator, condition.written, facts[name])


def _compare(comparison: Comparison, fact: object, now: datetime) -> bool:
    operator, operand = comparison.operator, comparison.operand
    if comparison.field.type is FieldType.SET:
        return _compare_set(comparison, frozenset(cast(Collection[object], fact or ())))
    value = _plain(comparison.field.type, fact)
    if operator is Operator.IS_EMPTY:
        return (value is None) is operand
    if operator in {Operator.IS_NOT, Operator.NOT_IN}:
        return value is None or not _matches(_OPPOSITE[operator], value, operand, now)
    return value is not None and _matches(operator, value, operand, now)


_OPPOSITE = {Operator.IS_NOT: Operator.IS, Operator.NOT_IN: Operator.IN}


def _plain(type_: FieldType, fact: object) -> object:
    """Return `fact` as it is compared, None where it is missing."""
    if type_ is FieldType.TEXT and fact is not None:
        return fold_text(cast(str, fact)) or None
    if type_ is FieldType.NUMBER and fact is not None:
        return float(cast(float, fact))  # a Decimal 0.1 is not the float 0.1
    return fact


def _compare_set(comparison: Comparison, members: frozenset[object]) -> bool:
    if comparison.operator is Operator.IS_EMPTY:
        return (not members) is comparison.operand
    if comparison.field.member is FieldType.TEXT:
        members = frozenset(fold_text(cast(str, member)) for member in members)
    return comparison.operand in members


def _matches(operator: Operator, value: object, operand: object, now: datetime) -> bool:
    match operator:
        case Operator.IS:
            return value == operand
        case Operator.IN:
            return value in cast(tuple[object, ...], operand)
        case Operator.CONTAINS:
            return cast(str, operand) in cast(str, value)
        case Operator.STARTS_WITH:
            return cast(str, value).startswith(cast(str, operand))
        case Operator.BEFORE:
            return cast(datetime, value) < moment(operand, now)
        case Operator.AFTER:
            return cast(datetime, value) > moment(operand, now)
        case _:
            return _in_order(operator, cast(float, value), cast(float, operand))


def _in_order(operator: Operator, value: float, operand: float) -> bool:
    match operator:
        case Operator.LESS_THAN:
            return value < operand
        case Operator.AT_MOST:
            return value <= operand
        case Operator.MORE_THAN:
            return value > operand
        case _:
            return value >= operand
