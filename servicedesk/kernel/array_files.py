"""Plain arrays on disk with a card that says what they are: what models are kept as. Pure.

They lie in a folder named by the SHA-256 of its manifest, so its name vouches for every byte. Nothing is
unpickled; arrays are mapped into memory, so processes on one machine share them.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = 1
MANIFEST = "manifest.json"
Array = np.ndarray[Any, Any]


class BadArrayFiles(ValueError):
    """The folder holds no arrays, or is not what its name says."""


def write_arrays(card: Mapping[str, Any], arrays: Mapping[str, Array], store: Path) -> str:
    """Write card and arrays to a folder of the store and return its digest, the folder's name.

    The folder appears whole or not at all; writing the same again changes nothing.
    """
    store.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=store))
    try:
        digest = _write_into(draft, card, arrays)
        _publish(draft, store / digest)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return digest


def read_arrays(store: Path, digest: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the card and the arrays of this digest, mapped read-only.

    Raises BadArrayFiles if any byte differs from what was written.
    """
    folder = store / digest
    try:
        manifest = _verified(folder, digest)
        arrays = {name.removesuffix(".npy"): _mapped(folder / name) for name in manifest["files"]}
        return dict(manifest["card"]), arrays
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadArrayFiles(f"{digest}: {error}") from error


def size_of(store: Path, digest: str) -> int:
    """Return the bytes that a folder takes on disk."""
    return sum(path.stat().st_size for path in (store / digest).iterdir())


def remove_others(store: Path, kept: Collection[str], *, older_than: float) -> int:
    """Remove folders of the store that are not `kept` and were written before `older_than`; return how many.

    older_than: seconds since 1970. What is younger may be somebody's who has yet to say that it is in use.
    Who has a removed folder's arrays mapped keeps them.
    """
    removed = 0
    for folder in sorted(store.iterdir()) if store.is_dir() else ():
        if folder.is_dir() and folder.name not in kept and folder.stat().st_mtime < older_than:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _write_into(draft: Path, card: Mapping[str, Any], arrays: Mapping[str, Array]) -> str:
    files = {}
    for name, array in arrays.items():
        with (draft / f"{name}.npy").open("wb") as file:
            np.save(file, array, allow_pickle=False)
            _to_disk(file)
        files[f"{name}.npy"] = _digest_of(draft / f"{name}.npy")
    manifest = {"format": FORMAT, "card": card, "files": files}
    content = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    with (draft / MANIFEST).open("wb") as file:
        file.write(content)
        _to_disk(file)
    return sha256(content).hexdigest()


def _publish(draft: Path, folder: Path) -> None:
    draft.chmod(0o755)
    try:
        draft.rename(folder)
    except OSError:  # it is there already, written by this or another process
        if not folder.is_dir():
            raise
        if _digest_of(folder / MANIFEST) != folder.name:
            raise BadArrayFiles(f"{folder.name}: a damaged copy stands in the way") from None


def _verified(folder: Path, digest: str) -> dict[str, Any]:
    content = (folder / MANIFEST).read_bytes()
    if sha256(content).hexdigest() != digest:
        raise BadArrayFiles("the manifest was changed")
    manifest: dict[str, Any] = json.loads(content)
    if manifest["format"] != FORMAT:
        raise BadArrayFiles("made by another version; train again")
    for name, expected in manifest["files"].items():
        if _digest_of(folder / name) != expected:
            raise BadArrayFiles(f"{name} was changed")
    return manifest


def _mapped(path: Path) -> Array:
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _digest_of(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _to_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
