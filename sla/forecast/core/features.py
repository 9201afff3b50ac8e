"""What a forecast looks at, as numbers: each value of a column by the share that missed where it stood."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sla.forecast.core.survival import Floats

FEWEST = 8  # rows of a value; rarer ones are taken together with those that were never seen
PRIOR = 15.0  # rows of the usual share that each value's own share is mixed with
Texts: TypeAlias = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of text and of numbers, all of `size` rows. A column that is missing is read as empty."""

    size: int
    texts: Mapping[str, Texts]
    numbers: Mapping[str, Floats]

    def part(self, rows: "NDArray[np.bool_] | NDArray[np.int64]") -> "Table":
        """Return some of the rows."""
        texts = {name: values[rows] for name, values in self.texts.items()}
        numbers = {name: values[rows] for name, values in self.numbers.items()}
        return Table(int(np.arange(self.size)[rows].size), texts, numbers)


@dataclass(frozen=True, slots=True)
class Column:
    """Known values, ascending, and their shares; the last share is that of all other values."""

    name: str
    values: tuple[str, ...]
    shares: tuple[float, ...]

    def encoded(self, table: Table) -> Floats:
        """Return the share of each row's value."""
        return np.array(self.shares)[_codes(_texts(table, self.name), self.values)]


@dataclass(frozen=True, slots=True)
class Encoder:
    """The columns in their order, then the numbers in theirs."""

    columns: tuple[Column, ...]
    numbers: tuple[str, ...]

    def rows(self, table: Table) -> Floats:
        """Return the table as numbers, (n_rows, n_features)."""
        parts = [column.encoded(table) for column in self.columns]
        parts += [table.numbers.get(name, np.zeros(table.size)) for name in self.numbers]
        return np.column_stack(parts) if parts else np.empty((table.size, 0))


def encoder_of(
    table: Table, chance: Floats, weights: Floats, *, columns: Iterable[str], numbers: Sequence[str]
) -> Encoder:
    """Return the encoder that these rows teach. chance: how likely each row missed. weights: (n_rows,)."""
    usual = float(np.average(chance, weights=weights))
    scale = len(weights) / float(weights.sum())
    found = [_column(table, name, chance, weights * scale, usual) for name in columns]
    return Encoder(tuple(found), tuple(numbers))


def _column(table: Table, name: str, chance: Floats, weights: Floats, usual: float) -> Column:
    given = _texts(table, name)
    values, counts = np.unique(given, return_counts=True)
    known = tuple(str(value) for value in values[counts >= FEWEST])
    codes = _codes(given, known)
    missed = np.bincount(codes, chance * weights, len(known) + 1)
    rows = np.bincount(codes, weights, len(known) + 1)
    shares = (missed + PRIOR * usual) / (rows + PRIOR)
    return Column(name, known, tuple(float(share) for share in shares))


def _texts(table: Table, name: str) -> Texts:
    return table.texts.get(name, np.full(table.size, "", dtype=np.str_))


def _codes(given: Texts, known: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the place of each value among the known ones; their number for one that is not."""
    if not known:
        return np.zeros(len(given), dtype=np.int64)
    names = np.array(known, dtype=np.str_)
    places = np.minimum(np.searchsorted(names, given), len(names) - 1)
    return np.where(names[places] == given, places, len(names))
