"""Files by the SHA-256 of their content: what a store of them can do, and the one that the desk has.

A store knows content only. Who may see it, what it is called and whether it is still wanted is said by rows.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from flask import Flask, current_app

from servicedesk.kernel.files_in_s3 import FilesInS3
from servicedesk.kernel.files_on_disk import FilesOnDisk
from servicedesk.kernel.settings import Settings
from servicedesk.kernel.this_desk import the_settings


class FileStore(Protocol):
    """Where content lies. Every method may be called twice, and by many processes at once."""

    def put(self, sha256: str, path: Path) -> None:
        """Keep the file at `path`, whose hash is `sha256`, and make sure that it lasts.

        The file at `path` may be moved. Raises NoRoom or Busy; then nothing half-written is there.
        """

    def size(self, sha256: str) -> int | None:
        """Return the size in bytes; None where there is no such content."""

    def read(self, sha256: str, first: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the content from byte `first`, `length` bytes of it; raises FileNotFoundError at once."""

    def remove(self, sha256: str) -> None:
        """Forget the content; nothing happens where there is none."""

    def hashes(self) -> Iterator[str]:
        """Yield the hash of everything that is kept."""


def folder_of(settings: Settings) -> Path:
    """Return the folder of files in the data folder; what is being received lies there whatever the store."""
    return settings.data_dir / "files"


def the_files() -> FileStore:
    """Return the desk's store."""
    settings = the_settings()
    if settings.store_url is None:
        return FilesOnDisk(folder_of(settings))
    found: FileStore = current_app.extensions["file_store"]
    return found


def init_app(app: Flask, settings: Settings) -> None:
    """Find out at the start, not at the first upload, whether the store's library is there."""
    if settings.store_url is not None:
        app.extensions["file_store"] = FilesInS3.at(settings)
