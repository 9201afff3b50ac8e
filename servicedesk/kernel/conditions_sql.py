"""The SQL reading of conditions; conditions.py says what they mean and holds the other reading."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    false,
    not_,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from servicedesk.kernel.conditions import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    FieldType,
    FromNow,
    Not,
    Operator,
    comparisons,
    moment,
)
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.kernel.numbered import Numbered


@dataclass(frozen=True, slots=True)
class Membership:
    """A set in a table of its own: `member` belongs to the row whose `key` is `owner`, where `only` holds.

    It is asked from the side of the member, who belongs to few: not once for each of many rows.
    """

    key: SQLColumnExpression[Any]
    owner: SQLColumnExpression[Any]
    member: SQLColumnExpression[Any]
    only: ColumnElement[bool] = field(default_factory=true)


Column = ColumnElement[Any] | Select[Any] | Membership
Columns = Mapping[str, Column]

# Operands are bound with these types, not the column's: an id beyond a four byte column matches nothing
# instead of failing, and a column of Python enums takes the stored word. Columns themselves are not cast.
_BOUND_AS: dict[FieldType, type[TypeEngine[Any]]] = {
    FieldType.TEXT: String,
    FieldType.CHOICE: String,
    FieldType.INTEGER: BigInteger,
    FieldType.REFERENCE: BigInteger,
    FieldType.NUMBER: Double,
}


def where(condition: Condition, columns: Columns, *, now: datetime | None) -> ColumnElement[bool]:
    """Return `condition` as an SQL expression that is true or false, never NULL.

    columns: for every field in `names(condition)` its expression; for text the stored folded column; for
    a set a correlated select of its members (one column, folded if text) or a Membership. Without `now`,
    moments counted from it stay open, so that a statement can be kept: `open_moments` gives their values.
    """
    match condition:
        case AllOf(parts):
            return and_(true(), *(where(part, columns, now=now) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(where(part, columns, now=now) for part in parts))
        case Not(part):
            return not_(where(part, columns, now=now))
        case Comparison():
            column = columns[condition.field.name]
            if isinstance(column, Membership):
                return _of_membership(condition, column)
            if isinstance(column, Select):
                return _of_set(condition, column)
            return _of_value(condition, column, now)


def open_moments(conditions: Iterable[Condition], now: datetime) -> dict[str, datetime]:
    """Return the parameters that `where` without `now` left open in these conditions."""
    return {
        _open_name(each.operand): moment(each.operand, now)
        for condition in conditions
        for each in comparisons(condition)
        if isinstance(each.operand, FromNow)
    }


def _open_name(operand: FromNow) -> str:
    return f"now_{'less' if operand.seconds < 0 else 'plus'}_{abs(operand.seconds)}"


def _instant(operand: object, now: datetime | None) -> ColumnElement[Any] | datetime:
    if isinstance(operand, FromNow) and now is None:
        return bindparam(_open_name(operand), type_=UtcDateTime())
    return moment(operand, now) if now is not None else cast(datetime, operand)


def _of_set(comparison: Comparison, members: Select[Any]) -> ColumnElement[bool]:
    if comparison.operator is Operator.IS_EMPTY:
        return not_(members.exists()) if comparison.operand else members.exists()
    member = type_coerce(members.selected_columns[0], _BOUND_AS[comparison.field.member])
    return members.where(member == comparison.operand).exists()


def _of_membership(comparison: Comparison, members: Membership) -> ColumnElement[bool]:
    owners = select(members.owner).where(members.only)
    if comparison.operator is Operator.IS_EMPTY:
        return members.key.not_in(owners) if comparison.operand else members.key.in_(owners)
    member = type_coerce(members.member, _BOUND_AS[comparison.field.member])
    return members.key.in_(owners.where(member == comparison.operand))


def _of_value(
    comparison: Comparison, column: ColumnElement[Any], now: datetime | None
) -> ColumnElement[bool]:
    kind, operator, operand = comparison.field.type, comparison.operator, comparison.operand
    missing: ColumnElement[bool] = column.is_(None)
    value = _as_operand(column, kind)
    if kind is FieldType.TEXT:
        missing = or_(missing, value == "")
    match operator:
        case Operator.IS_EMPTY:
            return missing if operand else not_(missing)
        case Operator.IS_NOT:
            return or_(column.is_(None), value != operand)
        case Operator.NOT_IN:
            return or_(column.is_(None), value.not_in(cast(tuple[object, ...], operand)))
        case _:
            # NULL would make the whole expression NULL, and a NOT around it would not turn it.
            return and_(column.is_not(None), _matches(operator, value, operand, now))


def _as_operand(column: ColumnElement[Any], kind: FieldType) -> ColumnElement[Any]:
    """Return the column with the type that operands are bound with; one that turns words to numbers stays."""
    if kind not in _BOUND_AS or isinstance(column.type, Numbered):
        return column
    return type_coerce(column, _BOUND_AS[kind])


def _matches(
    operator: Operator, value: ColumnElement[Any], operand: object, now: datetime | None
) -> ColumnElement[bool]:
    match operator:
        case Operator.IS:
            return value == operand
        case Operator.IN:
            return value.in_(cast(tuple[object, ...], operand))
        case Operator.CONTAINS:
            return value.contains(operand, autoescape=True)
        case Operator.STARTS_WITH:
            return value.startswith(operand, autoescape=True)
        case Operator.BEFORE:
            return value < _instant(operand, now)
        case Operator.AFTER:
            return value > _instant(operand, now)
        case _:
            return _in_order(operator, value, operand)


def _in_order(operator: Operator, value: ColumnElement[Any], operand: object) -> ColumnElement[bool]:
    match operator:
        case Operator.LESS_THAN:
            return value < operand
        case Operator.AT_MOST:
            return value <= operand
        case Operator.MORE_THAN:
            return value > operand
        case _:
            return value >= operand
