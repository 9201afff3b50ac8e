"""Files become part of a message: rows of what was uploaded turn into rows and events of the ticket."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from servicedesk.identity.actor import Actor
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import insert_rows, session
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.receiving import MEGABYTE
from servicedesk.kernel.save import publish
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.events import AttachmentAdded
from servicedesk.tickets.models import Attachment, StoredFile, Upload

MOST_A_MESSAGE = 10
MOST_A_TICKET = 500


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file whose content lies in the store, ready to become part of a message."""

    name: str
    sha256: str
    size: int
    media_type: str


def attach(said: LoggedEvent, actor: Actor, upload_ids: Sequence[str], *, public: bool) -> None:
    """Make what the actor uploaded part of the message or note that was just recorded, in their order.

    Raises Invalid where one is not there (any more) or not theirs, or where it is too much; then nothing of
    the save happens, and the uploads stay for another try.
    """
    if not upload_ids:
        return
    chosen = list(dict.fromkeys(upload_ids))
    check_number(len(chosen))
    add_files(said, _claimed(actor, chosen), author_id=actor.id, public=public)
    session().execute(
        delete(Upload).where(Upload.id.in_(chosen)), execution_options={"synchronize_session": False}
    )


def check_number(count: int) -> None:
    """Raise Invalid where one message has more files than it may."""
    if count > MOST_A_MESSAGE:
        sentence = _(
            "A message takes %(limit)s files at most. Take some out, and send them with another message.",
            limit=MOST_A_MESSAGE,
        )
        raise Invalid("files.too_many", sentence, field="files")


def add_files(said: LoggedEvent, files: Sequence[NewFile], *, author_id: int | None, public: bool) -> None:
    """Record files of a message; their content lies in the store and has its row."""
    _check_room(said.stream.id, files)
    rows = []
    for file in files:
        event = AttachmentAdded(
            stream_id=said.stream.id,
            message_seq=said.seq,
            public=public,
            size=file.size,
            media_type=file.media_type,
            author_id=author_id,
            name=file.name,
            sha256=file.sha256,
            at=said.at,
        )
        logged = publish(event)
        kept = ("message_seq", "public", "size", "media_type", "author_id")
        row = {name: logged.body[name] for name in kept}
        identity = {"ticket_id": logged.stream.id, "seq": logged.seq}
        rows.append(identity | row | {"sha256": file.sha256, "at": logged.at})
    insert_rows(Attachment, rows)


def _claimed(actor: Actor, chosen: Sequence[str]) -> list[NewFile]:
    """Return the uploads, locked: a form sent twice at once finds them the first time only."""
    query = (
        select(Upload.id, Upload.name, Upload.sha256, StoredFile.size, StoredFile.media_type)
        .join(StoredFile, StoredFile.sha256 == Upload.sha256)
        .where(Upload.id.in_(chosen), Upload.person_id == actor.id)
        .with_for_update(of=Upload)
    )
    found = {row.id: NewFile(*row[1:]) for row in session().execute(query)}
    if len(found) < len(chosen):
        sentence = _("A file is no longer here: it was kept for two days only. Choose it again.")
        raise Invalid("files.gone", sentence, field="files")
    return [found[upload_id] for upload_id in chosen]


def _check_room(ticket_id: int, files: Sequence[NewFile]) -> None:
    query = select(func.count(), func.coalesce(func.sum(Attachment.size), 0)).where(
        Attachment.ticket_id == ticket_id
    )
    count, total = session().execute(query).one()
    limit = the_settings().ticket_files_limit_mb
    if count + len(files) > MOST_A_TICKET or total + sum(file.size for file in files) > limit * MEGABYTE:
        sentence = _(
            "A request takes %(count)s files of %(megabytes)s MB together. Put these where you share files"
            " and write the link.",
            megabytes=limit,
            count=MOST_A_TICKET,
        )
        raise Invalid("files.ticket_full", sentence, field="files")
