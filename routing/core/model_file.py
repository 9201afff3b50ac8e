"""A trained model on disk: plain arrays, and a manifest that holds the digest of each.

A model is a folder named by the SHA-256 of its manifest, so its name vouches for every byte. Nothing
is unpickled; arrays are mapped into memory, so processes on one machine share them.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from routing.core.model import Features, LabelFigures, ModelCard, OutOfFold, TrainedModel
from routing.core.tokens import VERSION

FORMAT = 1
MANIFEST = "manifest.json"


class BadModelFile(ValueError):
    """The folder is not a model, is not the one its name says, or was made for other tokens."""


def write(model: TrainedModel, store: Path) -> str:
    """Write the model to a folder of the store and return its digest, the folder's name.

    The folder appears whole or not at all; writing the same model again changes nothing.
    """
    store.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=store))
    try:
        digest = _write_into(draft, model)
        _publish(draft, store / digest)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return digest


def read(store: Path, digest: str) -> TrainedModel:
    """Return the model of this digest, its arrays mapped read-only.

    Raises BadModelFile if any byte differs from what was written.
    """
    folder = store / digest
    try:
        manifest = _verified(folder, digest)
        arrays = {name: _mapped(folder / name) for name in manifest["files"]}
        card = _card(manifest["card"])
        return TrainedModel(
            card,
            words=_features(arrays, "words"),
            chars=_features(arrays, "chars"),
            bias=arrays["bias.npy"],
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadModelFile(f"{digest}: {error}") from error


def size_of(store: Path, digest: str) -> int:
    """Return the bytes that the model takes on disk."""
    return sum(path.stat().st_size for path in (store / digest).iterdir())


def _write_into(draft: Path, model: TrainedModel) -> str:
    files = {}
    for name, array in _arrays(model):
        with (draft / name).open("wb") as file:
            np.save(file, array, allow_pickle=False)
            _to_disk(file)
        files[name] = _digest_of(draft / name)
    manifest = {"format": FORMAT, "card": asdict(model.card), "files": files}
    content = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    with (draft / MANIFEST).open("wb") as file:
        file.write(content)
        _to_disk(file)
    return sha256(content).hexdigest()


def _arrays(model: TrainedModel) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    for kind, features in (("words", model.words), ("chars", model.chars)):
        yield f"{kind}.keys.npy", features.keys
        yield f"{kind}.idf.npy", features.idf
        yield f"{kind}.weights.npy", features.weights
    yield "bias.npy", model.bias


def _publish(draft: Path, folder: Path) -> None:
    draft.chmod(0o755)
    try:
        draft.rename(folder)
    except OSError:  # it is there already, written by this or another process
        if not folder.is_dir():
            raise
        if _digest_of(folder / MANIFEST) != folder.name:
            raise BadModelFile(f"{folder.name}: a damaged copy stands in the way") from None


def _verified(folder: Path, digest: str) -> dict[str, Any]:
    content = (folder / MANIFEST).read_bytes()
    if sha256(content).hexdigest() != digest:
        raise BadModelFile("the manifest was changed")
    manifest: dict[str, Any] = json.loads(content)
    if manifest["format"] != FORMAT or manifest["card"]["tokens_version"] != VERSION:
        raise BadModelFile("made by another version; train again")
    for name, expected in manifest["files"].items():
        if _digest_of(folder / name) != expected:
            raise BadModelFile(f"{name} was changed")
    return manifest


def _mapped(path: Path) -> np.ndarray[Any, Any]:
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _features(arrays: dict[str, np.ndarray[Any, Any]], kind: str) -> Features:
    return Features(
        keys=arrays[f"{kind}.keys.npy"],
        idf=arrays[f"{kind}.idf.npy"],
        weights=arrays[f"{kind}.weights.npy"],
    )


def _card(given: dict[str, Any]) -> ModelCard:
    figures = given["out_of_fold"]
    labels = tuple(LabelFigures(**label) for label in figures["labels"])
    out_of_fold = OutOfFold(**{**figures, "labels": labels})
    return ModelCard(**{**given, "labels": tuple(given["labels"]), "out_of_fold": out_of_fold})


def _digest_of(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _to_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
