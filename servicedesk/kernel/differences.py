"""What a verification finds: differences between stored rows and what the log says. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
# What stands for a whole row.
PRESENT, ABSENT = "present", "absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that the log does not bear out.

    `column` is None where a whole row is missing or should not be there. `rebuilt` is what the log says.
    """

    table: str
    key: Mapping[str, object]
    column: str | None
    stored: object
    rebuilt: object


def readable_json(text: object) -> Mapping[str, Any]:
    """Return a stored JSON object, an empty one where it cannot be read (its digest tells of that)."""
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def compared(
    table: str, key: Sequence[str], *, stored: Iterable[Row], rebuilt: Iterable[Row]
) -> Iterator[Difference]:
    """Yield what differs between rows that `key` brings together, in every stored column.

    Rebuilt rows must have each of them: a column that nobody rebuilds is a mistake of the checker (KeyError).
    """
    expected = {tuple(row[name] for name in key): row for row in rebuilt}
    for row in stored:
        identity = dict(zip(key, (row[name] for name in key), strict=True))
        wanted = expected.pop(tuple(identity.values()), None)
        if wanted is None:
            yield Difference(table, identity, None, PRESENT, ABSENT)
            continue
        for name in row:
            if row[name] != wanted[name]:
                yield Difference(table, identity, name, row[name], wanted[name])
    for values in expected:
        yield Difference(table, dict(zip(key, values, strict=True)), None, ABSENT, PRESENT)
