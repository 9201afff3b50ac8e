"""What a trained model is: arrays, and a card that says what they are for and how sure they are."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Target: TypeAlias = Literal["category", "item", "group"]
Keys: TypeAlias = NDArray[np.uint64]
Floats: TypeAlias = NDArray[np.float64]
Weights: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """One kind of n-gram.

    keys: (n_features,) ascending, see `tokens.key_of`. idf: (n_features,).
    weights: (n_features, n_labels), in the order of the keys and of the card's labels.
    """

    keys: Keys
    idf: Weights
    weights: Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFigures:
    """How one label did on rows that the deciding model had not seen.

    rows: with this label. routed: sent to it above the threshold. precision: of those; None without any.
    """

    label: str
    rows: int
    routed: int
    precision: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfFold:
    """Figures of the training rows, each predicted by a model trained without it.

    accuracy: of the first candidate on all rows. precision and coverage: above the threshold.
    """

    rows: int
    accuracy: float
    precision: float | None
    coverage: float
    labels: tuple[LabelFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What is known about a model besides its arrays.

    threshold: least probability at which it routes; None where no threshold kept the goal.
    inverse_temperature: the scores are multiplied by it before they become probabilities.
    left_out: labels with too few rows to be learned, and their rows.
    """

    target: Target
    labels: tuple[str, ...]
    threshold: float | None
    precision_goal: float
    inverse_temperature: float
    seed: int
    rows: int
    out_of_fold: OutOfFold
    left_out: dict[str, int] = field(default_factory=dict)
    tokens_version: int = 1


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A card and its arrays; `bias` is (n_labels,)."""

    card: ModelCard
    words: Features
    chars: Features
    bias: Floats
