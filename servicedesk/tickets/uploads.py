"""Files that people send before their text: received, looked at, and kept for whoever sent them."""

import mmap
import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, delete, func, select

from servicedesk.identity.actor import Actor
from servicedesk.kernel.command import command
from servicedesk.kernel.db import insert_or_update, insert_rows, session
from servicedesk.kernel.errors import Invalid, NotAllowed
from servicedesk.kernel.files import folder_of, the_files
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.receiving import MEGABYTE, Received, Stream, check_announced, received, rewritten
from servicedesk.kernel.save import the_save
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.attaching import NewFile
from servicedesk.tickets.core.file_names import clean_name
from servicedesk.tickets.core.media import HEAD_BYTES, PICTURES, UNKNOWN, sniffed
from servicedesk.tickets.core.pictures import Data, NoPicture, Part, is_too_large, kept_parts, size_of
from servicedesk.tickets.models import StoredFile, Upload

# What one person may have lying here unsent.
MOST_UNSENT = 60
MOST_UNSENT_FILES_LIMITS = 8
KEPT_FOR = timedelta(days=2)
PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class UploadRow:
    """A file that waits for its text. size: bytes, after what nobody should know was taken out."""

    id: str
    name: str
    size: int
    media_type: str


def take_in(actor: Actor, stream: Stream, *, name: str, announced: int | None = None) -> UploadRow:
    """Receive a file for a text that is still to be sent.

    announced: the size in bytes as the sender says it. Raises TooLarge, Invalid or NoRoom.
    """
    settings = the_settings()
    most = settings.file_limit_mb * MEGABYTE
    check_announced(announced, most=most)
    _check_share(actor, most)
    # However slowly it comes in, nothing of the database is held meanwhile.
    session().rollback()
    with received(stream, folder_of(settings), most=most, announced=announced) as file:
        content = _examined(file, clean_name(name))
        path = file.path
        # The row first: content that has no row yet does not exist for those who tidy up.
        _announce(actor, content)
        the_files().put(content.sha256, path)
        return _keep(actor, content)


def _examined(file: Received, name: str) -> NewFile:
    """Return what the file is; a picture loses what it tells of its maker, and one too large is refused."""
    if file.size == 0:
        raise Invalid("files.empty", _("This file is empty. Choose another one."), field="files")
    with file.path.open("rb") as opened:
        media_type = sniffed(opened.read(HEAD_BYTES))
        if media_type in PICTURES:
            with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _picture(file, name, data, media_type)
    return NewFile(name, file.sha256, file.size, media_type)


def _picture(file: Received, name: str, data: mmap.mmap, media_type: str) -> NewFile:
    try:
        width, height = size_of(data, media_type)
        parts = kept_parts(data, media_type)
    except NoPicture:  # bytes that may be saved, and are shown to nobody as a picture
        return NewFile(name, file.sha256, file.size, UNKNOWN)
    if is_too_large(width, height):
        sentence = _(
            "This picture has %(width)s × %(height)s points, more than can be shown safely. Make it smaller"
            " first.",
            width=width,
            height=height,
        )
        raise Invalid("files.picture_too_large", sentence, field="files")
    if parts != [(0, file.size)]:
        file = rewritten(file, _pieces(data, parts))
    return NewFile(name, file.sha256, file.size, media_type)


def _pieces(data: Data, parts: Sequence[Part]) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        begin, end = part
        for at in range(begin, end, PIECE_BYTES):
            yield data[at : min(end, at + PIECE_BYTES)]


def _check_share(actor: Actor, most: int) -> None:
    if actor.id is None:
        raise NotAllowed("files.nobody", _("Sign in to send files."))
    query = (
        select(func.count(), func.coalesce(func.sum(StoredFile.size), 0))
        .join(Upload, Upload.sha256 == StoredFile.sha256)
        .where(Upload.person_id == actor.id)
    )
    count, total = session().execute(query).one()
    if count >= MOST_UNSENT or total > most * MOST_UNSENT_FILES_LIMITS:
        sentence = _("Many of your files wait for a text. Send the texts, or take files out, then go on.")
        raise Invalid("files.many_unsent", sentence, field="files")


@command
def _announce(_actor: Actor, content: NewFile) -> None:
    row = {
        "sha256": content.sha256,
        "size": content.size,
        "media_type": content.media_type,
        "used_at": the_save().now,
    }
    insert_or_update(cast(Table, StoredFile.__table__), [row], ["sha256"])


@command
def _keep(actor: Actor, content: NewFile) -> UploadRow:
    row = {
        "id": secrets.token_urlsafe(18),
        "person_id": actor.id,
        "sha256": content.sha256,
        "name": content.name,
        "created_at": the_save().now,
    }
    insert_rows(Upload, [row])
    return UploadRow(str(row["id"]), content.name, content.size, content.media_type)


@command
def discard(actor: Actor, upload_id: str) -> None:
    """Forget a file that was not sent; nothing happens where the actor has none of that id."""
    session().execute(
        delete(Upload).where(Upload.id == upload_id, Upload.person_id == actor.id),
        execution_options={"synchronize_session": False},
    )


def uploads_of(viewer: Actor, upload_ids: Collection[str]) -> list[UploadRow]:
    """Return those of the ids that are files of the viewer which wait for a text, in the given order."""
    if not upload_ids or viewer.id is None:
        return []
    query = (
        select(Upload.id, Upload.name, StoredFile.size, StoredFile.media_type)
        .join(StoredFile, StoredFile.sha256 == Upload.sha256)
        .where(Upload.id.in_(list(upload_ids)[:MOST_UNSENT]), Upload.person_id == viewer.id)
    )
    found = {row.id: UploadRow(*row) for row in session().execute(query)}
    return [found[upload_id] for upload_id in dict.fromkeys(upload_ids) if upload_id in found]
