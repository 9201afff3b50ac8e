"""Files in a folder, two levels deep by the beginning of their hash; nothing there is ever half written."""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from servicedesk.kernel.errors import NoRoom
from servicedesk.kernel.i18n import gettext as _

CHUNK_BYTES = 256 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FilesOnDisk:
    """A FileStore (kernel/files.py) in `folder`: mode 0600, outside of everything that is served."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, sha256: str) -> Path:
        """Return where content lies."""
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def put(self, sha256: str, path: Path) -> None:
        """Move the file at `path`, on the same disk, to its place."""
        place = self.path_of(sha256)
        try:
            if place.exists() and place.stat().st_size == path.stat().st_size:
                path.unlink()
                return
            made = _make_folders(place.parent)
            with path.open("rb") as file:
                os.fsync(file.fileno())
            path.chmod(0o600)
            path.replace(place)
            for folder in made:
                _fsync_folder(folder)
        except OSError as error:
            raise_if_full(error)
            raise

    def size(self, sha256: str) -> int | None:
        """Return the size in bytes; None where there is no such file."""
        try:
            return self.path_of(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, sha256: str, first: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the content; the file is opened at once, so that it may be removed meanwhile."""
        file = self.path_of(sha256).open("rb")

        def pieces() -> Iterator[bytes]:
            with file:
                file.seek(first)
                left = length
                while left is None or left > 0:
                    piece = file.read(CHUNK_BYTES if left is None else min(CHUNK_BYTES, left))
                    if not piece:
                        return
                    left = None if left is None else left - len(piece)
                    yield piece

        return pieces()

    def remove(self, sha256: str) -> None:
        """Remove the file, and its folders where they are empty now."""
        place = self.path_of(sha256)
        place.unlink(missing_ok=True)
        with suppress(OSError):
            place.parent.rmdir()
            place.parent.parent.rmdir()

    def hashes(self) -> Iterator[str]:
        """Yield the names of all files."""
        for path in sorted(self.folder.glob("??/??/*")):
            yield path.name


def raise_if_full(error: OSError) -> None:
    """Raise NoRoom in place of an error that says that the disk is full."""
    if error.errno in _FULL:
        raise no_room() from error


def no_room() -> NoRoom:
    """Return the error for a file that there is no room for."""
    return NoRoom(
        "files.no_room",
        _("There is no room for files at the moment. Send your text without it; administrators see this."),
    )


def _make_folders(parent: Path) -> list[Path]:
    """Make the folder and the one above; return those whose entries have to reach the disk."""
    for _attempt in range(3):
        try:
            parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            parent.mkdir(mode=0o700, exist_ok=True)
        except FileNotFoundError:  # removed at this moment, for it was empty
            continue
        break
    return [parent, parent.parent, parent.parent.parent]


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
