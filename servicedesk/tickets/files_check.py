"""Whether every file of a ticket lies in the store as it was received (`servicedesk verify --files`)."""

import hashlib
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.kernel.differences import ABSENT, PRESENT, Difference
from servicedesk.kernel.files import FileStore, the_files
from servicedesk.tickets.models import Attachment


def check_files(counts: Counter[str], ticket_id: int | None = None) -> Iterator[Difference]:
    """Yield files that are gone, of another size, or no longer what their hash says; reads all of them."""
    query = select(Attachment.sha256, Attachment.size).where(Attachment.sha256.is_not(None)).distinct()
    if ticket_id is not None:
        query = query.where(Attachment.ticket_id == ticket_id)
    store = the_files()
    for sha256, size in session().execute(query.order_by(Attachment.sha256)).all():
        if sha256 is None:
            continue
        counts["file"] += 1
        yield from _check(store, sha256, size)


def _check(store: FileStore, sha256: str, size: int) -> Iterator[Difference]:
    key = {"sha256": sha256}
    stored = store.size(sha256)
    if stored is None:
        yield Difference("file", key, None, ABSENT, PRESENT)
    elif stored != size:
        yield Difference("file", key, "size", stored, size)
    else:
        digest = hashlib.sha256()
        for piece in store.read(sha256):
            digest.update(piece)
        if digest.hexdigest() != sha256:
            yield Difference("file", key, "sha256", digest.hexdigest(), sha256)
