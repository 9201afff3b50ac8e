"""The files of a desk beside its database: which belong into a backup, and how restored ones get there."""

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from servicedesk.operations.archive import Reader, Writer, is_safe
from servicedesk.operations.manifest import FilePart

# All name their content by its hash: a file is written once and never changed.
FOLDERS = ("files", "models", "forecasts")
# Whoever holds them can be anybody at this desk.
SECRETS = ("secret.key", "demo-sign-ins.json")
STAGE = ".restore-"
_MEMBER = "data/{}.gz"
_PIECE = 1 << 18


def belonging(data_dir: Path, *, with_secrets: bool) -> tuple[list[str], list[str]]:
    """Return the files that belong into a backup, and those there that no desk has put there.

    Both as paths from the data folder, sorted. Drafts, whose names begin with a dot, are in neither.
    """
    found = [path for folder in FOLDERS for path in _below(data_dir, folder)]
    if with_secrets:
        found += [name for name in SECRETS if (data_dir / name).is_file()]
    fits = {path: is_safe(_MEMBER.format(path)) and not (data_dir / path).is_symlink() for path in found}
    return sorted(path for path in found if fits[path]), sorted(path for path in found if not fits[path])


def _below(data_dir: Path, folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(data_dir / folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                yield str((Path(place) / name).relative_to(data_dir))


def pack(data_dir: Path, paths: Iterable[str], writer: Writer) -> list[FilePart]:
    """Write files as members; one that was deleted meanwhile is left out."""
    parts = []
    for path in paths:
        try:
            file = (data_dir / path).open("rb")
        except FileNotFoundError:
            continue
        with file, writer.packing(_MEMBER.format(path)) as packing:
            while piece := file.read(_PIECE):
                packing.write(piece)
        parts.append(FilePart(path, packing.member))
    return parts


@dataclass(slots=True)
class Stage:
    """Restored files on the file system of the data folder, not yet where they belong."""

    data_dir: Path
    folder: Path
    paths: list[str] = field(default_factory=list)
    placed: list[str] = field(default_factory=list)
    earlier: list[str] = field(default_factory=list)

    def unpack(self, part: FilePart, reader: Reader) -> None:
        """Write one file of the archive. Raises BadArchive."""
        target = self.folder / "new" / part.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            for piece in reader.unpacked(part.member):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        target.chmod(0o600)
        self.paths.append(part.path)

    def place(self) -> None:
        """Move every file to where it belongs; what lay there is kept until the stage ends."""
        for path in self.paths:
            target, kept = self.data_dir / path, self.folder / "old" / path
            if target.exists():
                kept.parent.mkdir(parents=True, exist_ok=True)
                target.rename(kept)
                self.earlier.append(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            (self.folder / "new" / path).rename(target)
            self.placed.append(path)

    def take_back(self) -> None:
        """Undo `place`, however far it came."""
        for path in self.placed:
            (self.data_dir / path).unlink()
        for path in self.earlier:
            (self.folder / "old" / path).rename(self.data_dir / path)


@contextmanager
def staging(data_dir: Path) -> Iterator[Stage]:
    """Offer a stage in the data folder; nothing of it stays, nor of one that was interrupted before."""
    for leftover in data_dir.glob(f"{STAGE}*"):
        shutil.rmtree(leftover)
    folder = data_dir / f"{STAGE}{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        yield Stage(data_dir, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
