"""Making a backup: every row and every file of the desk, of one moment, in one archive."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import BinaryIO

from servicedesk.kernel import clock, schema
from servicedesk.kernel.db import instant_text, is_postgresql
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.operations import data_files, exporting
from servicedesk.operations.archive import Writer
from servicedesk.operations.exporting import Tell
from servicedesk.operations.last_backup import note_backup
from servicedesk.operations.manifest import DIGEST_NAME, NAME, PRODUCT, Manifest


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup; `left_out` are files that lie in the desk's folders and are not the desk's."""

    file: Path
    manifest: Manifest
    left_out: list[str]


def make_backup(target: Path, *, with_secrets: bool = False, tell: Tell = lambda _name: None) -> Made:
    """Write a backup to `target`, a new file, or a new one in that folder; whole or not at all.

    The database is read first, in one transaction, then the files: files are never changed and are deleted
    days after their rows, so that each file of a row is there.
    """
    _require_newest_schema()
    now = clock.now()
    file = target / f"desk-{now:%Y%m%dT%H%M%SZ}.tar" if target.is_dir() else target
    data_dir = the_settings().data_dir
    with _new_file(file) as out:
        writer = Writer(out, int(now.timestamp()))
        with exporting.one_moment() as revision:
            tables = exporting.export(writer, tell)
        tell("files")
        paths, left_out = data_files.belonging(data_dir, with_secrets=with_secrets)
        manifest = Manifest(
            version=metadata.version(PRODUCT),
            made_at=instant_text(now),
            database="postgresql" if is_postgresql() else "sqlite",
            revision=revision,
            with_secrets=with_secrets,
            tables=tuple(tables),
            files=tuple(data_files.pack(data_dir, paths, writer)),
        )
        content = manifest.to_json()
        writer.plain(NAME, content)
        writer.plain(DIGEST_NAME, f"{sha256(content).hexdigest()}  {NAME}\n".encode())
        writer.end()
    note_backup(data_dir, now)
    return Made(file, manifest, left_out)


def _require_newest_schema() -> None:
    if not schema.is_current():
        raise Refused(
            "backup.schema",
            _(
                "The database has another schema than this version of the desk: make the backup with the"
                " version that ran on it, or run servicedesk migrate first."
            ),
        )


@contextmanager
def _new_file(file: Path) -> Iterator[BinaryIO]:
    """Open a draft beside `file` that only its owner may read; it gets the name once it is complete."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}.part")
    try:
        if file.exists():
            raise FileExistsError(0, _("there is such a file already, choose another name"))
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        _give_name(draft, file)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refused(
            "backup.not_written",
            _(
                "The backup %(file)s cannot be made (%(reason)s: %(place)s); no part of it was left behind.",
                file=file, reason=reason, place=error.filename or file,
            ),
        ) from None  # fmt: skip
    finally:
        draft.unlink(missing_ok=True)


def _give_name(draft: Path, file: Path) -> None:
    try:
        os.link(draft, file)  # unlike a rename, never replaces what somebody else has put there meanwhile
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        draft.rename(file)
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
