"""Reads a condition from JSON data that somebody wrote: every name, type and limit is checked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn, cast

from servicedesk.kernel.conditions import (
    OPERATORS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Field,
    FieldType,
    FromNow,
    Not,
    Operator,
    Scalar,
)
from servicedesk.kernel.folding import fold_text

DEPTH_LIMIT = 8
PART_LIMIT = 200
LIST_LIMIT = 200  # values of one `in`
VALUE_LIMIT = 2_000  # values of all of them
TEXT_LIMIT = 500  # characters
INTEGER_LIMIT = 2**63
DISTANCE_LIMIT_SECONDS = 100 * 366 * 86_400  # a century


class BadCondition(ValueError):
    """A document that is no condition.

    code: condition.shape, .unknown_field, .unknown_operator, .value, .unknown_choice, .too_deep or
    .too_large. path: where it is, as in `all[1].not`. details: what was met and what would do.
    """

    def __init__(self, code: str, path: str, **details: object) -> None:
        shown = ", ".join(f"{name}={value!r}" for name, value in details.items())
        super().__init__(f"{code} at {path or 'the top'}: {shown}")
        self.code = code
        self.path = path
        self.details = details


def parse(document: object, fields: Mapping[str, Field]) -> Condition:
    """Return the condition that `document` (from json.loads) writes in the words of `fields`.

    `true` and `false` alone stand for everything and nothing. Raises BadCondition.
    """
    return _Reader(fields).condition(document, "", 1)


@dataclass
class _Reader:
    fields: Mapping[str, Field]
    parts: int = 0
    values: int = 0

    def condition(self, document: object, path: str, depth: int) -> Condition:
        self.parts += 1
        if depth > DEPTH_LIMIT:
            raise BadCondition("condition.too_deep", path, limit=DEPTH_LIMIT)
        if self.parts > PART_LIMIT:
            raise BadCondition("condition.too_large", path, limit=PART_LIMIT)
        if isinstance(document, bool):
            return AllOf(()) if document else AnyOf(())
        if not isinstance(document, dict):
            raise BadCondition("condition.shape", path, expected="an object")
        match list(document.items()):
            case [("all", parts)]:
                return AllOf(self.conditions(parts, f"{path}.all".lstrip("."), depth))
            case [("any", parts)]:
                return AnyOf(self.conditions(parts, f"{path}.any".lstrip("."), depth))
            case [("not", part)]:
                return Not(self.condition(part, f"{path}.not".lstrip("."), depth + 1))
            case [("field", name), (operator, operand)] | [(operator, operand), ("field", name)]:
                return self.comparison(name, operator, operand, path)
        raise BadCondition("condition.shape", path, expected="all, any, not, or field with one operator")

    def conditions(self, documents: object, path: str, depth: int) -> tuple[Condition, ...]:
        if not isinstance(documents, list):
            raise BadCondition("condition.shape", path, expected="a list")
        return tuple(
            self.condition(document, f"{path}[{index}]", depth + 1)
            for index, document in enumerate(documents)
        )

    def comparison(self, name: object, word: object, operand: object, path: str) -> Comparison:
        field = self.fields.get(name) if isinstance(name, str) else None
        if field is None:
            raise BadCondition("condition.unknown_field", path, field=name, known=sorted(self.fields))
        operators = OPERATORS[field.type]
        if word not in operators:
            known = [operator.value for operator in operators]
            raise BadCondition(
                "condition.unknown_operator", path, field=field.name, operator=word, known=known
            )
        operator = Operator(cast(str, word))
        return Comparison(field, operator, self.operand(field, operator, operand, path), operand)

    def operand(
        self, field: Field, operator: Operator, value: object, path: str
    ) -> Scalar | tuple[Scalar, ...]:
        if operator is Operator.IS_EMPTY:
            return _boolean(value, field, path)
        if operator not in {Operator.IN, Operator.NOT_IN}:
            return _scalar(value, field, path)
        if not isinstance(value, list) or not 1 <= len(value) <= LIST_LIMIT:
            _refuse(field, path, f"a list of 1 to {LIST_LIMIT} values")
        self.values += len(value)
        if self.values > VALUE_LIMIT:
            raise BadCondition("condition.too_large", path, limit=VALUE_LIMIT)
        return tuple(_scalar(each, field, path) for each in value)


def _scalar(value: object, field: Field, path: str) -> Scalar:
    match field.member if field.type is FieldType.SET else field.type:
        case FieldType.BOOLEAN:
            return _boolean(value, field, path)
        case FieldType.INTEGER | FieldType.REFERENCE:
            return _integer(value, field, path)
        case FieldType.NUMBER:
            return _number(value, field, path)
        case FieldType.INSTANT:
            return _instant(value, field, path)
        case FieldType.TEXT:
            return fold_text(_text(value, field, path)) or _refuse(field, path, "a text that is not blank")
        case _:
            return _choice(value, field, path)


def _boolean(value: object, field: Field, path: str) -> bool:
    return value if isinstance(value, bool) else _refuse(field, path, "true or false")


def _integer(value: object, field: Field, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -INTEGER_LIMIT <= value < INTEGER_LIMIT:
        _refuse(field, path, "a whole number")
    return value


def _number(value: object, field: Field, path: str) -> float:
    # Whole numbers beyond 2**53 would be rounded, differently by each reading.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -(2**53) <= value <= 2**53:
        _refuse(field, path, "a number")
    return float(value)


def _text(value: object, field: Field, path: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= TEXT_LIMIT:
        _refuse(field, path, f"a text of 1 to {TEXT_LIMIT} characters")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        _refuse(field, path, "a text of characters that can be stored")
    return value


def _choice(value: object, field: Field, path: str) -> str:
    text = _text(value, field, path)
    if field.choices is not None and text not in field.choices:
        raise BadCondition(
            "condition.unknown_choice", path, field=field.name, choice=text, known=list(field.choices)
        )
    return text


def _instant(value: object, field: Field, path: str) -> datetime | FromNow:
    match value:
        case {"ago_seconds": seconds, **rest} if not rest:
            return FromNow(-_distance(seconds, field, path))
        case {"in_seconds": seconds, **rest} if not rest:
            return FromNow(_distance(seconds, field, path))
    at = _iso(value)
    if at is None or at.tzinfo is None or not 1900 <= at.year <= 2200:
        _refuse(field, path, 'an ISO 8601 time with its offset, {"ago_seconds": N} or {"in_seconds": N}')
    return at.astimezone(UTC)


def _iso(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _distance(value: object, field: Field, path: str) -> int:
    seconds = _integer(value, field, path)
    if not 0 <= seconds <= DISTANCE_LIMIT_SECONDS:
        _refuse(field, path, f"0 to {DISTANCE_LIMIT_SECONDS} seconds")
    return seconds


def _refuse(field: Field, path: str, expected: str) -> NoReturn:
    raise BadCondition("condition.value", path, field=field.name, expected=expected)
