"""What a condition is made of: its comparisons, and whether it names a value. Pure."""

from collections.abc import Iterator

from servicedesk.kernel.conditions import AllOf, AnyOf, Comparison, Condition, Not
from servicedesk.kernel.folding import fold_text


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield the comparisons of a condition, in the order in which it was written."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from comparisons(part)
        case Not(part):
            yield from comparisons(part)
        case Comparison():
            yield condition


def mentions(condition: Condition, field: str, value: str | int) -> bool:
    """Say whether any comparison of `field` names `value`, alone or in a list."""
    wanted = {value, fold_text(value)} if isinstance(value, str) else {value}
    for each in comparisons(condition):
        if each.field.name == field:
            operand = each.operand if isinstance(each.operand, tuple) else (each.operand,)
            if wanted.intersection(operand):
                return True
    return False
