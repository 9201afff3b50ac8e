"""Taking a file in: limits before work, straight to the disk, its hash worked out on the way."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from servicedesk.kernel.errors import Invalid, TooLarge
from servicedesk.kernel.files_on_disk import no_room, raise_if_full
from servicedesk.kernel.i18n import gettext as _

CHUNK_BYTES = 256 * 1024
# A backup passes over what begins with a dot: what is still coming in belongs to no row yet.
INCOMING = ".incoming"
# Below this the desk takes no files, so that the database beside them can go on writing.
LEAST_FREE_BYTES = 1_000_000_000
MEGABYTE = 1_000_000


class Stream(Protocol):
    """Something that bytes are read from."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Received:
    """A file that has arrived whole at `path`, on the disk of the files."""

    path: Path
    size: int
    sha256: str


def check_announced(size: int | None, *, most: int) -> None:
    """Raise TooLarge where the sender announces more than `most` bytes: nothing of it is read."""
    if size is not None and size > most:
        raise too_large(most)


def too_large(most: int) -> TooLarge:
    """Return the error for a file of more than `most` bytes."""
    sentence = _(
        "This file is larger than %(limit)s MB, the most that the desk takes. Make it smaller, or put it"
        " where you share files and write the link.",
        limit=most // MEGABYTE,
    )
    return TooLarge("files.too_large", sentence, field="files", limit_bytes=most)


@contextmanager
def received(stream: Stream, folder: Path, *, most: int, announced: int | None = None) -> Iterator[Received]:
    """Write what `stream` holds into `folder` and give it to the block; what the block leaves is removed.

    most: bytes; one more and nothing is kept. announced: what the sender said, where they said it; a file
    that breaks off earlier is refused. Raises TooLarge, Invalid or NoRoom.
    """
    with _place(folder) as path:
        try:
            yield _written(stream, path, most=most, announced=announced)
        except OSError as error:
            raise_if_full(error)
            raise


@contextmanager
def _place(folder: Path) -> Iterator[Path]:
    incoming = folder / INCOMING
    incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(incoming).free < LEAST_FREE_BYTES:
        raise no_room()
    handle, name = tempfile.mkstemp(dir=incoming)  # mode 0600
    os.close(handle)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _written(stream: Stream, path: Path, *, most: int, announced: int | None) -> Received:
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        while piece := stream.read(CHUNK_BYTES):
            size += len(piece)
            if size > most:
                raise too_large(most)
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if announced is not None and size != announced:
        raise Invalid(
            "files.broken_off", _("The file did not arrive whole. Please send it again."), field="files"
        )
    return Received(path, size, digest.hexdigest())


def rewritten(received_file: Received, pieces: Iterator[bytes]) -> Received:
    """Return the file with `pieces` in place of what it held."""
    path = received_file.path.with_name(received_file.path.name + ".new")
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
                size += len(piece)
            file.flush()
            os.fsync(file.fileno())
        path.replace(received_file.path)
    except OSError as error:
        raise_if_full(error)
        raise
    finally:
        path.unlink(missing_ok=True)
    return Received(received_file.path, size, digest.hexdigest())


def forget_abandoned(folder: Path, *, older_than_seconds: float, now: float) -> int:
    """Remove what processes that were killed had begun to receive; return how many files that were."""
    removed = 0
    for path in (folder / INCOMING).glob("*"):
        try:
            if now - path.stat().st_mtime > older_than_seconds:
                path.unlink()
                removed += 1
        except FileNotFoundError:
            continue
    return removed
