"""A trained model on disk: its arrays and its card, as `kernel/array_files.py` keeps them."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from routing.core.model import Features, LabelFigures, ModelCard, OutOfFold, TrainedModel
from routing.core.tokens import VERSION
from servicedesk.kernel.array_files import Array, BadArrayFiles, read_arrays, size_of, write_arrays

__all__ = ["BadModelFile", "read", "size_of", "write"]


class BadModelFile(ValueError):
    """The folder is not a model, is not the one its name says, or was made for other tokens."""


def write(model: TrainedModel, store: Path) -> str:
    """Write the model to a folder of the store and return its digest, the folder's name."""
    arrays: dict[str, Array] = {}
    for kind, features in (("words", model.words), ("chars", model.chars)):
        arrays |= {
            f"{kind}.keys": features.keys,
            f"{kind}.idf": features.idf,
            f"{kind}.weights": features.weights,
        }
    try:
        return write_arrays(asdict(model.card), arrays | {"bias": model.bias}, store)
    except BadArrayFiles as error:
        raise BadModelFile(str(error)) from error


def read(store: Path, digest: str) -> TrainedModel:
    """Return the model of this digest, its arrays mapped read-only.

    Raises BadModelFile if any byte differs from what was written.
    """
    try:
        card, arrays = read_arrays(store, digest)
        if card["tokens_version"] != VERSION:
            raise BadModelFile(f"{digest}: made by another version; train again")
        return TrainedModel(
            _card(card), _features(arrays, "words"), _features(arrays, "chars"), bias=arrays["bias"]
        )
    except (BadArrayFiles, KeyError, TypeError) as error:
        raise BadModelFile(f"{digest}: {error}") from error


def _features(arrays: dict[str, Array], kind: str) -> Features:
    return Features(arrays[f"{kind}.keys"], arrays[f"{kind}.idf"], arrays[f"{kind}.weights"])


def _card(given: dict[str, Any]) -> ModelCard:
    figures = given["out_of_fold"]
    labels = tuple(LabelFigures(**label) for label in figures["labels"])
    out_of_fold = OutOfFold(**{**figures, "labels": labels})
    return ModelCard(**{**given, "labels": tuple(given["labels"]), "out_of_fold": out_of_fold})
