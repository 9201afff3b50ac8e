"""Removing what nobody refers to: files whose text was never sent, content without rows, what broke off."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select

from servicedesk.identity.actor import Actor
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import session, transaction
from servicedesk.kernel.files import folder_of, the_files
from servicedesk.kernel.receiving import forget_abandoned
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.models import Attachment, StoredFile, Upload
from servicedesk.tickets.uploads import KEPT_FOR

# Backups copy the database first and the files after it: what a copy refers to must still be there.
KEEP_UNUSED = timedelta(days=7)
ABANDONED_AFTER = timedelta(hours=1)
AT_ONCE = 500


def tidy(actor: Actor) -> None:
    """Remove what has not been wanted for long enough, at most AT_ONCE of each kind."""
    now = clock.now()
    forget_unsent(actor, before=now - KEPT_FOR)
    remove_unused(before=now - KEEP_UNUSED)
    forget_abandoned(
        folder_of(the_settings()),
        older_than_seconds=ABANDONED_AFTER.total_seconds(),
        now=now.timestamp(),
    )


@command
def forget_unsent(_actor: Actor, *, before: datetime) -> None:
    """Forget files that were chosen before that moment for texts that were never sent."""
    oldest = select(Upload.id).where(Upload.created_at < before).order_by(Upload.created_at).limit(AT_ONCE)
    session().execute(
        delete(Upload).where(Upload.id.in_(oldest)), execution_options={"synchronize_session": False}
    )


def remove_unused(*, before: datetime) -> int:
    """Remove content that no row refers to and nobody sent since `before`; return how much of it that was.

    Row and file go in one transaction: whoever sends the same content at this moment waits for its end,
    writes the row anew, and only then looks whether the file is there.
    """
    unused = (
        StoredFile.used_at < before,
        ~exists().where(Upload.sha256 == StoredFile.sha256),
        ~exists().where(Attachment.sha256 == StoredFile.sha256),
    )
    found = session().scalars(select(StoredFile.sha256).where(*unused).limit(AT_ONCE)).all()
    removed = 0
    for sha256 in found:
        with transaction() as current:
            gone = delete(StoredFile).where(StoredFile.sha256 == sha256, *unused).returning(StoredFile.sha256)
            options = {"synchronize_session": False}
            if current.execute(gone, execution_options=options).scalar_one_or_none() is not None:
                the_files().remove(sha256)
                removed += 1
    return removed
